import { describe, expect, test } from "vitest";
import { evictDecoded } from "../../src/cache/decoded";
import { NEAR, SegmentCache } from "../../src/cache/segments";
import { FrameRecord } from "../../src/decode/frame-record";
import type { DecodedTile } from "../../src/decode/tile";
import { HeldFrame } from "../../src/streaming/holdings";
import { greyBytes, greyFrame, greySlices } from "../grey-frame";

const COUNT = 30;

function stack(): HeldFrame[] {
  return Array.from({ length: COUNT }, (_, index) => {
    const frame = new HeldFrame(greyFrame(`1.${index}`));
    for (const slice of greySlices(1)) frame.take(slice);
    return frame;
  });
}

const from = (position: number) => (key: { instance: string }) => Math.abs(Number(key.instance.slice(2)) - position);
const names = (keys: readonly { instance: string }[]): string[] => keys.map(({ instance }) => instance);

describe("segments", () => {
  test("nothing goes while they fit", () => {
    expect(new SegmentCache(COUNT * greyBytes).excess(stack(), from(0))).toEqual([]);
  });

  test("what was never looked at goes first, the farthest of it first", () => {
    const cache = new SegmentCache((COUNT - 2) * greyBytes);
    cache.look({ instance: "1.29", frame: 1 });
    cache.look({ instance: "1.0", frame: 1 });
    const gone = names(cache.excess(stack(), from(0)));
    expect(gone.slice(0, 2)).toEqual(["1.28", "1.27"]);
    expect(gone).not.toContain("1.29");
  });

  test("then what was looked at longest ago, but never what is near", () => {
    const cache = new SegmentCache(1);
    for (let position = 0; position < COUNT; position++) cache.look({ instance: `1.${position}`, frame: 1 });
    const gone = names(cache.excess(stack(), from(0)));
    expect(gone).toHaveLength(COUNT - 1 - NEAR);
    expect(gone[0]).toBe("1.5");
    expect(gone).not.toContain("1.4");
  });

  test("another series counts as far, and empty frames are no gain", () => {
    const cache = new SegmentCache(1);
    const frames = stack().slice(0, 2);
    frames[1]?.clear();
    expect(names(cache.excess(frames, () => Number.POSITIVE_INFINITY))).toEqual(["1.0"]);
  });
});

describe("decoded tiles", () => {
  function decoded(frame: HeldFrame): FrameRecord {
    const record = new FrameRecord(frame);
    record.tiles[0] = { tile: 0, held: [1, 1, 1], data: new Uint16Array(100) } as unknown as DecodedTile;
    return record;
  }

  test("the farthest frames' go, the frame looked at and constant tiles never", () => {
    const records = stack().slice(0, 5).map(decoded);
    const lost = evictDecoded(records, 500, (record) => from(0)(record.held.key));
    expect(names(lost.map(({ held }) => held.key))).toEqual(["1.4", "1.3", "1.2"]);
    expect(records.map(({ tiles }) => tiles[0] !== undefined)).toEqual([true, true, false, false, false]);
    expect(records.every(({ tiles }) => tiles[1] !== undefined)).toBe(true);
    evictDecoded(records, 0, (record) => from(0)(record.held.key));
    expect(records[0]?.tiles[0]).toBeDefined();
  });
});
