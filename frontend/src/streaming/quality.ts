/** What the screen may say of a frame, given what was decoded of each tile. */

import type { Manifest } from "./manifest";
import { discardedResolutions, type Region, resolutionsOf, visibleTiles } from "./viewport";
import { Quality, type WindowLevel } from "./vocabulary";

/** Grey levels of error (RMSE) up to which a picture is readable. */
export const READABLE = 4;

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

/** Whether the first plane can be shown alone. */
export function hasWindowPlane(manifest: Manifest): boolean {
  return !!manifest.planes[0]?.alone.length;
}

/**
 * How many planes make the better picture, of a window plane and the difference it leaves, and the error that is at
 * most left on the screen: the twin of `shown` in `streaming/window_plane.py`. `layers` of both, at least 1 of the first.
 */
export function shownPlanes({ planes, display }: Manifest, layers: readonly number[], window: WindowLevel | null) {
  const [of0 = 1, of1 = 0] = layers;
  const [first, second] = planes;
  const preset = display.windows[0];
  const { center = 0, width = 1 } = window ?? preset ?? {};
  const scale = (preset?.width ?? 1) / width;
  const middle = center - display.intercept;
  const low = (middle - width / 2) / display.slope;
  const high = (middle + width / 2) / display.slope;
  const reaches = first?.alone ?? [];
  const reach =
    reaches.slice(0, -1).find((each) => each.low <= low && high <= each.high) ?? reaches[reaches.length - 1];
  const alone = (reach?.layers[of0 - 1] ?? 0) * scale;
  const both = ((first?.layers[of0 - 1] ?? 0) + (second?.layers[of1 - 1] ?? Infinity)) * scale;
  return both <= alone ? { planes: 2, rmse: both } : { planes: 1, rmse: alone };
}

/**
 * Quality and largest error on the screen.
 *
 * PREVIEW until every visible tile shows at least one layer of every resolution that the screen can show (of a window
 * plane's difference none is needed). LOSSLESS only when every tile of the frame is verified.
 */
export function shownQuality(manifest: Manifest, shown: (tile: number) => ShownTile | undefined, view: View): Shown {
  if (manifest.tiles.every((_, tile) => shown(tile)?.verified)) {
    return { quality: Quality.LOSSLESS, rmse: 0 };
  }
  const discarded = discardedResolutions(view.scale, manifest.resolutions);
  const places = visibleTiles(manifest.tiles, view.region);
  /** Layers of each plane at its worst tile. */
  const least = manifest.planes.map((plane) => plane.layers.length);
  for (const number of places.length ? places : manifest.tiles.keys()) {
    const tile = shown(number);
    if (tile?.verified) continue;
    const finest = Math.min(discarded, resolutionsOf(manifest, number) - 1);
    const plane = manifest.tiles[number]?.plane ?? 0;
    const layers = tile && tile.level <= finest ? tile.layers : 0;
    if (!layers && !(plane && hasWindowPlane(manifest))) return { quality: Quality.PREVIEW, rmse: null };
    least[plane] = Math.min(least[plane] ?? 0, layers);
  }
  const rmse = hasWindowPlane(manifest)
    ? shownPlanes(manifest, least, view.window).rmse
    : Math.hypot(...least.map((layers, plane) => layerRmse(manifest, plane, layers, view.window)));
  return { quality: Quality.LOSSY, rmse: Math.min(255, rmse) };
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
