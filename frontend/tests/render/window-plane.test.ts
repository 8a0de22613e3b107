/** What is drawn of a window plane and its difference: the better picture at the window. */

import { describe, expect, it } from "vitest";
import { FrameArrays, renderPixels } from "../../src/render/canvas";
import { constants, defaultPresentation } from "../../src/render/pipeline";
import { gridOf, HeldTiles } from "../../src/render/pyramid";
import type { DrawnTile, Presentation } from "../../src/render/tiles";
import { manifestOf, tileOf } from "./scenes";

const alone = [
  { low: 1000, high: 1100, layers: [8, 4] },
  { low: -1000, high: 3000, layers: [1000, 1000] },
];
const planes = [
  { shift: 0, layers: [8, 0], alone },
  { shift: 0, layers: [100, 0] },
];
/** Stored values are the sum of both, less 500; the default window is 1000 to 1100. */
const narrow = manifestOf(
  8,
  8,
  8,
  { voi_function: "LINEAR_EXACT", windows: [{ center: 1050, width: 100 }] },
  { planes, offset: -500 },
);
const bone = { center: 1500, width: 2000 };
const window = (layers: number, level = 0) => tileOf(narrow, 0, level, () => 50, layers);
const difference = (layers: number, level = 0) => ({ ...tileOf(narrow, 1, level, () => 600, layers), plane: 1 });

function held(...tiles: DrawnTile[]): HeldTiles {
  const result = new HeldTiles(gridOf(narrow), 2);
  for (const tile of tiles) result.accept(tile);
  return result;
}

function drawn(tiles: DrawnTile[], presentation: Presentation): number {
  const arrays = new FrameArrays({ id: "x", manifest: narrow, tiles });
  arrays.sync(tiles);
  const out = new Uint8ClampedArray(8 * 8 * 4);
  const placement = { scaleX: 1, scaleY: 1, x: 0, y: 0 };
  const scene = { frame: arrays.frame, placement, presentation, tables: new Map(), fine: true };
  expect(renderPixels(arrays, scene, 8, 8, out)).toBe(true);
  expect(new Set(out.filter((_, at) => at % 4 === 0)).size).toBe(1);
  return out[0] ?? -1;
}

describe("a window plane", () => {
  it("is drawn alone until the difference makes the better picture", () => {
    const at = defaultPresentation(narrow);
    expect(held().drawn(narrow, 0, at)).toBe(1);
    expect(held(window(2)).drawn(narrow, 0, at)).toBe(1);
    expect(held(window(2), difference(1)).drawn(narrow, 0, at)).toBe(1);
    expect(held(window(2), difference(2)).drawn(narrow, 0, at)).toBe(2);
    expect(held(window(2)).drawn(narrow, 0, bone)).toBe(1);
    expect(held(window(2), difference(1)).drawn(narrow, 0, bone)).toBe(2);
  });

  it("is not blurred by a difference that is coarser than the screen", () => {
    expect(held(window(2), window(2, 1), difference(2, 1)).drawn(narrow, 0, bone)).toBe(1);
    expect(held(window(2), window(2, 1), difference(2, 1)).drawn(narrow, 1, bone)).toBe(2);
  });

  it("alone shows its samples plus the low end of its window; both show the stored values", () => {
    const numbers = constants(narrow, bone, new Map(), 1);
    expect(numbers.planes).toHaveLength(1);
    expect(50 * numbers.slope + numbers.intercept).toBe(1050);
    expect(drawn([window(2)], defaultPresentation(narrow))).toBe(128);
    expect(drawn([window(2), difference(1)], defaultPresentation(narrow))).toBe(128);
    // 50 + 600 + 500 = 1150: white at the default window, a third of the bone window.
    expect(drawn([window(2), difference(2)], defaultPresentation(narrow))).toBe(255);
    expect(drawn([window(2), difference(1)], bone)).toBe(Math.round((255 * 650) / 2000));
  });

  it("is held within the window before it is magnified, so that edges lie where they will lie", () => {
    // Brain beside skull: 1040 and 1060 within the window, 2600 far above, 500 far below.
    const stored = [500, 1040, 1060, 2600, 1060, 1040, 500, 1060];
    const inside = (v: number) => Math.min(Math.max(v, 1000), 1100) - 1000;
    const clipped = { ...tileOf(narrow, 0, 0, (x) => inside(stored[x] ?? 0), 2) };
    const rest = { ...tileOf(narrow, 1, 0, (x) => (stored[x] ?? 0) - 500 - inside(stored[x] ?? 0), 2), plane: 1 };
    const magnified = (tiles: DrawnTile[], presentation: Presentation) => {
      const arrays = new FrameArrays({ id: "x", manifest: narrow, tiles });
      arrays.sync(tiles);
      const out = new Uint8ClampedArray(32 * 32 * 4);
      const placement = { scaleX: 4, scaleY: 4, x: 0, y: 0 };
      renderPixels(
        arrays,
        { frame: arrays.frame, placement, presentation, tables: new Map(), fine: true },
        32,
        32,
        out,
      );
      return out;
    };
    const at = defaultPresentation(narrow);
    const alone = magnified([clipped], at);
    expect(new Set(alone).size).toBeGreaterThan(20);
    expect(alone).toEqual(magnified([clipped, rest], at));
    // Where the window cuts nothing off, interpolation is what it was.
    const wide = { center: 1500, width: 3000 };
    expect(constants(manifestOf(8, 8, 8), wide, new Map()).windowed).toBeUndefined();
    expect(constants(narrow, wide, new Map()).windowed).toEqual([-500, 2500]);
  });

  it("leaves a sigmoid window, a step and a table as they are", () => {
    const of = (display: object, presentation: Presentation) =>
      constants({ ...narrow, display: { ...narrow.display, ...display } }, presentation, new Map()).windowed;
    expect(of({ voi_function: "SIGMOID" }, { center: 1050, width: 100 })).toBeUndefined();
    expect(of({ voi_function: "LINEAR" }, { center: 1050, width: 1 })).toBeUndefined();
    expect(of({ voi_function: "LINEAR" }, { center: 1050, width: 101 })).toEqual([499.5, 599.5]);
  });
});
