/** A window from the picture itself: between the 1st and the 99th per cent of what is held. */

import { type Constants, modalityValue } from "../render/pipeline";
import { type DrawnTile, isBitmap } from "../render/tiles";

const MOST_SAMPLES = 65536;

/** Undefined where nothing grey is held. Reads at most some 65,000 samples. */
export function autoWindow(
  tiles: readonly (DrawnTile | undefined)[],
  numbers: Constants,
): { center: number; width: number } | undefined {
  const single = numbers.planes.length === 1;
  const held = tiles.filter((tile) => tile && !isBitmap(tile.data) && tile.channels === 1);
  const total = held.reduce((sum, tile) => sum + (tile ? tile.columns * tile.rows : 0), 0);
  if (!single || total === 0) return undefined;
  const every = Math.max(1, Math.floor(total / MOST_SAMPLES));
  const values: number[] = [];
  for (const tile of held) {
    const data = tile?.data as Uint8Array | Uint16Array;
    for (let i = 0; i < data.length; i += every) {
      const sum = data[i] ?? 0;
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
