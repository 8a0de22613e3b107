import { describe, expect, test } from "vitest";
import { DecodeError } from "../../src/decode/messages";
import { storedSamples } from "../../src/decode/samples";
import type { DecodedTile } from "../../src/decode/tile";
import type { Manifest, Plane } from "../../src/streaming/manifest";
import { greyManifest } from "../grey-frame";

type Part = Partial<Manifest>;
const plane = (component: number | null, shift: number): Plane => ({ component, shift, layers: [0], alone: [] });
const tile = (index: number, column: number, columns: number, rows: number) => ({
  ...(greyManifest.tiles[0] as Manifest["tiles"][number]),
  plane: index,
  column,
  row: 0,
  columns,
  rows,
});
const decoded = (data: number[]): DecodedTile => ({ level: 0, data: Uint16Array.from(data) }) as unknown as DecodedTile;
const manifest = (part: Part): Manifest => ({
  ...greyManifest,
  rows: 1,
  columns: 2,
  offset: 0,
  mapping: null,
  ...part,
});

describe("stored samples", () => {
  test("signed 16 bit: the offset is undone over the whole range", () => {
    const frame = manifest({ offset: 32768, planes: [plane(null, 0)], tiles: [tile(0, 0, 2, 1)] });
    expect(storedSamples(frame, [decoded([0, 65535])]).data).toEqual(Int16Array.of(-32768, 32767));
  });

  test("8 bit, two tiles side by side", () => {
    const frame = manifest({
      signed: false,
      bits_stored: 8,
      planes: [plane(null, 0)],
      tiles: [tile(0, 0, 1, 1), tile(0, 1, 1, 1)],
    });
    expect(storedSamples(frame, [decoded([7]), decoded([255])]).data).toEqual(Uint8Array.of(7, 255));
  });

  test("32 bit: two planes are put together, signed and unsigned", () => {
    const planes = [plane(null, 16), plane(null, 0)];
    const tiles = [tile(0, 0, 2, 1), tile(1, 0, 2, 1)];
    const high = decoded([0, 65535]);
    const low = decoded([1, 65535]);
    const unsigned = manifest({ signed: false, bits_stored: 32, planes, tiles });
    expect(storedSamples(unsigned, [high, low]).data).toEqual(Uint32Array.of(1, 2 ** 32 - 1));
    const signed = manifest({ bits_stored: 32, offset: 2 ** 31, planes, tiles });
    expect(storedSamples(signed, [high, low]).data).toEqual(Int32Array.of(-(2 ** 31) + 1, 2 ** 31 - 1));
  });

  test("16-bit colour: one plane a component, interleaved", () => {
    const planes = [0, 1, 2].map((component) => plane(component, 0));
    const tiles = planes.map((_, index) => tile(index, 0, 2, 1));
    const frame = manifest({ signed: false, samples_per_pixel: 3, planes, tiles });
    const data = storedSamples(frame, [decoded([1, 4]), decoded([2, 5]), decoded([3, 60_000])]).data;
    expect(data).toEqual(Uint16Array.of(1, 2, 3, 4, 5, 60_000));
  });

  test("mapped samples are the coded ones, with what they stand for", () => {
    const mapping = { slope: 0.5, intercept: -3, exact: false, label: "Mapped." };
    const frame = manifest({
      signed: true,
      bits_stored: 32,
      mapping,
      planes: [plane(null, 0)],
      tiles: [tile(0, 0, 2, 1)],
    });
    expect(storedSamples(frame, [decoded([0, 65535])])).toMatchObject({ data: Uint16Array.of(0, 65535), mapping });
  });

  test("a tile that is missing, or smaller than full size, is an error", () => {
    const frame = manifest({ planes: [plane(null, 0)], tiles: [tile(0, 0, 2, 1)] });
    expect(() => storedSamples(frame, [undefined])).toThrow(DecodeError);
    expect(() => storedSamples(frame, [{ ...decoded([1, 2]), level: 1 }])).toThrow(DecodeError);
  });
});
