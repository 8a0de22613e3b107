/** Segments on the wire: binary messages of slices (streaming/README.md, Segments). */

import { MessageTooLarge, WireError } from "./errors";
import { MAX_BATCH_BYTES, MAX_SEGMENT_BYTES, MAX_SLICE_BYTES, MAX_TILES } from "./vocabulary";

const SEGMENTS = 0x01;
const LEB128_BYTES = 5;
const MAX_HANDLE = 2 ** 32 - 1;

/** A piece of a segment; `data` may be a view into the message it came in. */
export interface SegmentSlice {
  /** From the `manifest` message that named the frame. */
  readonly handle: number;
  readonly tile: number;
  readonly layer: number;
  readonly resolution: number;
  /** Length of the whole segment in bytes. */
  readonly total: number;
  /** Where this slice begins in it. */
  readonly offset: number;
  readonly data: Uint8Array;
}

/** One binary message. Raises MessageTooLarge, WireError. */
export function encodeSlices(slices: readonly SegmentSlice[]): Uint8Array {
  const parts: number[] = [SEGMENTS];
  for (const slice of slices) {
    check(slice);
    pushLeb128(parts, slice.handle);
    pushLeb128(parts, slice.tile);
    parts.push((slice.layer << 4) | slice.resolution);
    for (const value of [slice.total, slice.offset, slice.data.length]) pushLeb128(parts, value);
    for (const byte of slice.data) parts.push(byte);
    if (parts.length > MAX_BATCH_BYTES) throw new MessageTooLarge("A binary message is longer than 64 KiB.");
  }
  if (!slices.length) throw new WireError("A binary message has no segment.");
  return Uint8Array.from(parts);
}

/** The slices of one binary message; their data are views into it. Raises MessageTooLarge, WireError. */
export function decodeSlices(message: Uint8Array): SegmentSlice[] {
  if (message.length > MAX_BATCH_BYTES) throw new MessageTooLarge("A binary message is longer than 64 KiB.");
  if (message[0] !== SEGMENTS) throw new WireError("A binary message is not of a kind this side knows.");
  let at = 1;
  const byte = (): number => {
    const value = message[at++];
    if (value === undefined) throw new WireError("A binary message is cut off.");
    return value;
  };
  const leb128 = (): number => {
    let value = 0;
    for (let index = 0; index < LEB128_BYTES; index++) {
      const next = byte();
      value += (next & 0x7f) * 2 ** (7 * index);
      if (next < 0x80) {
        if (index && !next) throw new WireError("An integer is written longer than it need be.");
        return value;
      }
    }
    throw new WireError("An integer is longer than five bytes.");
  };
  const slices: SegmentSlice[] = [];
  do {
    const handle = leb128();
    const tile = leb128();
    const place = byte();
    const total = leb128();
    const offset = leb128();
    const length = leb128();
    const data = message.subarray(at, at + length);
    if (data.length !== length) throw new WireError("A binary message is cut off.");
    at += length;
    const slice = { handle, tile, layer: place >> 4, resolution: place & 15, total, offset, data };
    check(slice);
    slices.push(slice);
  } while (at < message.length);
  return slices;
}

function check({ handle, tile, total, offset, data }: SegmentSlice): void {
  if (
    handle > MAX_HANDLE ||
    tile >= MAX_TILES ||
    total < 1 ||
    total > MAX_SEGMENT_BYTES ||
    data.length < 1 ||
    data.length > MAX_SLICE_BYTES ||
    offset + data.length > total
  ) {
    throw new WireError("A slice breaks a limit of the protocol.");
  }
}

function pushLeb128(parts: number[], value: number): void {
  let left = value;
  while (left >= 0x80) {
    parts.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  parts.push(left);
}
