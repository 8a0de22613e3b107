import { describe, expect, test } from "vitest";
import { StreamingError } from "../../src/streaming/errors";
import { decodeSlices, encodeSlices, type SegmentSlice } from "../../src/streaming/slices";
import { fromHex, seeded, toHex, vectors } from "../vectors";

interface Batches {
  readonly batches: readonly {
    readonly name: string;
    readonly slices: readonly (Omit<SegmentSlice, "data"> & { readonly data: string })[];
    readonly hex: string;
  }[];
  readonly refused: readonly { readonly name: string; readonly hex: string }[];
}

const { batches, refused } = vectors<Batches>("segments");

describe("golden batches", () => {
  test.each(batches)("$name", ({ slices, hex }) => {
    const typed = slices.map((slice) => ({ ...slice, data: fromHex(slice.data) }));
    expect(toHex(encodeSlices(typed))).toBe(hex);
    expect(decodeSlices(fromHex(hex)).map((slice) => ({ ...slice, data: toHex(slice.data) }))).toEqual(slices);
  });
  test.each(refused)("$name is refused", ({ hex }) => {
    expect(() => decodeSlices(fromHex(hex))).toThrow(StreamingError);
  });
});

test("what cannot be read back is not written", () => {
  const slice: SegmentSlice = { handle: 1, tile: 0, layer: 0, resolution: 0, total: 4, offset: 0, data: fromHex("00") };
  expect(() => encodeSlices([])).toThrow(StreamingError);
  expect(() => encodeSlices([{ ...slice, offset: 4 }])).toThrow(StreamingError);
  expect(() => encodeSlices([{ ...slice, tile: 4096 }])).toThrow(StreamingError);
  const long = { ...slice, total: 16_384, data: new Uint8Array(16_384) };
  expect(() => encodeSlices([long, long, long, long])).toThrow(StreamingError);
});

test("every byte string is read or refused, and what is read is written again as it was", () => {
  const random = seeded(11);
  for (let round = 0; round < 3000; round++) {
    const message = Uint8Array.from({ length: random(40) }, (_, at) => (at ? random(random(2) ? 256 : 6) : 1));
    let slices: SegmentSlice[];
    try {
      slices = decodeSlices(message);
    } catch (error) {
      expect(error).toBeInstanceOf(StreamingError);
      continue;
    }
    expect(toHex(encodeSlices(slices))).toBe(toHex(message));
  }
});
