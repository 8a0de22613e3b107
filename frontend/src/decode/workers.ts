/** The decoder's parts as the bundler ships them: the worker's script and the WebAssembly file. */

import wasmUrl from "@cornerstonejs/codec-openjpeg/decodewasm?url";
import { poolSize, type WorkerLike } from "./pool";

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

export function workerCount(): number {
  const { hardwareConcurrency, deviceMemory } = navigator as Navigator & { readonly deviceMemory?: number };
  return poolSize(hardwareConcurrency || 2, deviceMemory ?? 4);
}

export function spawnDecoder(): WorkerLike {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "decoder" });
}

/** Fetches and compiles the decoder once for all workers. A link that is cut is tried again, as long as it takes. */
export async function decoderModule(onProblem: (message: string) => void): Promise<WebAssembly.Module> {
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
    try {
      const answer = await fetch(wasmUrl);
      if (answer.ok) return await WebAssembly.compile(await answer.arrayBuffer());
    } catch (error) {
      if (error instanceof WebAssembly.CompileError) throw error;
    }
    onProblem("The image decoder did not load. It is being tried again.");
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
