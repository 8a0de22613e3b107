/** What the screen may say of a frame, given what was decoded of each tile. */

import type { Manifest } from "./manifest";
import { discardedResolutions, type Region, resolutionsOf, visibleTiles } from "./viewport";
import { Quality, type WindowLevel } from "./vocabulary";

/** The part of a decoded tile that quality depends on. */
export interface ShownTile {
  /** Resolutions discarded. */
  readonly level: number;
  /** Layers at every resolution up to `level`. */
  readonly layers: number;
  readonly verified: boolean;
}

export interface View {
  readonly region: Region;
  readonly scale: number;
  readonly window: WindowLevel | null;
}

export interface Shown {
  readonly quality: Quality;
  /** Display grey levels (0..255) at the window; 0 when lossless, null for PREVIEW. */
  readonly rmse: number | null;
}

/**
 * The width of the default window; null where errors do not depend on a window (colour, palette, VOI LUT).
 */
export function defaultWidth({ samples_per_pixel, display }: Manifest): number | null {
  if (samples_per_pixel !== 1 || display.palette || display.voi_luts.length) return null;
  return display.windows[0]?.width ?? null;
}

/** RMSE in display grey levels left after `layers` (>= 1) layers of a plane, at the window (null: the default). */
export function layerRmse(manifest: Manifest, plane: number, layers: number, window: WindowLevel | null): number {
  const rmse = manifest.planes[plane]?.layers[layers - 1] ?? Number.POSITIVE_INFINITY;
  const width = defaultWidth(manifest);
  return window && width !== null ? (rmse * width) / window.width : rmse;
}

/**
 * Quality and largest error on the screen.
 *
 * PREVIEW until every visible tile shows at least one layer of every resolution that the screen can show. LOSSLESS
 * only when every tile of the frame is verified.
 */
export function shownQuality(manifest: Manifest, shown: (tile: number) => ShownTile | undefined, view: View): Shown {
  if (manifest.tiles.every((_, tile) => shown(tile)?.verified)) {
    return { quality: Quality.LOSSLESS, rmse: 0 };
  }
  const discarded = discardedResolutions(view.scale, manifest.resolutions);
  const places = visibleTiles(manifest.tiles, view.region);
  /** Squared errors of the planes at the worst tile of each. */
  const worst = new Map<number, number>();
  for (const number of places.length ? places : manifest.tiles.keys()) {
    const tile = shown(number);
    if (tile?.verified) continue;
    const finest = Math.min(discarded, resolutionsOf(manifest, number) - 1);
    if (!tile?.layers || tile.level > finest) return { quality: Quality.PREVIEW, rmse: null };
    const plane = manifest.tiles[number]?.plane ?? 0;
    const error = layerRmse(manifest, plane, tile.layers, view.window) ** 2;
    worst.set(plane, Math.max(worst.get(plane) ?? 0, error));
  }
  const sum = [...worst.values()].reduce((total, each) => total + each, 0);
  return { quality: Quality.LOSSY, rmse: Math.min(255, Math.sqrt(sum)) };
}

/** How much smaller than the plain samples the bytes held are: n of "LOSSY n:1"; null while nothing is held. */
export function ratio(manifest: Manifest, held: number): number | null {
  const plain = (manifest.rows * manifest.columns * manifest.samples_per_pixel * manifest.bits_stored) / 8;
  return held ? plain / held : null;
}

/** Segment bytes of the whole frame. */
export function totalBytes(manifest: Manifest): number {
  return manifest.tiles.reduce((sum, tile) => sum + tile.bytes.reduce((all, each) => all + each, 0), 0);
}
