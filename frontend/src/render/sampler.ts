/**
 * Smooth samples of a frame whose tiles are held at mixed levels, on the CPU: the reference for the shader.
 *
 * Taps cross into neighbour tiles; where the neighbour is held at another level, the tap is taken from that
 * level at the same place of the frame, so that no seam shows. Catmull-Rom when magnifying (held within the
 * range of its taps, so that no value appears that the scan does not have near by), bilinear else.
 */

import type { Constants } from "./pipeline";
import { type Grid, type HeldTiles, type LevelSize, levelSize, NOTHING } from "./pyramid";

/** Reads one sample's sum of planes (or three components) at a level into `out`. */
export type Fetch = (level: number, column: number, row: number, out: Float64Array) => void;

export interface Source {
  readonly grid: Grid;
  /** The level to draw of each cell. */
  readonly levels: Uint8Array;
  readonly fetch: Fetch;
  /** 1 for grey and palette, 3 for colour. */
  readonly components: 1 | 3;
  readonly padding: Constants["padding"];
  /** What taps are held within before they are blended. */
  readonly windowed: Constants["windowed"];
}

/** What a sample was. */
export const EMPTY = 0;
export const PADDING = 1;
export const VALUE = 2;
export type Sampled = typeof EMPTY | typeof PADDING | typeof VALUE;

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** Catmull-Rom weights of the taps at -1, 0, 1, 2. */
function cubicWeights(t: number): readonly [number, number, number, number] {
  return [
    ((-0.5 * t + 1) * t - 0.5) * t,
    (1.5 * t - 2.5) * t * t + 1,
    ((-1.5 * t + 2) * t + 0.5) * t,
    (0.5 * t - 0.5) * t * t,
  ];
}

/** Points a side of the mean over a pixel, when one sample of the level covers `size` screen pixels. */
export function pointsAcross(size: number): number {
  return clamp(Math.ceil(1 / size - 0.5), 1, 4);
}

export class Sampler {
  readonly #sizes: readonly LevelSize[];
  readonly #tap = new Float64Array(3);
  readonly #cross = new Float64Array(3);

  constructor(readonly source: Source) {
    this.#sizes = Array.from({ length: 16 }, (_, level) => levelSize(source.grid, level));
  }

  /**
   * The mean over one screen pixel around frame position (x, y), where pixel k reaches from k to k + 1 and
   * `scale` is screen pixels a frame pixel. One point unless the level held is much finer than the screen.
   */
  sample(x: number, y: number, scale: number, out: Float64Array): Sampled {
    const points = pointsAcross(scale * 2 ** this.#levelAt(x, y));
    if (points === 1) return this.#pointAt(x, y, scale, out);
    let counted = 0;
    let last: Sampled = EMPTY;
    const sum = [0, 0, 0];
    for (let j = 0; j < points; j++) {
      for (let i = 0; i < points; i++) {
        const dx = ((i + 0.5) / points - 0.5) / scale;
        const dy = ((j + 0.5) / points - 0.5) / scale;
        const kind = this.#pointAt(x + dx, y + dy, scale, out);
        if (kind > last) last = kind;
        if (kind !== VALUE) continue;
        counted += 1;
        for (let c = 0; c < 3; c++) sum[c] = (sum[c] ?? 0) + (out[c] ?? 0);
      }
    }
    for (let c = 0; c < 3; c++) out[c] = (sum[c] ?? 0) / Math.max(counted, 1);
    return last;
  }

  #levelAt(x: number, y: number): number {
    const { grid, levels } = this.source;
    const cellX = clamp(Math.floor(x / grid.tileColumns), 0, grid.across - 1);
    const cellY = clamp(Math.floor(y / grid.tileRows), 0, grid.down - 1);
    return levels[cellY * grid.across + cellX] ?? NOTHING;
  }

  #pointAt(x: number, y: number, scale: number, out: Float64Array): Sampled {
    const { grid, levels } = this.source;
    const cellX = clamp(Math.floor(x / grid.tileColumns), 0, grid.across - 1);
    const cellY = clamp(Math.floor(y / grid.tileRows), 0, grid.down - 1);
    const level = levels[cellY * grid.across + cellX] ?? NOTHING;
    if (level === NOTHING) return EMPTY;
    const size = this.#size(level);
    const step = 2 ** level;
    const sx = cellX * size.strideColumns + (x - cellX * grid.tileColumns - 0.5) / step;
    const sy = cellY * size.strideRows + (y - cellY * grid.tileRows - 0.5) / step;
    const nearest = Float64Array.of(0, 0, 0);
    this.#take(level, cellX, cellY, Math.floor(sx + 0.5), Math.floor(sy + 0.5), nearest);
    if (this.#isPadding(nearest)) return PADDING;
    if (scale * step > 1) this.#blend(level, cellX, cellY, sx, sy, 4, nearest, out);
    else this.#blend(level, cellX, cellY, sx, sy, 2, nearest, out);
    return VALUE;
  }

  #blend(
    level: number,
    cellX: number,
    cellY: number,
    sx: number,
    sy: number,
    taps: 2 | 4,
    nearest: Float64Array,
    out: Float64Array,
  ): void {
    const { components, windowed } = this.source;
    const tx = sx - Math.floor(sx);
    const ty = sy - Math.floor(sy);
    const across = taps === 4 ? cubicWeights(tx) : [1 - tx, tx];
    const down = taps === 4 ? cubicWeights(ty) : [1 - ty, ty];
    const start = taps === 4 ? -1 : 0;
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    out.fill(0);
    for (let j = 0; j < taps; j++) {
      for (let i = 0; i < taps; i++) {
        const column = Math.floor(sx) + start + i;
        const row = Math.floor(sy) + start + j;
        this.#take(level, cellX, cellY, column, row, this.#tap);
        const padded = this.#isPadding(this.#tap);
        const weight = (across[i] ?? 0) * (down[j] ?? 0);
        for (let c = 0; c < components; c++) {
          const tap = (padded ? nearest[c] : this.#tap[c]) ?? 0;
          const value = windowed ? clamp(tap, windowed[0], windowed[1]) : tap;
          out[c] = (out[c] ?? 0) + weight * value;
          low[c] = Math.min(low[c] ?? value, value);
          high[c] = Math.max(high[c] ?? value, value);
        }
      }
    }
    for (let c = 0; c < components; c++) {
      out[c] = clamp(out[c] ?? 0, low[c] ?? 0, high[c] ?? 0);
    }
  }

  #size(level: number): LevelSize {
    return this.#sizes[level] as LevelSize;
  }

  #isPadding(value: Float64Array): boolean {
    const { padding, components } = this.source;
    if (!padding || components === 3) return false;
    const v = value[0] ?? 0;
    return v >= padding[0] && v <= padding[1];
  }

  /** One tap of `level`, which may fall into a neighbour held at another. */
  #take(level: number, cellX: number, cellY: number, column: number, row: number, out: Float64Array) {
    const { grid, levels, fetch } = this.source;
    const size = this.#size(level);
    const q = clamp(column, 0, size.columns - 1);
    const r = clamp(row, 0, size.rows - 1);
    const otherX = Math.min(Math.floor(q / size.strideColumns), grid.across - 1);
    const otherY = Math.min(Math.floor(r / size.strideRows), grid.down - 1);
    const other = levels[otherY * grid.across + otherX] ?? NOTHING;
    if (other === level) {
      fetch(level, q, r, out);
    } else if (other === NOTHING) {
      this.#inside(level, cellX, cellY, q, r, out);
    } else {
      const step = 2 ** level;
      const x = (q - otherX * size.strideColumns) * step;
      const y = (r - otherY * size.strideRows) * step;
      if (other < level) this.#point(other, otherX, otherY, x, y, out);
      else this.#coarser(other, otherX, otherY, x, y, out);
    }
  }

  /** A tap pulled back into the cell it belongs to. */
  #inside(level: number, cellX: number, cellY: number, q: number, r: number, out: Float64Array) {
    const size = this.#size(level);
    const left = cellX * size.strideColumns;
    const top = cellY * size.strideRows;
    const right = Math.min(left + size.strideColumns, size.columns) - 1;
    const bottom = Math.min(top + size.strideRows, size.rows) - 1;
    this.source.fetch(level, clamp(q, left, right), clamp(r, top, bottom), out);
  }

  /** The sample of a cell's own level nearest to (x, y), counted in frame pixels from the cell's first. */
  #point(level: number, cellX: number, cellY: number, x: number, y: number, out: Float64Array) {
    const size = this.#size(level);
    const step = 2 ** level;
    const q = cellX * size.strideColumns + Math.floor(x / step + 0.5);
    const r = cellY * size.strideRows + Math.floor(y / step + 0.5);
    this.#inside(level, cellX, cellY, q, r, out);
  }

  /** Bilinear in a coarser neighbour, whose own last taps may fall back into a finer cell. */
  #coarser(level: number, cellX: number, cellY: number, x: number, y: number, out: Float64Array) {
    const { grid, levels, fetch, components } = this.source;
    const size = this.#size(level);
    const step = 2 ** level;
    const u = x / step;
    const v = y / step;
    const sum = [0, 0, 0];
    for (let j = 0; j < 2; j++) {
      for (let i = 0; i < 2; i++) {
        const q = clamp(cellX * size.strideColumns + Math.floor(u) + i, 0, size.columns - 1);
        const r = clamp(cellY * size.strideRows + Math.floor(v) + j, 0, size.rows - 1);
        const otherX = Math.min(Math.floor(q / size.strideColumns), grid.across - 1);
        const otherY = Math.min(Math.floor(r / size.strideRows), grid.down - 1);
        const other = levels[otherY * grid.across + otherX] ?? NOTHING;
        if (other === level) fetch(level, q, r, this.#cross);
        else if (other === NOTHING) this.#inside(level, cellX, cellY, q, r, this.#cross);
        else {
          const inX = (q - otherX * size.strideColumns) * step;
          const inY = (r - otherY * size.strideRows) * step;
          this.#point(other, otherX, otherY, inX, inY, this.#cross);
        }
        const tx = u - Math.floor(u);
        const ty = v - Math.floor(v);
        const weight = (i ? tx : 1 - tx) * (j ? ty : 1 - ty);
        for (let c = 0; c < components; c++) sum[c] = (sum[c] ?? 0) + weight * (this.#cross[c] ?? 0);
      }
    }
    for (let c = 0; c < components; c++) out[c] = sum[c] ?? 0;
  }
}

/** A fetch over tiles kept as arrays: `planes[level][plane]` is the whole level, row by row. */
export function arrayFetch(held: HeldTiles, data: ReadonlyMap<number, LevelData>, numbers: Constants): Fetch {
  const sizes = Array.from({ length: 16 }, (_, level) => levelSize(held.grid, level));
  return (level, column, row, out) => {
    const whole = data.get(level);
    const at = row * (sizes[level] as LevelSize).columns + column;
    if (!whole) return;
    if (whole.channels >= 3) {
      const samples = whole.planes[0];
      for (let c = 0; c < 3; c++) out[c] = samples?.[at * whole.channels + c] ?? 0;
      return;
    }
    out.fill(0);
    numbers.planes.forEach(({ component, scale, base }, p) => {
      out[component] = (out[component] ?? 0) + ((whole.planes[p]?.[at * whole.channels] ?? 0) - base) * scale;
    });
  };
}

/** One level of a frame, put together from its tiles. */
export interface LevelData {
  readonly channels: number;
  readonly planes: readonly (Uint8Array | Uint16Array)[];
}
