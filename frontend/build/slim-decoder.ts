/**
 * The decoder without the functions that decoding never calls: 70.9 kB become 59.9 kB with brotli.
 *
 * The functions were found by running an instrumented copy over some 580 codestreams (1 to 16 bits, grey and colour, 5/3
 * and 9/7, every progression, tiles, precincts, layers held in part) and 50,000 broken ones (other code-block styles and
 * regions of interest among them). Their bodies are replaced by `unreachable`, so the numbering stays. Should one be
 * called after all, WebAssembly traps, which is an exception like OpenJPEG's own: the tile is asked for again, and never
 * shown wrong. What is left is compared with the original on every test run (tests/decode/slim-decoder.test.ts).
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const ADDRESS = "@cornerstonejs/codec-openjpeg/decodewasm?url";
const FILE = createRequire(import.meta.url).resolve("@cornerstonejs/codec-openjpeg/decodewasm");
/** Of the file that the numbers below belong to (version 1.3.6). */
const SHA256 = "5aff4e65444480a402898fe7369a9d2bc77e8181f858fc0d10150b2dabf07dee";
/** Numbers of the functions never called, imports not counted; a-b is from a to b. */
const UNCALLED =
  "13 15 18-19 25 27-28 30 34 37-38 46-48 53 58 61 69 71 74 76 81-82 86 88-96 98 100 104-107 109-110 " +
  "116 125 128-129 131-132 136 140-141 144 146-147 149 153-168 172-179 181-182 187-195 197-200 203 " +
  "206-210 215 218 222 224 226 232-235 237-249 252-254 256-265 271 275 277 284-285 288";
const CODE = 10;
const HEADER_BYTES = 8;
/** No locals, `unreachable`, `end`. */
const TRAP = Uint8Array.of(0x00, 0x00, 0x0b);

/** Puts the slim decoder in the place of the package's, in builds. */
export function slimDecoder(): Plugin {
  return {
    name: "firstlight-slim-decoder",
    apply: "build",
    enforce: "pre",
    resolveId: (id) => (id === ADDRESS ? `\0${ADDRESS}` : null),
    load(id) {
      if (id !== `\0${ADDRESS}`) return null;
      const reference = this.emitFile({ type: "asset", name: "openjpeg.wasm", source: slimmed(readFileSync(FILE)) });
      return `export default import.meta.ROLLUP_FILE_URL_${reference};`;
    },
  };
}

/** The decoder with traps for the functions never called; raises where it is another file than expected. */
export function slimmed(file: Uint8Array): Uint8Array<ArrayBuffer> {
  if (createHash("sha256").update(file).digest("hex") !== SHA256) {
    throw new Error("The decoder is another version: find its uncalled functions anew (build/slim-decoder.ts).");
  }
  const uncalled = numbers(UNCALLED);
  const parts: Uint8Array[] = [file.subarray(0, HEADER_BYTES)];
  const reader = { file, at: HEADER_BYTES };
  while (reader.at < file.length) {
    const start = reader.at;
    const kind = file[reader.at++];
    const content = taken(reader);
    if (kind !== CODE) parts.push(file.subarray(start, reader.at));
    else parts.push(Uint8Array.of(CODE), ...sized(withTraps(content, uncalled)));
  }
  return joined(parts);
}

function withTraps(code: Uint8Array, uncalled: ReadonlySet<number>): Uint8Array {
  const reader = { file: code, at: 0 };
  const count = leb128(reader);
  const parts: Uint8Array[] = [code.subarray(0, reader.at)];
  for (let index = 0; index < count; index++) {
    const body = taken(reader);
    parts.push(...sized(uncalled.has(index) ? TRAP : body));
  }
  return joined(parts);
}

interface Reader {
  readonly file: Uint8Array;
  at: number;
}

function leb128(reader: Reader): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = reader.file[reader.at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

/** The bytes behind a length. */
function taken(reader: Reader): Uint8Array {
  const length = leb128(reader);
  reader.at += length;
  return reader.file.subarray(reader.at - length, reader.at);
}

function sized(content: Uint8Array): Uint8Array[] {
  const length: number[] = [];
  for (let left = content.length; ; left >>>= 7) {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) return [Uint8Array.from(length), content];
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function numbers(text: string): Set<number> {
  return new Set(
    text.split(" ").flatMap((run) => {
      const [first = 0, last = first] = run.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    }),
  );
}
