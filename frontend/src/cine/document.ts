/**
 * The motion document as it arrives: `app/README.md`, "The motion document", describes its bytes.
 *
 * Blocks follow one another: a 32-bit length (big-endian), JSON of that length, and for a part its chunks. Whatever
 * has arrived can be read at once; a chunk is given out when its last byte is there.
 */

import { type Field, finite, flag, integer, list, record, text, type Value } from "../streaming/fields";

const FORMAT = 1;
/** Frames, and bytes of a block's JSON and of a chunk, that are believed: more is no motion document. */
const MOST_FRAMES = 100_000;
const MOST_TEXT = 4_000_000;
const MOST_CHUNK = 8_000_000;

const TIMING = record({
  milliseconds: finite(0.1, 1e6),
  each: list(finite(0.1, 1e6), MOST_FRAMES),
  source: text(64),
  note: text(500),
});
const HEAD = record({
  format: integer(FORMAT, FORMAT),
  codec: text(64),
  width: integer(2, 4096),
  height: integer(2, 4096),
  frames: integer(2, MOST_FRAMES),
  part_frames: integer(1, MOST_FRAMES),
  timing: TIMING,
  sweeps: flag,
  same_geometry: flag,
});
const PART = record({
  first: integer(1, MOST_FRAMES),
  lengths: list(integer(1, MOST_CHUNK), MOST_FRAMES, 1),
});

export type MotionHead = Value<typeof HEAD>;

/** One frame's coded picture; the first of a part is a key frame. */
export interface Chunk {
  /** From 1. */
  readonly frame: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

export class MotionReader {
  head: MotionHead | undefined;
  #bytes = new Uint8Array(new ArrayBuffer(0));
  /** Of the part that is arriving. */
  #frame = 0;
  #lengths: number[] = [];

  /** Takes what arrived and returns the chunks that are whole now. Throws what `fields` throws, or a RangeError. */
  push(arrived: Uint8Array): Chunk[] {
    const bytes = new Uint8Array(new ArrayBuffer(this.#bytes.length + arrived.length));
    bytes.set(this.#bytes);
    bytes.set(arrived, this.#bytes.length);
    const chunks: Chunk[] = [];
    let place = 0;
    for (;;) {
      const length = this.#lengths[0];
      if (length !== undefined) {
        if (bytes.length - place < length) break;
        chunks.push({ frame: this.#frame++, data: bytes.slice(place, place + length) });
        this.#lengths.shift();
        place += length;
        continue;
      }
      const after = this.#block(bytes, place);
      if (after === place) break;
      place = after;
    }
    this.#bytes = bytes.slice(place);
    return chunks;
  }

  /** Nothing is left over: the document ended between blocks. */
  get whole(): boolean {
    return this.head !== undefined && this.#bytes.length === 0 && this.#lengths.length === 0;
  }

  #block(bytes: Uint8Array<ArrayBuffer>, place: number): number {
    if (bytes.length - place < 4) return place;
    const length = new DataView(bytes.buffer, place).getUint32(0);
    if (length > MOST_TEXT) throw new RangeError("This is no motion document.");
    const end = place + 4 + length;
    if (bytes.length < end) return place;
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(place + 4, end)));
    if (!this.head) {
      this.head = read(HEAD, value);
    } else {
      const { first, lengths } = read(PART, value);
      if (first + lengths.length - 1 > this.head.frames) throw new RangeError("The motion has too many frames.");
      this.#frame = first;
      this.#lengths = [...lengths];
    }
    return end;
  }
}

function read<T>(field: Field<T>, value: unknown): T {
  return field.read(value, "");
}
