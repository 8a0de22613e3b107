/** What a viewer looks at, and which tiles and resolutions that needs: the twin of `streaming/viewport.py`. */

import type { Manifest, Tile } from "./manifest";

export const MAX_SCALE = 64;

/** Left, top, right, bottom in frame pixels. */
export type Region = readonly [number, number, number, number];

/**
 * How many of the finest resolutions the screen cannot show at `scale` device pixels for a frame pixel:
 * floor(log2(1 / scale)), from 0 to `resolutions` - 1. What is left has at least one sample a device pixel.
 */
export function discardedResolutions(scale: number, resolutions: number): number {
  if (scale >= 1) return 0;
  return Math.min(Math.floor(Math.log2(1 / scale)), resolutions - 1);
}

/** How many resolutions a tile has; 0 for a constant one, 1 for jpeg-scans. A small tile may have fewer than the frame. */
export function resolutionsOf(manifest: Manifest, tile: number): number {
  const place = manifest.tiles[tile];
  if (!place || place.constant) return 0;
  return place.header === null ? 1 : (manifest.headers[place.header]?.packets.length ?? 0);
}

/** How many of a tile's own resolutions are shown when `discarded` are not; at least 1. */
export function shownResolutions(resolutions: number, discarded: number): number {
  return Math.max(1, resolutions - discarded);
}

/** Whether any pixel of the tile lies in the region. */
export function touches(tile: Tile, [left, top, right, bottom]: Region): boolean {
  return tile.column < right && left < tile.column + tile.columns && tile.row < bottom && top < tile.row + tile.rows;
}

/** Numbers of the tiles that the region touches, the nearest to its centre first. */
export function visibleTiles(tiles: readonly Tile[], region: Region): number[] {
  const across = (region[0] + region[2]) / 2;
  const down = (region[1] + region[3]) / 2;
  const distance = ({ column, row, columns, rows }: Tile): number =>
    Math.hypot(column + columns / 2 - across, row + rows / 2 - down);
  return tiles
    .map((tile, number) => ({ number, tile, far: distance(tile) }))
    .filter(({ tile }) => touches(tile, region))
    .sort((one, other) => one.far - other.far || one.number - other.number)
    .map(({ number }) => number);
}

/** The region that is the whole frame. */
export function whole(manifest: Manifest): Region {
  return [0, 0, manifest.columns, manifest.rows];
}

/** The scale at which the whole frame, at its true shape, just fits the screen (in device pixels). */
export function fittedScale(manifest: Manifest, width: number, height: number): number {
  const [tall, wide] = manifest.display.pixel_aspect;
  const smaller = Math.min(tall, wide);
  return Math.min(
    width / ((manifest.columns * wide) / smaller),
    height / ((manifest.rows * tall) / smaller),
    MAX_SCALE,
  );
}
