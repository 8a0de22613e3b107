/** A frame's stored samples put together from its decoded tiles: offset undone, planes added, components interleaved. */

import type { Manifest } from "../streaming/manifest";
import type { Samples, StoredSamples } from "../transport/frame-state";
import { DecodeError } from "./messages";
import type { DecodedTile } from "./tile";

/** `tiles` are all of the frame's, at level 0 (constant ones at any). Raises DecodeError where one is missing. */
export function storedSamples(manifest: Manifest, tiles: readonly (DecodedTile | undefined)[]): Samples {
  const { rows, columns, samples_per_pixel: samplesPerPixel, signed, bits_stored: bits, mapping } = manifest;
  const data = emptySamples(manifest, rows * columns * samplesPerPixel).fill(-manifest.offset);
  manifest.tiles.forEach((place, index) => {
    const tile = tiles[index];
    if (!tile || (tile.level > 0 && !place.constant)) throw new DecodeError("A tile is missing.");
    const pixels = "close" in tile.data ? pixelsOf(tile.data, samplesPerPixel) : tile.data;
    const { component, shift } = manifest.planes[place.plane] ?? { component: null, shift: 0 };
    const channels = component === null ? samplesPerPixel : 1;
    const factor = 2 ** shift;
    for (let row = 0; row < place.rows; row++) {
      const from = place.constant ? 0 : row * place.columns * channels;
      const to = ((place.row + row) * columns + place.column) * samplesPerPixel + (component ?? 0);
      for (let column = 0; column < place.columns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const at = to + column * samplesPerPixel + channel;
          const coded = pixels[from + (place.constant ? 0 : column * channels) + channel] as number;
          data[at] = (data[at] as number) + coded * factor;
        }
      }
    }
  });
  return { rows, columns, samplesPerPixel, signed, bits, data, ...(mapping && { mapping }) };
}

function emptySamples({ mapping, signed, bits_stored: bits, planes }: Manifest, length: number): StoredSamples {
  const wide = planes.some((plane) => plane.shift > 0);
  // Mapped samples are the coded ones: what they stand for is in the mapping.
  if (mapping && !wide) return new Uint16Array(length);
  if (bits > 16) return signed ? new Int32Array(length) : new Uint32Array(length);
  if (signed) return new Int16Array(length);
  return bits > 8 ? new Uint16Array(length) : new Uint8Array(length);
}

/** The samples of the browser's own picture; grey ones have three equal channels there. */
function pixelsOf(bitmap: ImageBitmap, samplesPerPixel: number): Uint8Array {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new DecodeError("This browser has no canvas to read the picture back from.");
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const result = new Uint8Array(bitmap.width * bitmap.height * samplesPerPixel);
  for (let at = 0; at < result.length; at++) {
    result[at] = data[Math.floor(at / samplesPerPixel) * 4 + (at % samplesPerPixel)] as number;
  }
  return result;
}
