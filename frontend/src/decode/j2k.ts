/** One J2K codestream to samples. */

import { DecodeError } from "./messages";
import type { OpenJpeg } from "./openjpeg";

export interface Picture {
  /** Resolutions discarded. */
  readonly level: number;
  /** Expected size, at `level`. */
  readonly columns: number;
  readonly rows: number;
  readonly channels: number;
}

export type Samples = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/**
 * Samples interleaved, one byte each up to 8 bits, else two (little-endian).
 *
 * Raises DecodeError; then `openJpeg` must not be used any more.
 */
export function decodeJ2k(openJpeg: OpenJpeg, codestream: Uint8Array, picture: Picture): Samples {
  const bits = checkedBits(codestream, picture);
  let decoded: Uint8Array;
  try {
    decoded = openJpeg.decode(codestream, picture.level);
  } catch (error) {
    throw new DecodeError(`OpenJPEG gave up: ${String(error)} ${openJpeg.complaints}`);
  }
  const bytes = picture.columns * picture.rows * picture.channels * (bits > 8 ? 2 : 1);
  if (decoded.length !== bytes) throw new DecodeError(`The codestream does not decode. ${openJpeg.complaints}`);
  const { buffer } = decoded as Uint8Array<ArrayBuffer>;
  return bits > 8 ? new Uint16Array(buffer) : new Uint8Array(buffer);
}

/** Bits of a sample, once SIZ (T.800 A.5.1) is of the picture that the manifest describes. */
function checkedBits(codestream: Uint8Array, { level, columns, rows, channels }: Picture): number {
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.byteLength);
  const shown = (side: number): number => Math.ceil(side / 2 ** level);
  const sound =
    codestream.length > 45 &&
    view.getUint32(0) === 0xff4fff51 &&
    shown(view.getUint32(8)) === columns &&
    shown(view.getUint32(12)) === rows &&
    view.getUint16(40) === channels;
  const depth = sound ? view.getUint8(42) : 0x80;
  if (depth & 0x80) throw new DecodeError("The codestream is not of the picture that the manifest describes.");
  return depth + 1;
}
