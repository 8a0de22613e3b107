/** What would be shown of what is held is what is shown once the real decoder has made pictures of it. */

import { afterEach, expect, test, vi } from "vitest";
import { Frames } from "../../src/decode/frames";
import { heldQuality } from "../../src/streaming/held-quality";
import { HeldFrame } from "../../src/streaming/holdings";
import { readManifest } from "../../src/streaming/manifest";
import { shownQuality } from "../../src/streaming/quality";
import {
  discardedResolutions,
  fittedScale,
  resolutionsOf,
  shownResolutions,
  whole,
} from "../../src/streaming/viewport";
import { greyManifest, greySlices } from "../grey-frame";
import { type Manifests, seeded, vectors } from "../vectors";
import { decoderModule, InlineWorker } from "./fake-worker";

let frames: Frames | undefined;
afterEach(() => frames?.close());

/** Layers of each resolution, smallest first. */
function held(layers: readonly number[]): HeldFrame {
  const frame = new HeldFrame(greyManifest);
  for (const slice of greySlices(1)) if (slice.layer < (layers[slice.resolution] ?? 0)) frame.take(slice);
  return frame;
}

const screens = [
  [10, 6],
  [20, 12],
  [40, 24],
  [400, 240],
] as const;
const holdings = [
  [0, 0, 0],
  [1, 0, 0],
  [3, 1, 0],
  [1, 1, 1],
  [3, 3, 1],
  [2, 2, 2],
  [3, 3, 3],
] as const;

test.each(screens.flatMap(([width, height]) => holdings.map((layers) => ({ width, height, layers }))))(
  "$layers on $width x $height",
  async ({ width, height, layers }) => {
    const frame = held(layers);
    const claimed = heldQuality(frame, width, height);
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
    frames.begin(frame);
    frames.lookAt(frame.key, {
      region: whole(greyManifest),
      scale: fittedScale(greyManifest, width, height),
      window: null,
    });
    // The one thing that cannot be known without decoding is that the digest is equal.
    const all = layers.every((count) => count === 3);
    const expected = all ? { quality: "lossless", rmse: 0 } : claimed;
    await vi.waitFor(() => expect(frames?.state(frame.key)).toMatchObject(expected));
    if (all) expect(claimed).toEqual({ quality: "lossy", rmse: 0 });
  },
);

test("of any frame, however its tiles and planes are held, it is the quality of the pictures to be made", () => {
  const random = seeded(29);
  const seen = new Set<string>();
  for (const { value } of vectors<Manifests>("manifests").manifests) {
    const manifest = readManifest(value);
    for (let round = 0; round < 200; round++) {
      const frame = new HeldFrame(manifest);
      const most = random(5);
      for (const [tile, { bytes }] of manifest.tiles.entries()) {
        for (let resolution = 0; resolution < resolutionsOf(manifest, tile); resolution++) {
          const layers = Math.min(bytes.length, random(2) ? most : random(5));
          for (let layer = 0; layer < layers; layer++) {
            if (!bytes[layer]) break;
            frame.put({ tile, resolution, layer, total: 1, bytes: Uint8Array.of(7) });
          }
        }
      }
      const [width, height] = [1 + random(2000), 1 + random(2000)];
      const scale = fittedScale(manifest, width, height);
      const pictures = manifest.tiles.map((_, tile) => {
        const own = resolutionsOf(manifest, tile);
        const shown = own && shownResolutions(own, discardedResolutions(scale, manifest.resolutions));
        const layers = Array.from({ length: shown }, (_, resolution) => frame.layers(tile, resolution));
        return { level: Math.max(0, own - shown), layers: own ? Math.min(...layers) : 0, verified: own === 0 };
      });
      const view = { region: whole(manifest), scale, window: null };
      const claimed = heldQuality(frame, width, height);
      expect(claimed).toEqual(shownQuality(manifest, (tile) => pictures[tile], view));
      seen.add(claimed.quality);
    }
  }
  expect([...seen].sort()).toEqual(["lossy", "preview"]);
});
