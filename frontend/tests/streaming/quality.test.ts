import { describe, expect, test } from "vitest";
import { type Manifest, readManifest } from "../../src/streaming/manifest";
import { defaultWidth, layerRmse, ratio, type ShownTile, shownQuality, totalBytes } from "../../src/streaming/quality";
import { greyBytes, greyManifest } from "../grey-frame";
import { type Manifests, vectors } from "../vectors";

const view = { region: [0, 0, 40, 24] as const, scale: 1, window: null };
const constant: ShownTile = { level: 2, layers: 3, verified: true };
const shown = (tile: ShownTile | undefined, manifest: Manifest = greyManifest, at = view) =>
  shownQuality(manifest, (number) => (number === 0 ? tile : constant), at);

describe("what the screen may say", () => {
  test("nothing decoded, or not all that the screen can show, is a preview", () => {
    expect(shown(undefined)).toEqual({ quality: "preview", rmse: null });
    expect(shown({ level: 0, layers: 0, verified: false })).toEqual({ quality: "preview", rmse: null });
    expect(shown({ level: 1, layers: 1, verified: false })).toEqual({ quality: "preview", rmse: null });
    expect(shown({ level: 1, layers: 1, verified: false }, greyManifest, { ...view, scale: 0.5 })).toMatchObject({
      quality: "lossy",
    });
  });

  test("layers say the error, and a narrower window makes it larger, to 255 at most", () => {
    const tile = { level: 0, layers: 2, verified: false };
    const width = defaultWidth(greyManifest) ?? 0;
    expect(width).toBeGreaterThan(0);
    expect(shown(tile)).toEqual({ quality: "lossy", rmse: 2 });
    expect(shown(tile, greyManifest, { ...view, window: { center: 0, width: width / 2 } as never }).rmse).toBe(4);
    expect(shown(tile, greyManifest, { ...view, window: { center: 0, width: 0.001 } as never }).rmse).toBe(255);
  });

  test("all layers are lossless only when the digest was equal, in every tile", () => {
    expect(shown({ level: 0, layers: 3, verified: false })).toEqual({ quality: "lossy", rmse: 0 });
    expect(shown({ level: 0, layers: 3, verified: true })).toEqual({ quality: "lossless", rmse: 0 });
  });

  test("tiles that are not on the screen do not lower what is said of it", () => {
    const beside = { ...view, region: [33, 0, 40, 24] as const };
    expect(shownQuality(greyManifest, (number) => (number === 1 ? constant : undefined), beside)).toEqual({
      quality: "lossy",
      rmse: 0,
    });
  });

  test("errors of planes that make one sample add up", () => {
    const wide = readManifest(vectors<Manifests>("manifests").manifests[2]?.value);
    expect(wide.planes).toHaveLength(2);
    const at = { ...view, region: [0, 0, 32, 24] as const };
    const both = shownQuality(wide, () => ({ level: 0, layers: 2, verified: false }), at);
    expect(both.rmse).toBeCloseTo(Math.hypot(layerRmse(wide, 0, 2, null), layerRmse(wide, 1, 2, null)));
  });
});

test("ratio and total bytes", () => {
  expect(totalBytes(greyManifest)).toBe(greyBytes);
  expect(ratio(greyManifest, 0)).toBeNull();
  expect(ratio(greyManifest, 192)).toBe(10);
});
