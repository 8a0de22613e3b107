/** A frame of a narrow window: what is decoded, shown and claimed of its window plane and the difference. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Frames } from "../../src/decode/frames";
import type { DecodedTile } from "../../src/decode/tile";
import { HeldFrame } from "../../src/streaming/holdings";
import { type Manifest, readManifest } from "../../src/streaming/manifest";
import { greyManifest, greySlices } from "../grey-frame";
import { type Manifests, vectors } from "../vectors";
import { decoderModule, InlineWorker } from "./fake-worker";

const golden = readManifest(
  vectors<Manifests>("manifests").manifests.find(({ name }) => name === "window plane")?.value,
);
/** Both planes are the grey codestream of the vectors. */
const narrow: Manifest = {
  ...golden,
  tiles: golden.tiles.map((tile) => ({ ...tile, sha256: greyManifest.tiles[0]?.sha256 ?? "" })),
};
const brain = { region: [0, 0, 32, 24] as const, scale: 1, window: null };
const bone = { ...brain, window: { center: 400, width: 2000 } };
let frames: Frames;
let told: DecodedTile[];
let held: HeldFrame;

beforeEach(() => {
  InlineWorker.requests = [];
  told = [];
  held = new HeldFrame(narrow);
  frames = new Frames({
    size: 1,
    spawn: () => new InlineWorker(),
    module: decoderModule,
    distance: () => 0,
    neighbours: () => [],
    onTile: (_, decoded) => told.push(decoded),
    onChange: () => undefined,
    onAgain: () => undefined,
    onUnavailable: () => undefined,
  });
  frames.begin(held);
});
afterEach(() => frames.close());

function take(plane: number, layers: number): void {
  for (const slice of greySlices(1)) if (slice.layer < layers) held.take({ ...slice, tile: plane });
  frames.grown([held.key]);
}

const state = () => frames.state(held.key);

describe("a window plane and its difference", () => {
  test("are lossy as soon as the window plane is here, with the error of the window looked at", async () => {
    frames.lookAt(held.key, brain);
    take(0, 3);
    await vi.waitFor(() => expect(state()).toMatchObject({ quality: "lossy", rmse: 4 }));
    frames.lookAt(held.key, bone);
    expect(state()?.rmse).toBeCloseTo((1988 * 80) / 2000);
    frames.lookAt(held.key, { ...bone, window: { center: 400, width: 400 } });
    expect(state()?.rmse).toBe(255);
  });

  test("the difference is not decoded while the window plane alone is the better picture", async () => {
    frames.lookAt(held.key, brain);
    take(0, 3);
    take(1, 1);
    await vi.waitFor(() => expect(state()?.rmse).toBe(4));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told.every(({ plane }) => plane === 0)).toBe(true);
    frames.lookAt(held.key, bone);
    await vi.waitFor(() => expect(state()?.rmse).toBeCloseTo((128 * 80) / 2000));
    expect(told.at(-1)).toMatchObject({ plane: 1, tile: 1, layers: 1 });
  });

  test("end lossless: both digests are compared, and the samples are their sum", async () => {
    frames.lookAt(held.key, brain);
    take(0, 3);
    take(1, 3);
    await vi.waitFor(() => expect(state()).toMatchObject({ quality: "lossless", rmse: 0, complete: true }), 5000);
    const [window, difference] = [0, 1].map((plane) => state()?.tiles[plane]?.data as Uint16Array);
    const { data } = await frames.samples(held.key, held);
    const sum = Array.from(window ?? [], (value, at) => value + (difference?.[at] ?? 0) - narrow.offset);
    expect(Array.from(data)).toEqual(Array.from(Int16Array.from(sum)));
  });
});
