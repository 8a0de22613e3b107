/** What is held of a frame, taken out to be kept and put back. */

import { describe, expect, test } from "vitest";
import { HeldFrame, Holdings, type KeptSegment } from "../../src/streaming/holdings";
import { greyBytes, greyManifest, greySlices } from "../grey-frame";
import { seeded } from "../vectors";

const { tiles, resolutions } = greyManifest;

/** With the first `count` slices of at most `most` bytes. */
function held(count: number, most: number): HeldFrame {
  const frame = new HeldFrame(greyManifest);
  for (const slice of greySlices(1, most).slice(0, count)) frame.take(slice);
  return frame;
}

/** Everything that can be seen of a frame: its statement, and its bytes. */
function seen(frame: HeldFrame) {
  const cells = tiles.flatMap((_, tile) =>
    Array.from({ length: resolutions }, (_, resolution) => frame.segments(tile, resolution).map((each) => [...each])),
  );
  return { ...frame.stated(), bytes: frame.bytes, cells };
}

function putBack(segments: readonly KeptSegment[]): HeldFrame {
  const frame = new HeldFrame(greyManifest);
  for (const segment of segments) frame.put(segment);
  return frame;
}

describe("kept and put back", () => {
  test("is the same at any moment, and goes on to the end", () => {
    const random = seeded(41);
    for (let round = 0; round < 200; round++) {
      const most = 1 + random(80);
      const slices = greySlices(1, most);
      const count = random(slices.length + 1);
      const frame = held(count, most);
      const back = putBack(frame.kept());
      expect(seen(back)).toEqual(seen(frame));
      for (const slice of slices.slice(count)) back.take(slice);
      expect(back.bytes).toBe(greyBytes);
      expect(back.held(0)).toEqual([3, 3, 3]);
    }
  });

  test("does not change with what comes later", () => {
    const frame = held(1, 7);
    const [beginning] = frame.kept();
    const before = [...(beginning?.bytes ?? [])];
    expect(before).toHaveLength(7);
    for (const slice of greySlices(1, 7).slice(1)) frame.take(slice);
    expect([...(beginning?.bytes ?? [])]).toEqual(before);
  });

  test("whatever is put, in whatever order, ends in holdings that may be stated and grown", () => {
    const random = seeded(43);
    const all = held(1000, 9).kept();
    const odd = (): number => [-1, 0.5, 2 ** 31, Number.NaN][random(4)] as number;
    for (let round = 0; round < 500; round++) {
      const segments = Array.from({ length: 30 }, () => {
        const segment = { ...(all[random(all.length)] as KeptSegment) };
        const { bytes } = segment;
        if (random(4) === 0) segment.bytes = bytes.slice(0, random(bytes.length + 1));
        if (random(9) === 0)
          return { ...segment, [["tile", "resolution", "layer", "total"][random(4)] as string]: odd() };
        return segment;
      });
      const frame = putBack(segments);
      const stated = frame.stated();
      expect(stated.partial.every(([, , layer]) => layer < 3)).toBe(true);
      const cells = tiles.flatMap((_, tile) =>
        Array.from({ length: resolutions }, (_, at) => frame.segments(tile, at)),
      );
      const partial = stated.partial.reduce((sum, [, , , bytes]) => sum + bytes, 0);
      expect(cells.flat().reduce((sum, each) => sum + each.length, partial)).toBe(frame.bytes);
      frame.unsettled = true;
      for (const slice of greySlices(1)) frame.take(slice);
      expect(frame.bytes).toBe(greyBytes);
    }
  });
});

describe("restoring", () => {
  const segments = held(1000, 9).kept();

  test("fills a frame of which nothing is held", () => {
    const holdings = new Holdings();
    holdings.begin(greyManifest);
    expect(holdings.restore({ manifest: greyManifest, segments })?.bytes).toBe(greyBytes);
  });

  test("leaves alone what is held meanwhile, and what is coded otherwise by now", () => {
    const holdings = new Holdings();
    const begun = holdings.begin(greyManifest);
    for (const slice of greySlices(1).slice(0, 2)) begun.take(slice);
    const bytes = begun.bytes;
    expect(holdings.restore({ manifest: greyManifest, segments })).toBeNull();
    expect(begun.bytes).toBe(bytes);
    begun.clear();
    expect(holdings.restore({ manifest: { ...greyManifest, id: "0123456789abcdef" }, segments })).toBeNull();
    expect(holdings.get(greyManifest)?.bytes).toBe(0);
  });
});
