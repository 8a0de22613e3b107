/**
 * What the renderers draw: a frame's manifest and its decoded tiles, whoever decoded them.
 *
 * `render` knows nothing of links or caches: it takes this shape and nothing else.
 */

import type { Manifest } from "../streaming/manifest";
import type { Pace } from "./pace";

/** The samples of one decoded tile, at one level. */
export interface DrawnTile {
  readonly plane: number;
  /** Index into `manifest.tiles`. */
  readonly tile: number;
  /** Left and top pixel in the frame, at level 0. */
  readonly column: number;
  readonly row: number;
  /** Resolutions left out: 0 is full size, each step halves both sides (rounding up). */
  readonly level: number;
  /** Size at that level. */
  readonly columns: number;
  readonly rows: number;
  readonly channels: number;
  /** Row by row, channels interleaved; an ImageBitmap for tiles the browser itself decoded. */
  readonly data: Uint8Array | Uint16Array | ImageBitmap;
  /** Quality layers decoded into it: more is better. */
  readonly layers: number;
}

/** One frame to draw. */
export interface DrawnFrame {
  /** The same string is the same frame in the same coding. */
  readonly id: string;
  readonly manifest: Manifest;
  readonly tiles: Iterable<DrawnTile>;
}

/** Where a frame lies on the drawing surface, in device pixels: screen = frame * scale + offset. */
export interface Placement {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly x: number;
  readonly y: number;
}

/** How stored values become grey or colour. */
export interface Presentation {
  /** In modality units; for colour, in sample values. */
  readonly center: number;
  readonly width: number;
  /** Index into `display.voi_luts`: used instead of the window. */
  readonly voiLut?: number | undefined;
}

/** Lookup tables by id, as fetched; all that a frame's manifest names must be here before it is drawn. */
export type Tables = ReadonlyMap<string, Uint8Array | Uint16Array>;

/** Everything one drawing needs. */
export interface Scene {
  readonly frame: DrawnFrame | undefined;
  readonly placement: Placement;
  readonly presentation: Presentation;
  readonly tables: Tables;
  /** Cubic taps and as many points as minification asks for; else four taps: for a picture that moves. */
  readonly fine: boolean;
}

/** What a renderer has done and holds, for the inspect hook and the tests. */
export interface RenderFigures {
  readonly kind: "webgl2" | "canvas";
  /** Tiles sent to the GPU since the page opened. */
  readonly uploads: number;
  readonly uploadedBytes: number;
  /** Bytes of picture textures held now. */
  readonly gpuBytes: number;
  readonly draws: number;
  readonly contextLosses: number;
  /** Drawings for which the GPU did not take a picture: what is seen cannot be relied on. */
  readonly refusals: number;
}

/** A placement on a surface of so many times the columns and rows. */
export function resized({ scaleX, scaleY, x, y }: Placement, across: number, down: number): Placement {
  return { scaleX: scaleX * across, scaleY: scaleY * down, x: x * across, y: y * down };
}

/** Draws scenes on a canvas. */
export interface Renderer {
  /** What drawing costs here, and so how finely to draw. */
  readonly pace: Pace;
  /** Draws at once; true when every part of the frame had something to show. */
  draw(scene: Scene): boolean;
  /** The drawing surface's size in device pixels. */
  resize(width: number, height: number): void;
  /** The drawing before is not finished: what is asked for now would have to wait for it. */
  busy(): boolean;
  figures(): RenderFigures;
  dispose(): void;
}

/** Whether two frames' pixels come from a browser's own decoder (then they are RGBA). */
export function isBitmap(data: DrawnTile["data"]): data is ImageBitmap {
  return typeof ImageBitmap !== "undefined" && data instanceof ImageBitmap;
}
