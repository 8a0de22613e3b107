import { describe, expect, test } from "vitest";
import { type Manifest, readManifest } from "../../src/streaming/manifest";
import {
  defaultWidth,
  hasWindowPlane,
  layerRmse,
  ratio,
  type ShownTile,
  shownPlanes,
  shownQuality,
  totalBytes,
} from "../../src/streaming/quality";
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

describe("a window plane and its difference", () => {
  const { manifests } = vectors<Manifests>("manifests");
  const golden = manifests.find(({ name }) => name === "window plane");
  const narrow = readManifest(golden?.value);
  const cases = golden?.shown ?? [];
  const level = ([center, width]: readonly [number, number]) => ({ center, width });

  test("the golden vectors say which planes are shown and what that leaves", () => {
    expect(manifests.filter(({ value }) => hasWindowPlane(readManifest(value)))).toHaveLength(1);
    expect(cases.length).toBeGreaterThan(30);
    for (const { layers, window, planes, rmse } of cases) {
      expect(shownPlanes(narrow, layers, window && level(window)), JSON.stringify([layers, window])).toEqual({
        planes,
        rmse,
      });
    }
  });

  test("the screen states the error of what it shows, at any window, to 255 at most", () => {
    for (const { layers, window, rmse } of cases) {
      const at = { region: [0, 0, 32, 24] as const, scale: 1, window: window && level(window) };
      const tiles = (number: number) =>
        layers[number] ? { level: 0, layers: layers[number] ?? 0, verified: false } : undefined;
      expect(shownQuality(narrow, tiles, at)).toEqual({ quality: "lossy", rmse: Math.min(255, rmse) });
    }
  });

  test("without the window plane, or too coarse, it is a preview; a coarse difference does not count", () => {
    const at = { region: [0, 0, 32, 24] as const, scale: 1, window: null };
    const both = (first: ShownTile | undefined, second: ShownTile | undefined) =>
      shownQuality(narrow, (number) => (number === 0 ? first : second), at);
    const full = { level: 0, layers: 3, verified: false };
    expect(both(undefined, full).quality).toBe("preview");
    expect(both({ ...full, level: 1 }, full).quality).toBe("preview");
    expect(both(full, { ...full, level: 1 })).toEqual({ quality: "lossy", rmse: 4 });
    expect(both({ ...full, verified: true }, { ...full, verified: true })).toEqual({ quality: "lossless", rmse: 0 });
  });
});

test("ratio and total bytes", () => {
  expect(totalBytes(greyManifest)).toBe(greyBytes);
  expect(ratio(greyManifest, 0)).toBeNull();
  expect(ratio(greyManifest, 192)).toBe(10);
});
