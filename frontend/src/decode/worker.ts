/** A decoding worker: one request, one answer. */

import { decodeJ2k, type Samples } from "./j2k";
import { type Decoded, DecodeError, type DecodeRequest, type FromWorker, type ToWorker } from "./messages";
import { OpenJpeg } from "./openjpeg";
import { sha256 } from "./sha256";

interface Port {
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
}

const port = globalThis as unknown as Port;
let module: WebAssembly.Module | null = null;
let openJpeg: Promise<OpenJpeg> | null = null;

port.onmessage = async ({ data: request }) => {
  if (request.type === "load") {
    module ??= request.module;
    // Ready before the first picture is; what goes wrong is told with it.
    openJpeg ??= OpenJpeg.load(module);
    openJpeg.catch(() => undefined);
    return;
  }
  try {
    const answer = await (request.coding === "jpeg-scans" ? decodeJpeg(request) : decodeTile(request));
    port.postMessage(
      answer,
      answer.data ? [answer.data instanceof ImageBitmap ? answer.data : answer.data.buffer] : [],
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = error instanceof DecodeError ? "decode" : "worker";
    port.postMessage({ type: "failed", id: request.id, reason, message });
  }
};

async function decodeTile(request: DecodeRequest): Promise<Decoded> {
  const { id, coding, data, sha256: digest, keep } = request;
  const source = coding === "j2k-source";
  // The digest of a source is over its bytes: nothing is decoded to compare it.
  const sourceEqual = source && digest !== null ? (await sha256(data)) === digest : null;
  if (source && !keep) return { type: "decoded", id, data: null, equal: sourceEqual };
  if (!module) throw new Error("The decoder is not loaded.");
  openJpeg ??= OpenJpeg.load(module);
  let samples: Samples;
  try {
    samples = decodeJ2k(await openJpeg, data, request);
  } catch (error) {
    // An exception leaves OpenJPEG's stack where it was thrown: after a few nothing would decode any more.
    openJpeg = null;
    throw error;
  }
  const equal = source || digest === null ? sourceEqual : (await sha256(bytesOf(samples))) === digest;
  return { type: "decoded", id, data: keep ? samples : null, equal };
}

async function decodeJpeg(request: DecodeRequest): Promise<Decoded> {
  const equal = request.sha256 === null ? null : (await sha256(request.data)) === request.sha256;
  // The file's own samples: no colour management, no alpha.
  const data = await createImageBitmap(new Blob([request.data], { type: "image/jpeg" }), {
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  }).catch((error: unknown) => {
    throw new DecodeError(`The browser's JPEG decoder gave up. ${String(error)}`);
  });
  if (data.width !== request.columns || data.height !== request.rows) {
    data.close();
    throw new DecodeError("The JPEG is not of the size it should be.");
  }
  return { type: "decoded", id: request.id, data, equal };
}

/** Samples as the digest takes them: little-endian, as every browser's machine is. */
function bytesOf(samples: Samples): Uint8Array<ArrayBuffer> {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}
