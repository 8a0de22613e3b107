/**
 * Which tiles of a frame are held at which level, and which level to draw of each: arithmetic only.
 *
 * Tiles lie on a regular grid. At level l a tile is ceil(size / 2**l) samples a side, and sample k stands for
 * the frame's pixel k * 2**l of that tile: the low-pass of the reversible 5/3 wavelet (T.800 Annex F) is
 * symmetric about the even samples, so a coarse level drawn this way lies exactly under the fine one.
 */

import type { Manifest } from "../streaming/manifest";
import { hasWindowPlane, shownPlanes } from "../streaming/quality";
import type { WindowLevel } from "../streaming/vocabulary";
import type { DrawnTile } from "./tiles";

/** Levels drawn at most: 0 to 6 (1/64). */
export const LEVELS = 7;
/** In the map of levels: nothing held there. */
export const NOTHING = 255;

/** The grid of a frame's tiles. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly tileColumns: number;
  readonly tileRows: number;
  /** Tiles across and down. */
  readonly across: number;
  readonly down: number;
}

/** One level of a grid. */
export interface LevelSize {
  readonly columns: number;
  readonly rows: number;
  /** Samples from one tile's first to the next one's. */
  readonly strideColumns: number;
  readonly strideRows: number;
}

export function gridOf(manifest: Manifest): Grid {
  const first = manifest.tiles.find((tile) => tile.column === 0 && tile.row === 0);
  const tileColumns = first?.columns ?? manifest.columns;
  const tileRows = first?.rows ?? manifest.rows;
  return {
    columns: manifest.columns,
    rows: manifest.rows,
    tileColumns,
    tileRows,
    across: Math.ceil(manifest.columns / tileColumns),
    down: Math.ceil(manifest.rows / tileRows),
  };
}

export function levelSize(grid: Grid, level: number): LevelSize {
  const step = 2 ** level;
  const side = (whole: number, tile: number, count: number) => {
    const stride = Math.ceil(tile / step);
    return [stride, (count - 1) * stride + Math.ceil((whole - (count - 1) * tile) / step)] as const;
  };
  const [strideColumns, columns] = side(grid.columns, grid.tileColumns, grid.across);
  const [strideRows, rows] = side(grid.rows, grid.tileRows, grid.down);
  return { columns, rows, strideColumns, strideRows };
}

/** The level whose samples are just no coarser than the screen's pixels at `scale` (device pixels a frame pixel). */
export function levelFor(scale: number): number {
  if (scale >= 1) return 0;
  return Math.min(LEVELS - 1, Math.max(0, Math.floor(Math.log2(1 / scale) + 1e-6)));
}

/** The grid cell of a tile. */
export function cellOf(grid: Grid, tile: DrawnTile): number {
  return Math.floor(tile.row / grid.tileRows) * grid.across + Math.floor(tile.column / grid.tileColumns);
}

/** What is held: layers of each plane and cell, by level. A tile is never replaced by a worse one. */
export class HeldTiles {
  readonly #layers = new Map<number, Int16Array>();

  constructor(
    readonly grid: Grid,
    readonly planes: number,
  ) {}

  /** True when the tile is better than what is held in its place at its level; it then counts as held. */
  accept(tile: DrawnTile): boolean {
    if (tile.level >= LEVELS) return false;
    const cells = this.grid.across * this.grid.down;
    let layers = this.#layers.get(tile.level);
    if (!layers) {
      layers = new Int16Array(cells * this.planes).fill(-1);
      this.#layers.set(tile.level, layers);
    }
    const place = tile.plane * cells + cellOf(this.grid, tile);
    if (tile.layers <= (layers[place] ?? -1)) return false;
    layers[place] = tile.layers;
    return true;
  }

  /** Layers a plane holds of a cell at a level; -1 for nothing. */
  layersOf(plane: number, level: number, cell: number): number {
    return this.#layers.get(level)?.[plane * this.grid.across * this.grid.down + cell] ?? -1;
  }

  /** Layers the first `planes` hold together of a cell at a level; -1 where one of them holds nothing. */
  #layersAt(level: number, cell: number, planes: number): number {
    let sum = 0;
    for (let plane = 0; plane < planes; plane++) {
      const layers = this.layersOf(plane, level, cell);
      if (layers < 0) return -1;
      sum += layers;
    }
    return sum;
  }

  /**
   * How many planes to draw: all, but of a window plane and its difference those that make the better picture at the
   * level the screen wants.
   */
  drawn(manifest: Manifest, wanted: number, window: WindowLevel): number {
    if (!hasWindowPlane(manifest)) return this.planes;
    const least = [Infinity, Infinity];
    this.choose(wanted).forEach((level, cell) => {
      for (const plane of least.keys()) {
        const layers = level > wanted ? 0 : this.layersOf(plane, level, cell);
        least[plane] = Math.min(least[plane] ?? 0, layers);
      }
    });
    return least[0] ? shownPlanes(manifest, least, window).planes : 1;
  }

  /**
   * The level to draw of each cell when `wanted` is the right one for the screen: among those at least
   * as fine the one with most layers, the coarsest of equals; else the finest held; else NOTHING. Only the first
   * `planes` count.
   */
  choose(wanted: number, planes = this.planes): Uint8Array<ArrayBuffer> {
    const result = new Uint8Array(this.grid.across * this.grid.down).fill(NOTHING);
    for (let cell = 0; cell < result.length; cell++) {
      let best = -1;
      for (let level = wanted; level >= 0; level--) {
        const layers = this.#layersAt(level, cell, planes);
        if (layers > best) {
          best = layers;
          result[cell] = level;
        }
      }
      for (let level = wanted + 1; best < 0 && level < LEVELS; level++) {
        best = this.#layersAt(level, cell, planes);
        if (best >= 0) result[cell] = level;
      }
    }
    return result;
  }

  /** A level whose samples were let go. */
  forget(level: number): void {
    this.#layers.delete(level);
  }
}
