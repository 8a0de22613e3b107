/** What of the frame looked at the decoder has still to take, and what is no backlog. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FrameRecord } from "../../src/decode/frame-record";
import { Frames } from "../../src/decode/frames";
import { backlogOf, type Focus } from "../../src/decode/planner";
import type { DecodedTile } from "../../src/decode/tile";
import { HeldFrame } from "../../src/streaming/holdings";
import { greyBytes, greyFrame, greyManifest, greySlices } from "../grey-frame";
import { decoderModule, InlineWorker } from "./fake-worker";

const view: Focus = { region: [0, 0, 40, 24], scale: 1, window: null };
const slices = greySlices(1);
const bytesOf = (some: typeof slices): number => some.reduce((sum, { data }) => sum + data.length, 0);
const coarse = slices.filter(({ layer }) => layer < 2);
const finest = greyManifest.resolutions - 1;

function recordOf(some: typeof slices): FrameRecord {
  const held = new HeldFrame(greyManifest);
  for (const slice of some) held.take(slice);
  return new FrameRecord(held);
}

/** The coded tile, as it is shown at a level with so many layers of each resolution. */
function shown(level: number, held: readonly number[]): DecodedTile {
  const side = 32 / 2 ** level;
  const data = new Uint16Array(side * side);
  const place = { plane: 0, tile: 0, column: 0, row: 0, columns: side, rows: side, channels: 1 as const };
  return { ...place, level, data, layers: Math.min(...held), held, verified: false };
}

describe("the backlog", () => {
  test.each<[string, Focus, number]>([
    ["is all that is held and shown", view, bytesOf(coarse)],
    [
      "leaves out the resolutions that the screen does not show",
      { ...view, scale: 0.5 },
      bytesOf(coarse.filter(({ resolution }) => resolution < finest)),
    ],
    ["is nothing of a tile off the screen", { ...view, region: [33, 0, 40, 24] }, 0],
  ])("%s", (_, focus, bytes) => {
    expect(backlogOf(recordOf(coarse), focus)).toBe(bytes);
  });

  test("leaves out what the picture has already, and counts what a running job has not delivered", () => {
    const record = recordOf(coarse);
    record.running.add(0);
    expect(backlogOf(record, view)).toBe(bytesOf(coarse));
    record.tiles[0] = shown(0, [1, 1, 1]);
    expect(backlogOf(record, view)).toBe(bytesOf(coarse.filter(({ layer }) => layer === 1)));
    record.tiles[0] = shown(0, [2, 2, 2]);
    expect(backlogOf(record, view)).toBe(0);
  });

  test("of a whole tile shown small is what is left to compare; once compared, nothing", () => {
    const record = recordOf(slices);
    record.tiles[0] = shown(1, [3, 3, 0]);
    const left = bytesOf(slices.filter(({ resolution }) => resolution === finest));
    expect(left).toBeGreaterThan(0);
    expect(backlogOf(record, { ...view, scale: 0.5 })).toBe(left);
    record.verified[0] = true;
    expect(backlogOf(record, { ...view, scale: 0.5 })).toBe(0);
  });

  test("is nothing where nothing will be decoded: no frame, one given up, a tile asked for again", () => {
    expect(backlogOf(undefined, view)).toBe(0);
    const lost = recordOf(coarse);
    lost.lost = true;
    expect(backlogOf(lost, view)).toBe(0);
    const suspect = recordOf(coarse);
    suspect.suspect.add(0);
    expect(backlogOf(suspect, view)).toBe(0);
  });
});

describe("with the decoder at work", () => {
  let frames: Frames;
  beforeEach(() => {
    InlineWorker.requests = [];
    frames = new Frames({
      size: 1,
      spawn: () => new InlineWorker(),
      module: decoderModule,
      distance: () => 0,
      neighbours: () => [],
      onTile: () => undefined,
      onChange: () => undefined,
      onAgain: () => undefined,
      onUnavailable: () => undefined,
    });
  });
  afterEach(() => frames.close());

  test.each([0.2, 0.5, 1])("it drains whatever is held, at scale %d", async (scale) => {
    const held = new HeldFrame(greyManifest);
    frames.begin(held);
    frames.lookAt(held.key, { ...view, scale });
    for (const slice of slices) {
      held.take(slice);
      frames.grown([held.key]);
      await vi.waitFor(() => expect(frames.backlog).toBe(0), 5000);
    }
    expect(frames.state(held.key)?.complete).toBe(true);
  });

  test("another frame is none of it until it is looked at", async () => {
    const held = new HeldFrame(greyFrame("1.2.3"));
    const other = new HeldFrame(greyFrame("1.2.4"));
    for (const each of [held, other]) {
      frames.begin(each);
      for (const slice of slices) each.take(slice);
    }
    frames.lookAt(held.key, view);
    expect(frames.backlog).toBe(greyBytes);
    await vi.waitFor(() => expect(frames.backlog).toBe(0), 5000);
    frames.lookAt(other.key, view);
    expect(frames.backlog).toBe(greyBytes);
  });
});
