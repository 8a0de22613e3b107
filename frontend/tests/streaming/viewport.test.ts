import { describe, expect, test } from "vitest";
import { readManifest, type Tile } from "../../src/streaming/manifest";
import {
  discardedResolutions,
  fittedScale,
  type Region,
  resolutionsOf,
  shownResolutions,
  visibleTiles,
  whole,
} from "../../src/streaming/viewport";
import { type Manifests, vectors } from "../vectors";

interface Viewports {
  readonly discarded: readonly { readonly scale: number; readonly resolutions: number; readonly discarded: number }[];
  /** Column, row, columns, rows. */
  readonly tiles: readonly (readonly [number, number, number, number])[];
  readonly visible: readonly { readonly region: Region; readonly tiles: readonly number[] }[];
  readonly fitted: readonly {
    readonly rows: number;
    readonly columns: number;
    readonly pixel_aspect: readonly [number, number];
    readonly width: number;
    readonly height: number;
    readonly viewport: { readonly region: Region; readonly scale: number };
  }[];
}

const golden = vectors<Viewports>("viewports");
const manifests = vectors<Manifests>("manifests").manifests.map(({ value }) => readManifest(value));
const grey = manifests[0];
if (!grey) throw new Error("The vectors have no manifest.");

test.each(golden.discarded)("at scale $scale, $discarded of $resolutions are discarded", (each) => {
  expect(discardedResolutions(each.scale, each.resolutions)).toBe(each.discarded);
});

const tiles = golden.tiles.map(([column, row, columns, rows]) => ({ column, row, columns, rows }) as Tile);

test.each(golden.visible)("tiles in $region", ({ region, tiles: expected }) => {
  expect(visibleTiles(tiles, region)).toEqual(expected);
});

describe("fitted to the screen", () => {
  test.each(golden.fitted)("$columns x $rows in $width x $height", (each) => {
    const { rows, columns, pixel_aspect, viewport } = each;
    const manifest = { ...grey, rows, columns, display: { ...grey.display, pixel_aspect } };
    expect(fittedScale(manifest as typeof grey, each.width, each.height)).toBe(viewport.scale);
    expect(whole(manifest as typeof grey)).toEqual(viewport.region);
  });
});

test("a constant tile has no resolutions, a scan one, and one is always shown", () => {
  expect(grey.tiles.map((_, tile) => resolutionsOf(grey, tile))).toEqual([3, 0]);
  expect(resolutionsOf(grey, 99)).toBe(0);
  expect(manifests.filter((each) => each.coding === "jpeg-scans").map((each) => resolutionsOf(each, 0))).toEqual([1]);
  expect([shownResolutions(6, 2), shownResolutions(2, 5)]).toEqual([4, 1]);
});
