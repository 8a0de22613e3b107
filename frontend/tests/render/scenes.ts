/** Frames for the render tests: manifests and tiles of known values. */

import type { DrawnTile } from "../../src/render/tiles";
import { type Manifest, readManifest } from "../../src/streaming/manifest";

const DIGEST = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/** A grey 16-bit frame of square tiles, with what `display` and `more` say. */
export function manifestOf(
  columns: number,
  rows: number,
  side: number,
  display: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): Manifest {
  const planes = (more.planes as unknown[] | undefined) ?? [{ shift: 0, layers: [4, 0] }];
  const tiles = planes.flatMap((_, plane) => {
    const result: Record<string, unknown>[] = [];
    for (let row = 0; row < rows; row += side) {
      for (let column = 0; column < columns; column += side) {
        result.push({
          ...(plane > 0 && { plane }),
          column,
          row,
          columns: Math.min(side, columns - column),
          rows: Math.min(side, rows - row),
          sha256: DIGEST,
          header: 0,
          bytes: [1, 1],
        });
      }
    }
    return result;
  });
  return readManifest({
    version: 1,
    id: "AAAAAAAAAAAAAAAA",
    instance: "1.2.3",
    frame: 1,
    coding: "j2k-layers",
    rows,
    columns,
    samples_per_pixel: 1,
    bits_stored: 16,
    signed: false,
    offset: 0,
    photometric_interpretation: "MONOCHROME2",
    resolutions: 1,
    planes,
    headers: [{ data: "", packets: [1] }],
    tiles,
    display: { windows: [{ center: 500, width: 1000 }], ...display },
    geometry: {},
    source: { transfer_syntax: "1.2.840.10008.1.2.1", bytes: columns * rows * 2 },
    ...more,
  });
}

/** The tile at an index of the manifest, at a level, its samples taken from `value` at the frame's pixels. */
export function tileOf(
  manifest: Manifest,
  index: number,
  level: number,
  value: (column: number, row: number) => number | readonly number[],
  layers = 1,
): DrawnTile {
  const tile = manifest.tiles[index];
  if (!tile) throw new Error(`There is no tile ${index}.`);
  const step = 2 ** level;
  const columns = Math.ceil(tile.columns / step);
  const rows = Math.ceil(tile.rows / step);
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = value(tile.column + column * step, tile.row + row * step);
      values.push(...(typeof at === "number" ? [at] : at));
    }
  }
  const channels = values.length / (columns * rows);
  const data = channels === 3 ? Uint8Array.from(values) : Uint16Array.from(values);
  return {
    plane: tile.plane,
    tile: index,
    column: tile.column,
    row: tile.row,
    level,
    columns,
    rows,
    channels,
    data,
    layers,
  };
}
