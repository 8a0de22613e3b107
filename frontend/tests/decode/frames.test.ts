/** Frames fed segment by segment, decoded by the real decoder. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Frames, type FramesOptions } from "../../src/decode/frames";
import type { DecodedTile } from "../../src/decode/tile";
import { HeldFrame } from "../../src/streaming/holdings";
import type { Manifest } from "../../src/streaming/manifest";
import type { FrameState } from "../../src/transport/frame-state";
import { greyBytes, greyFrame, greyManifest, greySlices, sourceManifest } from "../grey-frame";
import { decoderModule, InlineWorker } from "./fake-worker";

const view = { region: [0, 0, 40, 24] as const, scale: 1, window: null };
const RANK = { preview: 0, lossy: 1, lossless: 2 };
let open: Frames[] = [];

beforeEach(() => {
  InlineWorker.requests = [];
});
afterEach(() => {
  for (const frames of open) frames.close();
  open = [];
});

function start(options: Partial<FramesOptions> = {}) {
  const told: DecodedTile[] = [];
  const again: [number, string][] = [];
  const unavailable: string[] = [];
  const frames = new Frames({
    size: 1,
    spawn: () => new InlineWorker(),
    module: decoderModule,
    distance: () => 0,
    neighbours: () => [],
    onTile: (_, decoded) => told.push(decoded),
    onChange: () => undefined,
    onAgain: (_, tile, reason) => again.push([tile, reason]),
    onUnavailable: (_, reason) => unavailable.push(reason.message),
    ...options,
  });
  open.push(frames);
  return { frames, told, again, unavailable };
}

function hold(manifest: Manifest): HeldFrame {
  return new HeldFrame(manifest);
}

async function complete(frames: Frames, held: HeldFrame): Promise<FrameState> {
  await vi.waitFor(() => expect(frames.state(held.key)?.complete).toBe(true), 5000);
  return frames.state(held.key) as FrameState;
}

describe("a frame that arrives", () => {
  test("shows its constant tile at once, gets better with every layer, and ends verified", async () => {
    const { frames, told } = start();
    const held = hold(greyManifest);
    frames.begin(held);
    expect(frames.state(held.key)).toMatchObject({ quality: "preview", rmse: null, bytes: 0, ratio: null });
    expect(frames.state(held.key)?.tiles[1]).toMatchObject({
      verified: true,
      column: 32,
      level: 2,
      columns: 2,
      rows: 6,
    });
    frames.lookAt(held.key, view);
    const qualities: string[] = [];
    for (const slice of greySlices(1)) {
      held.take(slice);
      frames.grown([held.key]);
      await vi.waitFor(() => expect(InlineWorker.requests.length).toBeGreaterThan(0));
      await new Promise((resolve) => setTimeout(resolve));
      qualities.push(frames.state(held.key)?.quality ?? "");
    }
    const state = await complete(frames, held);
    expect(state).toMatchObject({
      quality: "lossless",
      rmse: 0,
      bytes: greyBytes,
      bytesToLossless: 0,
      mismatch: false,
    });
    expect(state.best).toEqual({ quality: "lossless", rmse: 0 });
    expect(state.ratio).toBeCloseTo((40 * 24 * 2) / greyBytes);
    const ranks = qualities.map((quality) => RANK[quality as keyof typeof RANK]);
    expect(ranks).toEqual([...ranks].sort());
    for (const [at, tile] of told.entries()) {
      const before = told[at - 1];
      if (before) expect(tile.held.every((layers, r) => layers >= (before.held[r] ?? 0))).toBe(true);
    }
  });

  test("lossy says the error left by the layers shown, at the window looked at", async () => {
    const { frames } = start();
    const held = hold(greyManifest);
    frames.begin(held);
    for (const slice of greySlices(1).filter(({ layer }) => layer < 2)) held.take(slice);
    frames.lookAt(held.key, view);
    await vi.waitFor(() => expect(frames.state(held.key)?.quality).toBe("lossy"));
    const [first] = greyManifest.display.windows;
    expect(frames.state(held.key)?.rmse).toBe(2);
    frames.lookAt(held.key, { ...view, window: { center: 0, width: (first?.width ?? 1) / 4 } });
    expect(frames.state(held.key)).toMatchObject({ quality: "lossy", rmse: 8, best: { quality: "lossy", rmse: 2 } });
  });

  test("is decoded at the size that the screen shows, and compared at full size", async () => {
    const { frames, told } = start();
    const held = hold(greyManifest);
    for (const slice of greySlices(1)) held.take(slice);
    frames.begin(held);
    frames.lookAt(held.key, { ...view, scale: 0.3 });
    await complete(frames, held);
    expect(told.map(({ level, columns, rows }) => [level, columns, rows])).toEqual([[1, 16, 12]]);
    frames.lookAt(held.key, view);
    await vi.waitFor(() => expect(told.length).toBe(2));
    expect(told[1]).toMatchObject({ level: 0, verified: true, layers: 3 });
    frames.lookAt(held.key, { ...view, scale: 0.3 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told.length).toBe(2);
  });

  test("in its source's own bytes it is compared by these, and decoded at the size shown only", async () => {
    const { frames, told } = start();
    const held = hold(sourceManifest());
    const decodes = () => InlineWorker.requests.filter(({ type }) => type === "decode");
    frames.begin(held);
    frames.lookAt(held.key, { region: [0, 0, 32, 24], scale: 0.5, window: null });
    const ranks: number[] = [];
    for (const slice of greySlices(1)) {
      held.take(slice);
      frames.grown([held.key]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      ranks.push(RANK[frames.state(held.key)?.quality ?? "preview"]);
    }
    await complete(frames, held);
    expect(ranks).toEqual([...ranks].sort());
    expect(frames.state(held.key)).toMatchObject({ quality: "lossless", rmse: 0, bytesToLossless: 0 });
    expect(new Set(told.map(({ level }) => level))).not.toContain(0);
    expect(decodes().filter((each) => "level" in each && each.level === 0 && each.keep)).toEqual([]);
    frames.lookAt(held.key, { region: [0, 0, 32, 24], scale: 1, window: null });
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ level: 0, layers: 3, verified: true }));
  });

  test("in its source's own bytes, one that is wrong is asked for again", async () => {
    const again: [number, string][] = [];
    const held = hold(sourceManifest());
    const { frames } = start({
      onAgain: (_, tile, reason) => {
        again.push([tile, reason]);
        held.forget(tile);
      },
    });
    greySlices(1).forEach((slice, at, all) => {
      const wrong = at === all.length - 1;
      held.take(wrong ? { ...slice, data: slice.data.map((byte, at) => (at ? byte : byte ^ 0x40)) } : slice);
    });
    frames.begin(held);
    frames.lookAt(held.key, view);
    await vi.waitFor(() => expect(again).toEqual([[0, "digest"]]), 5000);
    expect(frames.state(held.key)).toMatchObject({ mismatch: true, complete: false });
  });

  test("zoomed out as its finest resolution becomes whole, it ends lossless, as fine as it was", async () => {
    const { frames, told } = start();
    const held = hold(greyManifest);
    const slices = greySlices(1);
    const finest = greyManifest.resolutions - 1;
    const late = slices.filter(({ resolution, layer }) => resolution === finest && layer === 2);
    expect(late.length).toBe(1);
    for (const slice of slices) if (!late.includes(slice)) held.take(slice);
    frames.begin(held);
    frames.lookAt(held.key, view);
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ level: 0, layers: 2 }));
    for (const slice of late) held.take(slice);
    frames.lookAt(held.key, { ...view, scale: 0.3 });
    await vi.waitFor(() => expect(frames.state(held.key)).toMatchObject({ quality: "lossless", rmse: 0 }));
    expect(told.at(-1)).toMatchObject({ level: 0, layers: 3, verified: true });
  });

  test("zoomed out, it claims what the resolutions on the screen have, not what finer ones lack", async () => {
    const { frames, told } = start();
    const held = hold(greyManifest);
    const finest = greyManifest.resolutions - 1;
    for (const slice of greySlices(1)) if (slice.resolution < finest || slice.layer === 0) held.take(slice);
    frames.begin(held);
    frames.lookAt(held.key, view);
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ level: 0, layers: 1 }));
    const before = frames.state(held.key)?.rmse ?? 0;
    frames.lookAt(held.key, { ...view, scale: 0.3 });
    await vi.waitFor(() => expect(frames.state(held.key)?.rmse).toBeLessThan(before));
    const decodes = told.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told.length).toBe(decodes);
    expect(told.at(-1)).toMatchObject({ level: 1, layers: 3 });
  });

  test("zoomed in, it is lossless once all of it is verified, and is no longer where it has yet to be drawn", async () => {
    const { frames, told } = start();
    const held = hold(greyManifest);
    for (const slice of greySlices(1)) held.take(slice);
    frames.begin(held);
    frames.lookAt(held.key, { ...view, region: [33, 0, 40, 24] });
    expect(frames.state(held.key)?.quality).not.toBe("lossless");
    await complete(frames, held);
    expect(told).toEqual([]);
    expect(frames.state(held.key)).toMatchObject({ quality: "lossless", rmse: 0 });
    frames.lookAt(held.key, view);
    expect(frames.state(held.key)).toMatchObject({ quality: "preview", rmse: null });
    await vi.waitFor(() => expect(frames.state(held.key)).toMatchObject({ quality: "lossless", rmse: 0 }));
    expect(told).toMatchObject([{ tile: 0, level: 0, verified: true }]);
  });

  test("its samples come back with the offset undone and the constant tile in place", async () => {
    const { frames } = start();
    const held = hold(greyManifest);
    const samples = frames.samples(held.key, held);
    for (const slice of greySlices(1)) held.take(slice);
    frames.grown([held.key]);
    const { data, ...rest } = await samples;
    expect(rest).toMatchObject({ rows: 24, columns: 40, samplesPerPixel: 1, signed: true, bits: 16 });
    expect(data).toBeInstanceOf(Int16Array);
    expect(Array.from(data.subarray(32, 40))).toEqual(
      Array(8).fill((greyManifest.tiles[1]?.constant?.[0] ?? 0) - greyManifest.offset),
    );
  });
});

describe("what goes wrong", () => {
  test("a digest that differs is asked for again, is never lossless, and mends", async () => {
    const again: string[] = [];
    const held = hold(greyManifest);
    const { frames } = start({
      onAgain: (_, tile, reason) => {
        again.push(reason);
        held.forget(tile);
      },
    });
    frames.begin(held);
    frames.lookAt(held.key, view);
    const slices = greySlices(1);
    const last = slices[slices.length - 1];
    for (const slice of slices) {
      const data =
        slice === last ? slice.data.map((byte, at) => (at > 200 && at < 210 ? byte ^ 85 : byte)) : slice.data;
      held.take({ ...slice, data });
    }
    frames.grown([held.key]);
    await vi.waitFor(() => expect(again).toEqual(["digest"]), 5000);
    expect(frames.state(held.key)).toMatchObject({ mismatch: true, complete: false });
    expect(frames.state(held.key)?.quality).not.toBe("lossless");
    for (const slice of slices) held.take(slice);
    frames.grown([held.key]);
    expect(await complete(frames, held)).toMatchObject({ quality: "lossless", mismatch: false });
    await vi.waitFor(() => expect(frames.state(held.key)?.tiles[0]).toMatchObject({ verified: true, layers: 3 }));
  });

  test("a tile that is wrong time after time makes the frame unavailable, with a sentence", async () => {
    const wrong = {
      ...greyManifest,
      tiles: greyManifest.tiles.map((tile) => ({ ...tile, sha256: `${"A".repeat(43)}=` })),
    };
    const held = hold(wrong);
    const { frames, again, unavailable } = start({
      onAgain: () => {
        again.push([0, ""]);
        held.forget(0);
        for (const slice of greySlices(1)) held.take(slice);
      },
    });
    frames.begin(held);
    frames.lookAt(held.key, view);
    for (const slice of greySlices(1)) held.take(slice);
    frames.grown([held.key]);
    await vi.waitFor(() => expect(unavailable.length).toBe(1), 5000);
    expect(again.length).toBe(3);
    expect(frames.state(held.key)?.unavailable?.mayRetry).toBe(false);
    await expect(frames.samples(held.key, held)).rejects.toThrow(/did not arrive/);
  });

  test("a worker that dies is replaced, and its tile decoded by the next", async () => {
    let deaths = 0;
    class Mortal extends InlineWorker {
      override async postMessage(request: Parameters<InlineWorker["postMessage"]>[0]): Promise<void> {
        if (request.type === "decode" && deaths++ === 0)
          this.onerror?.({ preventDefault: () => undefined } as ErrorEvent);
        else await super.postMessage(request);
      }
    }
    const { frames, again } = start({ spawn: () => new Mortal() });
    const held = hold(greyManifest);
    for (const slice of greySlices(1)) held.take(slice);
    frames.begin(held);
    frames.lookAt(held.key, view);
    await complete(frames, held);
    expect(again).toEqual([]);
  });

  test("a browser that cannot run the decoder says so once", async () => {
    const { frames, unavailable } = start({ module: () => Promise.reject(new Error("no WebAssembly")) });
    const held = hold(greyManifest);
    for (const slice of greySlices(1)) held.take(slice);
    frames.begin(held);
    frames.lookAt(held.key, view);
    await vi.waitFor(() => expect(unavailable).toHaveLength(1));
    expect(unavailable[0]).toMatch(/cannot run the image decoder/);
  });
});

describe("a stack", () => {
  const stack = ["1.1", "1.2", "1.3", "1.4"].map((instance) => hold(greyFrame(instance)));
  const distance = (at: number) => (key: { instance: string }) =>
    Math.abs(stack.findIndex((each) => each.key.instance === key.instance) - at);

  test("neighbours are decoded ahead, after the frame looked at", async () => {
    const order: string[] = [];
    const { frames } = start({
      neighbours: () => stack.slice(1).map(({ key }) => key),
      onTile: (key) => order.push(key.instance),
      distance: distance(0),
    });
    for (const held of stack) {
      if (!held.bytes) for (const slice of greySlices(1)) held.take(slice);
      frames.begin(held);
    }
    frames.lookAt((stack[0] as HeldFrame).key, view);
    await vi.waitFor(() => expect(order).toEqual(["1.1", "1.2", "1.3", "1.4"]));
  });

  test("the decoded budget lets the farthest go, and what comes back is decoded again", async () => {
    const order: string[] = [];
    const bytes = 32 * 24 * 2;
    const { frames } = start({ budget: 2.5 * bytes, distance: distance(3), onTile: (key) => order.push(key.instance) });
    for (const held of stack) {
      frames.begin(held);
      frames.lookAt(held.key, view);
      await complete(frames, held);
    }
    const shown = stack.filter(({ key }) => frames.state(key)?.tiles[0]).map(({ key }) => key.instance);
    expect(shown).toEqual(["1.3", "1.4"]);
    const first = stack[0] as HeldFrame;
    expect(frames.state(first.key)).toMatchObject({ complete: true });
  });

  test("a frame whose segments were dropped begins anew", async () => {
    const { frames } = start();
    const held = hold(greyFrame("1.9"));
    for (const slice of greySlices(1)) held.take(slice);
    frames.begin(held);
    frames.lookAt(held.key, view);
    await complete(frames, held);
    held.clear();
    frames.dropped([held.key]);
    expect(frames.state(held.key)).toMatchObject({ quality: "preview", complete: false, bytes: 0 });
  });
});
