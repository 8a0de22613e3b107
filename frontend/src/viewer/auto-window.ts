/** A window from the picture itself: between the 1st and the 99th per cent of what is held. */

import { type Constants, modalityValue } from "../render/pipeline";
import { type DrawnTile, isBitmap } from "../render/tiles";

const MOST_SAMPLES = 65536;

/** Undefined where nothing grey is held. Reads at most some 65,000 samples. */
export function autoWindow(
  tiles: readonly (DrawnTile | undefined)[],
  numbers: Constants,
): { center: number; width: number } | undefined {
  const places = placesOf(tiles, numbers.planes.length);
  const total = places.reduce((sum, [first]) => sum + (first?.length ?? 0), 0);
  if (total === 0) return undefined;
  const every = Math.max(1, Math.floor(total / MOST_SAMPLES));
  const values: number[] = [];
  for (const planes of places) {
    const length = planes[0]?.length ?? 0;
    for (let i = 0; i < length; i += every) {
      const sum = numbers.planes.reduce((all, { scale, base }, p) => all + ((planes[p]?.[i] ?? 0) - base) * scale, 0);
      const { padding } = numbers;
      if (!padding || sum < padding[0] || sum > padding[1]) values.push(modalityValue(numbers, sum));
    }
  }
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const low = sorted[Math.floor(sorted.length * 0.01)] ?? 0;
  const high = sorted[Math.floor((sorted.length - 1) * 0.99)] ?? low;
  const width = Math.max(1, Math.round(high - low));
  return { center: Math.round((low + high) / 2), width };
}

/** The samples of each grey tile, plane by plane, where all planes are held of it at one size. */
function placesOf(tiles: readonly (DrawnTile | undefined)[], planes: number): (Uint8Array | Uint16Array)[][] {
  const places = new Map<string, (Uint8Array | Uint16Array)[]>();
  for (const tile of tiles) {
    if (!tile || isBitmap(tile.data) || tile.channels !== 1) continue;
    const place = `${tile.column} ${tile.row} ${tile.data.length}`;
    const held = places.get(place) ?? [];
    held[tile.plane] = tile.data;
    places.set(place, held);
  }
  return [...places.values()].filter((held) => held.filter(Boolean).length === planes);
}
