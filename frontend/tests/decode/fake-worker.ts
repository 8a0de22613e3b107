/** The real decoder behind the pool's door, without a thread: node has no Worker of the browser's kind. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { decodeJ2k } from "../../src/decode/j2k";
import { DecodeError, type FromWorker, type ToWorker } from "../../src/decode/messages";
import { OpenJpeg } from "../../src/decode/openjpeg";
import type { WorkerLike } from "../../src/decode/pool";
import { sha256 } from "../../src/decode/sha256";

export async function decoderModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(
    readFileSync(createRequire(import.meta.url).resolve("@cornerstonejs/codec-openjpeg/decodewasm")),
  );
}

export class InlineWorker implements WorkerLike {
  onmessage: WorkerLike["onmessage"] = null;
  onerror: WorkerLike["onerror"] = null;
  static requests: ToWorker[] = [];
  #openJpeg: Promise<OpenJpeg> | null = null;
  terminated = false;

  async postMessage(request: ToWorker): Promise<void> {
    InlineWorker.requests.push(request);
    if (request.type === "load") {
      this.#openJpeg = OpenJpeg.load(request.module);
      return;
    }
    const answer = await this.#decode(request);
    if (!this.terminated) this.onmessage?.(new MessageEvent("message", { data: answer }));
  }

  terminate(): void {
    this.terminated = true;
  }

  async #decode(request: Extract<ToWorker, { type: "decode" }>): Promise<FromWorker> {
    const { id, keep, coding, data: bytes } = request;
    try {
      // As the real one does (worker.test.ts): a source's digest is over its bytes.
      const ofBytes = coding === "j2k-source" && request.sha256 !== null;
      const sameBytes = ofBytes ? (await sha256(bytes)) === request.sha256 : null;
      if (ofBytes && !keep) return { type: "decoded", id, data: null, equal: sameBytes };
      if (!this.#openJpeg) throw new Error("The decoder is not loaded.");
      const data = decodeJ2k(await this.#openJpeg, request.data, request);
      const equal =
        request.sha256 === null || ofBytes ? sameBytes : (await sha256(new Uint8Array(data.buffer))) === request.sha256;
      return { type: "decoded", id, data: keep ? data : null, equal };
    } catch (error) {
      return { type: "failed", id, reason: error instanceof DecodeError ? "decode" : "worker", message: String(error) };
    }
  }
}
