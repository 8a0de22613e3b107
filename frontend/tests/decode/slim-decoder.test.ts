/** The slim decoder against the package's own: the same samples, or both refuse. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { slimmed } from "../../build/slim-decoder";
import { decodeJ2k } from "../../src/decode/j2k";
import { OpenJpeg } from "../../src/decode/openjpeg";
import { codestreams } from "../grey-frame";
import { fromHex, seeded } from "../vectors";

const original = readFileSync(createRequire(import.meta.url).resolve("@cornerstonejs/codec-openjpeg/decodewasm"));
const SIZE = { columns: 32, rows: 24 };

async function decoder(
  file: Uint8Array<ArrayBuffer>,
): Promise<(data: Uint8Array, level: number, channels: number) => unknown> {
  const module = await WebAssembly.compile(file);
  let openJpeg: OpenJpeg | null = null;
  return async (data, level, channels) => {
    openJpeg ??= await OpenJpeg.load(module);
    const size = { level, columns: SIZE.columns >> level, rows: SIZE.rows >> level, channels };
    try {
      return decodeJ2k(openJpeg, data, size);
    } catch {
      openJpeg = null;
      return "refused";
    }
  };
}

test("another version of the decoder is not cut blindly", () => {
  expect(() => slimmed(original.subarray(0, -1))).toThrow(/another version/);
});

test("it is smaller, and decodes whole, partial and broken codestreams as the original does", async () => {
  const slim = slimmed(original);
  expect(slim.length).toBeLessThan(original.length * 0.9);
  const [ours, theirs] = [await decoder(slim), await decoder(new Uint8Array(original))];
  const random = seeded(41);
  for (const { name, source, assembled } of codestreams) {
    const channels = name.startsWith("rgb") ? 3 : 1;
    const sound = [source, ...assembled.map(({ hex }) => hex)].map(fromHex);
    const broken = Array.from({ length: 150 }, () => {
      const data = fromHex(source);
      for (let change = 1 + random(3); change > 0; change--) data[random(random(2) ? 160 : data.length)] = random(256);
      return random(4) ? data : data.slice(0, random(data.length));
    });
    for (const data of [...sound, ...broken]) {
      const level = random(3);
      expect(await ours(data, level, channels)).toEqual(await theirs(data, level, channels));
    }
    expect(await ours(fromHex(source), 0, channels)).not.toBe("refused");
  }
}, 60_000);
