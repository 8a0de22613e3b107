/**
 * The renderer for browsers without WebGL2: the same maths in JavaScript, on a 2D canvas.
 *
 * It keeps one frame's levels as arrays and draws into an ImageData no larger than `MOST_PIXELS`, which the
 * canvas then stretches: slower and a little softer, never different in value.
 */

import { Pace } from "./pace";
import { colour, constants, grey, paletteColour, pictureKind, tablesReady } from "./pipeline";
import { cellOf, gridOf, HeldTiles, levelFor, levelSize } from "./pyramid";
import { arrayFetch, EMPTY, type LevelData, PADDING, Sampler } from "./sampler";
import {
  type DrawnFrame,
  type DrawnTile,
  isBitmap,
  type Renderer,
  type RenderFigures,
  resized,
  type Scene,
} from "./tiles";

const MOST_PIXELS = 640 * 640;

/** The samples of a bitmap as RGBA bytes, as the browser decoded them. */
export function bitmapSamples(bitmap: ImageBitmap): Uint8Array {
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser has no 2D canvas.");
  context.drawImage(bitmap, 0, 0);
  const samples = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  canvas.width = 0; // iOS counts canvases against a limit until their size is zero
  return new Uint8Array(samples.buffer);
}

/** A frame's levels as arrays, filled tile by tile. */
export class FrameArrays {
  readonly held: HeldTiles;
  readonly levels = new Map<number, LevelData>();

  constructor(readonly frame: DrawnFrame) {
    this.held = new HeldTiles(gridOf(frame.manifest), frame.manifest.planes.length);
  }

  /** Takes in what is new; returns how many tiles that was. */
  sync(tiles: Iterable<DrawnTile>): number {
    let taken = 0;
    for (const tile of tiles) {
      if (!this.held.accept(tile)) continue;
      this.#write(tile);
      taken += 1;
    }
    return taken;
  }

  #write(tile: DrawnTile): void {
    const { grid } = this.held;
    const size = levelSize(grid, tile.level);
    const data = isBitmap(tile.data) ? bitmapSamples(tile.data) : tile.data;
    const channels = isBitmap(tile.data) ? 4 : tile.channels;
    let level = this.levels.get(tile.level);
    if (!level) {
      const length = size.columns * size.rows * channels;
      level = {
        channels,
        planes: this.frame.manifest.planes.map(() =>
          data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length),
        ),
      };
      this.levels.set(tile.level, level);
    }
    const cell = cellOf(grid, tile);
    const left = (cell % grid.across) * size.strideColumns;
    const top = Math.floor(cell / grid.across) * size.strideRows;
    const plane = level.planes[tile.plane];
    for (let row = 0; row < tile.rows; row++) {
      const line = data.subarray(row * tile.columns * channels, (row + 1) * tile.columns * channels);
      plane?.set(line, ((top + row) * size.columns + left) * channels);
    }
  }
}

/** Draws a frame into RGBA bytes; alpha 0 where nothing is held. Returns true when nothing was missing. */
export function renderPixels(
  arrays: FrameArrays,
  scene: Scene,
  width: number,
  height: number,
  out: Uint8ClampedArray,
): boolean {
  const { manifest } = arrays.frame;
  const { placement, presentation, tables } = scene;
  const kind = pictureKind(manifest);
  const scale = Math.max(placement.scaleX, placement.scaleY);
  const wanted = levelFor(scale);
  const drawn = arrays.held.drawn(manifest, wanted, presentation);
  const numbers = constants(manifest, presentation, tables, drawn);
  const levels = arrays.held.choose(wanted, drawn);
  const sampler = new Sampler({
    grid: arrays.held.grid,
    levels,
    fetch: arrayFetch(arrays.held, arrays.levels, numbers),
    components: kind === "colour" ? 3 : 1,
    padding: numbers.padding,
    windowed: numbers.windowed,
  });
  const value = new Float64Array(3);
  const shade = (): readonly [number, number, number] => {
    if (kind === "colour") return colour(numbers, value[0] ?? 0, value[1] ?? 0, value[2] ?? 0);
    const y = grey(numbers, value[0] ?? 0);
    return [y, y, y];
  };
  const indexed = kind === "palette" ? paletteSampler(arrays, numbers, levels, scale) : undefined;
  let whole = true;
  let at = 0;
  for (let row = 0; row < height; row++) {
    const y = (row + 0.5 - placement.y) / placement.scaleY;
    for (let column = 0; column < width; column++, at += 4) {
      const x = (column + 0.5 - placement.x) / placement.scaleX;
      out[at + 3] = 0;
      if (x < 0 || y < 0 || x >= manifest.columns || y >= manifest.rows) continue;
      const kindOfSample = indexed ? indexed(x, y, value) : sampler.sample(x, y, scale, value);
      if (kindOfSample === EMPTY) {
        whole = false;
        continue;
      }
      const rgb = kindOfSample === PADDING ? BLACK : indexed ? value : shade();
      out[at] = (rgb[0] ?? 0) * 255;
      out[at + 1] = (rgb[1] ?? 0) * 255;
      out[at + 2] = (rgb[2] ?? 0) * 255;
      out[at + 3] = 255;
    }
  }
  return whole;
}

const BLACK = [0, 0, 0] as const;

/** Palette pictures: the colours of the four nearest indices are blended, never the indices. */
function paletteSampler(arrays: FrameArrays, numbers: ReturnType<typeof constants>, levels: Uint8Array, scale: number) {
  const raw = arrayFetch(arrays.held, arrays.levels, numbers);
  const index = new Float64Array(3);
  const sampler = new Sampler({
    grid: arrays.held.grid,
    levels,
    fetch: (level, column, row, out) => {
      raw(level, column, row, index);
      const rgb = paletteColour(numbers, index[0] ?? 0);
      out.set(rgb);
    },
    components: 3,
    padding: undefined,
    windowed: undefined,
  });
  return (x: number, y: number, out: Float64Array) => sampler.sample(x, y, scale, out);
}

/** The 2D-canvas renderer. */
export class CanvasRenderer implements Renderer {
  readonly pace = new Pace();
  readonly #context: CanvasRenderingContext2D;
  #arrays: FrameArrays | undefined;
  #draws = 0;
  #taken = 0;
  #small: HTMLCanvasElement | undefined;

  constructor(readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser has neither WebGL2 nor a 2D canvas.");
    this.#context = context;
  }

  /** Never: it draws while it is asked to. */
  busy(): boolean {
    return false;
  }

  resize(width: number, height: number): void {
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  draw(scene: Scene): boolean {
    const { width, height } = this.canvas;
    this.#draws += 1;
    this.#context.clearRect(0, 0, width, height);
    const { frame } = scene;
    if (!frame || !tablesReady(frame.manifest, scene.tables)) return false;
    if (this.#arrays?.frame.id !== frame.id) this.#arrays = new FrameArrays(frame);
    this.#taken += this.#arrays.sync(frame.tiles);
    const shrink = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
    const columns = Math.max(1, Math.round(width * shrink));
    const rows = Math.max(1, Math.round(height * shrink));
    const image = new ImageData(columns, rows);
    const smaller = { ...scene, placement: resized(scene.placement, columns / width, rows / height) };
    const whole = renderPixels(this.#arrays, smaller, columns, rows, image.data);
    this.#show(image, width, height);
    return whole;
  }

  #show(image: ImageData, width: number, height: number): void {
    if (image.width === width && image.height === height) {
      this.#context.putImageData(image, 0, 0);
      return;
    }
    this.#small ??= document.createElement("canvas");
    this.#small.width = image.width;
    this.#small.height = image.height;
    this.#small.getContext("2d")?.putImageData(image, 0, 0);
    this.#context.imageSmoothingQuality = "high";
    this.#context.drawImage(this.#small, 0, 0, width, height);
  }

  figures(): RenderFigures {
    return {
      kind: "canvas",
      uploads: this.#taken,
      uploadedBytes: 0,
      gpuBytes: 0,
      draws: this.#draws,
      contextLosses: 0,
      refusals: 0,
    };
  }

  dispose(): void {
    this.canvas.width = 0;
    this.#arrays = undefined;
  }
}
