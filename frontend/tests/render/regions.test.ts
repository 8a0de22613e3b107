import { describe, expect, it } from "vitest";
import { gridOf, NOTHING } from "../../src/render/pyramid";
import { type Region, regionsOf } from "../../src/render/regions";
import { manifestOf } from "./scenes";

const grid = gridOf(manifestOf(48, 32, 16)); // 3 x 2 tiles
const placement = { scaleX: 10, scaleY: 10, x: 0, y: 0 };
const cut = (levels: readonly number[], at = placement) => regionsOf(grid, Uint8Array.from(levels), at, 480, 320);

/** How many regions cover each device pixel. */
function coverage(regions: readonly Region[]): Set<number> {
  const count = new Uint8Array(480 * 320);
  for (const { left, top, right, bottom } of regions) {
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) count[y * 480 + x] = (count[y * 480 + x] ?? 0) + 1;
  }
  return new Set(count);
}

describe("regions", () => {
  it("are whole tiles where all neighbours are alike", () => {
    const regions = cut([1, 1, 1, 1, 1, 1]);
    expect(regions).toHaveLength(6);
    expect(regions.every(({ level }) => level === 1)).toBe(true);
  });

  it("cover everything once, whatever the levels", () => {
    for (const levels of [
      [0, 1, 2, 0, 1, 2],
      [0, 0, 0, 0, 3, 0],
      [5, 0, 5, 0, 5, 0],
    ]) {
      expect(coverage(cut(levels))).toEqual(new Set([1]));
    }
  });

  it("look up only in strips towards a neighbour of another level, corners included", () => {
    const regions = cut([0, 0, 1, 0, 0, 0]);
    const looked = regions.filter(({ level }) => level === undefined);
    // The first column of tiles has no neighbour of another level, not even across a corner.
    expect(Math.min(...looked.map(({ left }) => left))).toBeGreaterThanOrEqual(160);
    const narrow = looked.map(({ left, right, top, bottom }) => Math.min(right - left, bottom - top));
    expect(Math.max(...narrow)).toBeLessThanOrEqual(Math.ceil(2.5 * 2 * 10) + 2);
  });

  it("leave out tiles that are not held and those beyond the screen", () => {
    expect(cut([NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING])).toEqual([]);
    const shifted = cut([0, 0, 0, 0, 0, 0], { ...placement, x: -400 });
    expect(shifted).toHaveLength(2);
    expect(shifted.every(({ right }) => right <= 480)).toBe(true);
  });
});
