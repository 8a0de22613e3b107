import { describe, expect, it } from "vitest";
import { FrameArrays, renderPixels } from "../../src/render/canvas";
import { defaultPresentation } from "../../src/render/pipeline";
import { gridOf, HeldTiles, levelFor, levelSize, NOTHING } from "../../src/render/pyramid";
import type { DrawnTile, Presentation } from "../../src/render/tiles";
import type { Manifest } from "../../src/streaming/manifest";
import { manifestOf, tileOf } from "./scenes";

const ramp = (column: number, row: number) => 10 * column + 3 * row;

/** What the canvas renderer puts on the screen at a scale: red of each pixel, -1 where nothing is drawn. */
function drawn(
  manifest: Manifest,
  tiles: readonly DrawnTile[],
  scale: number,
  presentation: Presentation = defaultPresentation(manifest),
) {
  const arrays = new FrameArrays({ id: "x", manifest, tiles });
  arrays.sync(tiles);
  const width = Math.round(manifest.columns * scale);
  const height = Math.round(manifest.rows * scale);
  const out = new Uint8ClampedArray(width * height * 4);
  const scene = {
    frame: arrays.frame,
    placement: { scaleX: scale, scaleY: scale, x: 0, y: 0 },
    presentation,
    tables: new Map(),
    fine: true,
  };
  const whole = renderPixels(arrays, scene, width, height, out);
  const red = Array.from({ length: width * height }, (_, i) => (out[i * 4 + 3] ? (out[i * 4] ?? -1) : -1));
  return { whole, red, width, height };
}

const exact = { voi_function: "LINEAR_EXACT", windows: [{ center: 127.5, width: 255 }] };

describe("levels", () => {
  it.each([
    [2, 0],
    [1, 0],
    [0.6, 0],
    [0.5, 1],
    [0.43, 1],
    [0.2, 2],
    [0.001, 6],
  ])("at %d device pixels a frame pixel is %i", (scale, level) => {
    expect(levelFor(scale)).toBe(level);
  });

  it("have the sizes of tiles halved one by one", () => {
    const grid = gridOf(manifestOf(1030, 600, 512));
    expect(grid).toMatchObject({ across: 3, down: 2 });
    expect(levelSize(grid, 0)).toEqual({ columns: 1030, rows: 600, strideColumns: 512, strideRows: 512 });
    expect(levelSize(grid, 2)).toEqual({ columns: 258, rows: 150, strideColumns: 128, strideRows: 128 });
  });
});

describe("HeldTiles", () => {
  const manifest = manifestOf(16, 8, 8);
  const held = () => new HeldTiles(gridOf(manifest), 1);
  const tile = (index: number, level: number, layers: number) => tileOf(manifest, index, level, ramp, layers);

  it("never takes a worse tile", () => {
    const tiles = held();
    expect(tiles.accept(tile(0, 1, 3))).toBe(true);
    expect(tiles.accept(tile(0, 1, 3))).toBe(false);
    expect(tiles.accept(tile(0, 1, 2))).toBe(false);
    expect(tiles.accept(tile(0, 1, 4))).toBe(true);
  });

  it("draws the wanted level, a finer one with more layers, else the finest there is", () => {
    const tiles = held();
    expect([...tiles.choose(1)]).toEqual([NOTHING, NOTHING]);
    tiles.accept(tile(0, 3, 1));
    expect([...tiles.choose(1)]).toEqual([3, NOTHING]);
    tiles.accept(tile(0, 1, 1));
    tiles.accept(tile(1, 0, 2));
    expect([...tiles.choose(1)]).toEqual([1, 0]);
    tiles.accept(tile(0, 0, 1));
    expect([...tiles.choose(1)]).toEqual([1, 0]);
    tiles.accept(tile(0, 0, 2));
    expect([...tiles.choose(1)]).toEqual([0, 0]);
  });
});

describe("sampling", () => {
  it("gives the samples themselves at 1:1", () => {
    const manifest = manifestOf(6, 4, 4, exact);
    const tiles = [0, 1].map((index) => tileOf(manifest, index, 0, ramp));
    const { red, whole } = drawn(manifest, tiles, 1);
    expect(whole).toBe(true);
    expect(red.slice(0, 6)).toEqual([0, 10, 20, 30, 40, 50]);
  });

  it("shows no seam between tiles of mixed levels on a ramp", () => {
    const manifest = manifestOf(48, 16, 16, exact);
    const slow = (column: number) => 40 + 3 * column;
    const tiles = [tileOf(manifest, 0, 0, slow), tileOf(manifest, 1, 2, slow), tileOf(manifest, 2, 1, slow)];
    const scale = 4;
    const { red, width } = drawn(manifest, tiles, scale);
    const row = red.slice(width * 30, width * 31);
    for (let x = 8; x < width - 16; x++) {
      const right = 40 + 3 * ((x + 0.5) / scale - 0.5);
      // The ramp is 3 grey levels a pixel: a seam would be several.
      expect(Math.abs((row[x] ?? 0) - right), `at ${x}`).toBeLessThanOrEqual(1.6);
    }
  });

  it("leaves what is not held open for the Preview", () => {
    const manifest = manifestOf(16, 8, 8, exact);
    const { red, whole } = drawn(manifest, [tileOf(manifest, 0, 0, () => 99)], 1);
    expect(whole).toBe(false);
    expect(red.slice(0, 16)).toEqual([...Array(8).fill(99), ...Array(8).fill(-1)]);
  });

  it("makes no value that is not near by", () => {
    const manifest = manifestOf(8, 8, 8, exact);
    const step = (column: number) => (column < 4 ? 50 : 200);
    const { red } = drawn(manifest, [tileOf(manifest, 0, 0, step)], 7);
    expect(Math.min(...red)).toBe(50);
    expect(Math.max(...red)).toBe(200);
    expect(new Set(red).size).toBeGreaterThan(4);
  });

  it("keeps padding black and out of the blend", () => {
    const manifest = manifestOf(8, 8, 8, { ...exact, padding: [0, 5] });
    const { red } = drawn(manifest, [tileOf(manifest, 0, 0, (column) => (column < 4 ? 3 : 200))], 5);
    expect(new Set(red)).toEqual(new Set([0, 200]));
  });

  it("averages when the level held is much finer than the screen", () => {
    const manifest = manifestOf(64, 64, 64, exact);
    const checks = (column: number, row: number) => ((column + row) % 2 ? 200 : 100);
    const { red } = drawn(manifest, [tileOf(manifest, 0, 0, checks)], 0.25);
    for (const value of red) expect(Math.abs(value - 150)).toBeLessThanOrEqual(1);
  });

  it("blends colours of a palette, never its indices", () => {
    const id = "c".repeat(64);
    const manifest = manifestOf(2, 2, 2, { windows: [], palette: { id, entries: 3, bits: 8 } });
    const arrays = new FrameArrays({ id: "x", manifest, tiles: [] });
    arrays.sync([tileOf(manifest, 0, 0, (column) => column * 2)]);
    const out = new Uint8ClampedArray(8 * 8 * 4);
    renderPixels(
      arrays,
      {
        frame: arrays.frame,
        placement: { scaleX: 4, scaleY: 4, x: 0, y: 0 },
        presentation: defaultPresentation(manifest),
        tables: new Map([[id, Uint8Array.of(200, 0, 0, 0, 255, 0, 0, 0, 200)]]),
        fine: true,
      },
      8,
      8,
      out,
    );
    const greens = Array.from({ length: 64 }, (_, i) => out[i * 4 + 1]);
    expect(Math.max(...greens.map(Number))).toBe(0); // index 1 is green and lies between
    expect(out[0]).toBe(200);
  });

  it("draws colour samples", () => {
    const manifest = manifestOf(
      4,
      4,
      4,
      { colour: "rgb", windows: [] },
      {
        samples_per_pixel: 3,
        bits_stored: 8,
        photometric_interpretation: "RGB",
      },
    );
    const arrays = new FrameArrays({ id: "x", manifest, tiles: [] });
    arrays.sync([tileOf(manifest, 0, 0, () => [10, 20, 30])]);
    const out = new Uint8ClampedArray(4 * 4 * 4);
    const scene = {
      frame: arrays.frame,
      placement: { scaleX: 1, scaleY: 1, x: 0, y: 0 },
      presentation: defaultPresentation(manifest),
      tables: new Map(),
      fine: true,
    };
    expect(renderPixels(arrays, scene, 4, 4, out)).toBe(true);
    expect([...out.slice(0, 4)]).toEqual([10, 20, 30, 255]);
  });
});
