/** One J2K codestream to samples, with OpenJPEG. */

import type { OpenJpeg } from "@cornerstonejs/codec-openjpeg/decodewasmjs";
import load from "@cornerstonejs/codec-openjpeg/decodewasmjs";
import { DecodeError } from "./messages";

export interface Picture {
  readonly level: number;
  /** Expected size, at `level`. */
  readonly columns: number;
  readonly rows: number;
  readonly channels: number;
}

/** What OpenJPEG complained of in the decode under way. */
let complaints: string[] = [];

export function loadOpenJpeg(module: WebAssembly.Module): Promise<OpenJpeg> {
  return load({
    instantiateWasm(imports, done) {
      void WebAssembly.instantiate(module, imports).then(done);
      return {};
    },
    print: () => undefined,
    printErr: (line) => complaints.push(line),
  });
}

/**
 * Samples interleaved, one byte each up to 8 bits, else two (little-endian). Raises DecodeError.
 *
 * A fresh decoder for each picture: a used one hands back the picture before, without an error, when it is given a
 * codestream that it cannot decode.
 */
export function decodeJ2k(
  openJpeg: OpenJpeg,
  codestream: Uint8Array,
  { level, columns, rows, channels }: Picture,
): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  const decoder = new openJpeg.J2KDecoder();
  complaints = [];
  try {
    decoder.getEncodedBuffer(codestream.length).set(codestream);
    decoder.decodeSubResolution(level, 0);
    const info = decoder.getFrameInfo();
    const view = decoder.getDecodedBuffer();
    const samples = columns * rows * channels;
    const width = info.bitsPerSample > 8 ? 2 : 1;
    const full = (side: number): number => Math.ceil(side / 2 ** level);
    if (
      view.length !== samples * width ||
      info.componentCount !== channels ||
      full(info.width) !== columns ||
      full(info.height) !== rows ||
      info.isSigned
    ) {
      throw new DecodeError(`The codestream is not the picture it should be. ${complaints.join(" ")}`.trim());
    }
    const bytes = new Uint8Array(view);
    return width === 2 ? new Uint16Array(bytes.buffer) : bytes;
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError(`OpenJPEG gave up. ${complaints.join(" ")}`.trim());
  } finally {
    decoder.delete();
  }
}
