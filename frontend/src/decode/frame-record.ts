/** What is decoded of one frame, next to what is held of it. */

import type { HeldFrame } from "../streaming/holdings";
import type { Manifest } from "../streaming/manifest";
import type { Shown } from "../streaming/quality";
import { resolutionsOf } from "../streaming/viewport";
import { Coding, Quality } from "../streaming/vocabulary";
import type { DecodedTile } from "./tile";

export class FrameRecord {
  readonly held: HeldFrame;
  readonly tiles: (DecodedTile | undefined)[];
  /** Tiles whose digest was equal; stays true though the decoded tile is evicted. */
  readonly verified: boolean[];
  /** Tiles with a decode under way. */
  readonly running = new Set<number>();
  /**
   * Tiles whose digest differed or that did not decode, asked for again: what is shown of them stays until all of it is
   * there anew, for a second coarse picture would be a step back.
   */
  readonly suspect = new Set<number>();
  /** It cannot be shown: nothing of it is decoded any more. */
  lost = false;
  /** What the screen was said to show: it never goes down while its pictures are held. */
  floor: Quality = Quality.PREVIEW;
  best: Shown = { quality: Quality.PREVIEW, rmse: null };

  constructor(held: HeldFrame) {
    this.held = held;
    this.verified = held.manifest.tiles.map((tile) => tile.constant !== null);
    this.tiles = held.manifest.tiles.map((_, tile) => constantTile(held.manifest, tile));
  }

  get manifest(): Manifest {
    return this.held.manifest;
  }

  /** Whether every segment of the tile is held. */
  whole(tile: number): boolean {
    const layers = this.manifest.tiles[tile]?.bytes.length ?? 0;
    const own = resolutionsOf(this.manifest, tile);
    for (let resolution = 0; resolution < own; resolution++) {
      if (this.held.layers(tile, resolution) < layers) return false;
    }
    return true;
  }

  get complete(): boolean {
    return this.verified.every(Boolean);
  }
}

/** A tile of one value, at its smallest: exact at every size. */
function constantTile(manifest: Manifest, tile: number): DecodedTile | undefined {
  const place = manifest.tiles[tile];
  if (!place?.constant) return undefined;
  const level = manifest.resolutions - 1;
  const columns = Math.ceil(place.columns / 2 ** level);
  const rows = Math.ceil(place.rows / 2 ** level);
  const channels = place.constant.length as 1 | 3;
  const Samples = sampleBits(manifest) > 8 ? Uint16Array : Uint8Array;
  const data = new Samples(columns * rows * channels);
  for (let at = 0; at < data.length; at++) data[at] = place.constant[at % channels] ?? 0;
  const { plane, column, row } = place;
  const layers = manifest.planes[plane]?.layers.length ?? 1;
  return { plane, tile, column, row, level, columns, rows, channels, data, layers, held: [], verified: true };
}

/** Bits of a coded sample: 8 for narrow samples coded as they are, else 16. */
export function sampleBits(manifest: Manifest): number {
  const header = manifest.headers[0];
  // SIZ: Ssiz of the first component (T.800 A.5.1); the marker follows SOC.
  if (header) return ((header.data[42] ?? 15) & 0x7f) + 1;
  return manifest.coding === Coding.JPEG_SCANS || manifest.bits_stored <= 8 ? 8 : 16;
}

/** Components coded together in a tile. */
export function channelsOf(manifest: Manifest, tile: number): 1 | 3 {
  const component = manifest.planes[manifest.tiles[tile]?.plane ?? 0]?.component ?? null;
  return component === null && manifest.samples_per_pixel === 3 ? 3 : 1;
}
