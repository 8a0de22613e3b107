/**
 * The decoder's parts as the bundler ships them: the worker's script and the WebAssembly file. Both outlive the study
 * that first needed them, and may be made ready before any does.
 */

import wasmUrl from "@cornerstonejs/codec-openjpeg/decodewasm?url";
import { poolSize, type WorkerLike } from "./pool";

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

const idle: WorkerLike[] = [];
let module: Promise<WebAssembly.Module> | null = null;
let compiled = false;

export function workerCount(): number {
  const { hardwareConcurrency, deviceMemory } = navigator as Navigator & { readonly deviceMemory?: number };
  return poolSize(hardwareConcurrency || 2, deviceMemory ?? 4);
}

/** A decoding worker, a used one first. */
export function takeDecoder(): WorkerLike {
  return idle.pop() ?? new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "decoder" });
}

/** Takes back a worker that is doing nothing. */
export function giveDecoder(worker: WorkerLike): void {
  worker.onmessage = worker.onerror = null;
  idle.push(worker);
}

/** Fetches and compiles the decoder and starts a worker, before there is anything to decode. */
export async function warmDecoder(): Promise<void> {
  const loaded = await decoderModule(() => undefined);
  const worker = takeDecoder();
  worker.postMessage({ type: "load", module: loaded }, []);
  giveDecoder(worker);
}

/** Whether the decoder is here: until then it needs the link itself. */
export function decoderIsHere(): boolean {
  return compiled;
}

/** The compiled decoder, fetched once for all workers. A link that is cut is tried again, as long as it takes. */
export function decoderModule(onProblem: (message: string) => void): Promise<WebAssembly.Module> {
  module ??= fetched(onProblem).then((loaded) => {
    compiled = true;
    return loaded;
  });
  return module;
}

async function fetched(onProblem: (message: string) => void): Promise<WebAssembly.Module> {
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
