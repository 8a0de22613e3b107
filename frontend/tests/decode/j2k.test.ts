/** Real codestreams through the real decoder, at every prefix of their layers. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeJ2k } from "../../src/decode/j2k";
import { DecodeError } from "../../src/decode/messages";
import { OpenJpeg } from "../../src/decode/openjpeg";
import { sha256 } from "../../src/decode/sha256";
import { assemble } from "../../src/streaming/assemble";
import { type Codestream, codestreams, greyCodestream, greyManifest } from "../grey-frame";
import { fromHex, seeded } from "../vectors";

const COLUMNS = 32;
const ROWS = 24;
let openJpeg: OpenJpeg;

beforeAll(async () => {
  const file = createRequire(import.meta.url).resolve("@cornerstonejs/codec-openjpeg/decodewasm");
  openJpeg = await OpenJpeg.load(await WebAssembly.compile(readFileSync(file)));
});

/** The codestream from the first `counts[resolution]` layers of each resolution. */
function codestream(tile: Codestream, counts: readonly number[]): Uint8Array {
  const held = counts.map((count, resolution) =>
    tile.segments
      .filter((each) => each.resolution === resolution && each.layer < count)
      .sort((one, other) => one.layer - other.layer)
      .map(({ data }) => fromHex(data)),
  );
  return assemble(fromHex(tile.header), tile.packets, tile.layers, held);
}

function error(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += ((one[at] ?? 0) - (other[at] ?? 0)) ** 2;
  return Math.sqrt(sum / one.length);
}

test("everything held has the digest of Pillow's decode", async () => {
  const picture = { level: 0, columns: COLUMNS, rows: ROWS, channels: 1 };
  const samples = decodeJ2k(openJpeg, codestream(greyCodestream, [3, 3, 3]), picture);
  expect(samples).toBeInstanceOf(Uint16Array);
  expect(await sha256(new Uint8Array(samples.buffer))).toBe(greyManifest.tiles[0]?.sha256);
});

describe.each(codestreams)("$name", (tile) => {
  const channels = tile.name.startsWith("rgb") ? 3 : 1;
  const full = { level: 0, columns: COLUMNS, rows: ROWS, channels };
  const all = tile.packets.map(() => tile.layers);
  const source = (): ArrayLike<number> => decodeJ2k(openJpeg, fromHex(tile.source), full);

  test("each layer more is no worse, and the last is the source", () => {
    const errors = all
      .map((_, layer) => tile.packets.map(() => layer + 1))
      .map((counts) => error(decodeJ2k(openJpeg, codestream(tile, counts), full), source()));
    expect(errors).toEqual([...errors].sort((one, other) => other - one));
    expect(errors[errors.length - 1]).toBe(0);
  });

  test("any layers of any resolutions decode, at every level", () => {
    const random = seeded(5);
    for (let round = 0; round < 60; round++) {
      const counts = all.map((layers) => random(layers + 1));
      const level = random(tile.packets.length);
      const size = { level, columns: Math.ceil(COLUMNS / 2 ** level), rows: Math.ceil(ROWS / 2 ** level), channels };
      const samples = decodeJ2k(openJpeg, codestream(tile, counts), size);
      expect(samples.length).toBe(size.columns * size.rows * channels);
    }
  });

  test("a codestream cut off is an error, never the picture before", () => {
    decodeJ2k(openJpeg, codestream(tile, all), full);
    const cut = codestream(tile, all).subarray(0, -20);
    expect(() => decodeJ2k(openJpeg, cut, full)).toThrow(DecodeError);
  });

  test("bytes changed anywhere are an error or another picture, and the decoder lives on", () => {
    const random = seeded(23);
    for (let round = 0; round < 60; round++) {
      const broken = codestream(tile, all).slice();
      for (let change = 0; change < 3; change++) broken[random(broken.length)] = random(256);
      try {
        expect(decodeJ2k(openJpeg, broken, full).length).toBe(COLUMNS * ROWS * channels);
      } catch (problem) {
        expect(problem).toBeInstanceOf(DecodeError);
      }
    }
    expect(error(decodeJ2k(openJpeg, codestream(tile, all), full), source())).toBe(0);
  });

  test("a picture of another size or depth than the manifest's is an error", () => {
    expect(() => decodeJ2k(openJpeg, codestream(tile, all), { ...full, columns: COLUMNS + 1 })).toThrow(DecodeError);
    expect(() => decodeJ2k(openJpeg, codestream(tile, all), { ...full, channels: 4 })).toThrow(DecodeError);
    expect(() => decodeJ2k(openJpeg, new Uint8Array([1, 2, 3]), full)).toThrow(DecodeError);
  });
});
