/** The decoder's parts of the page: made ready early, shared by every study. */

import { beforeEach, expect, test, vi } from "vitest";
import type { WorkerLike } from "../../src/decode/pool";

vi.mock("@cornerstonejs/codec-openjpeg/decodewasm?url", () => ({ default: "/static/assets/decoder.wasm" }));

/** The smallest module there is: magic number and version. */
const WASM = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const made: Thread[] = [];

class Thread {
  onmessage: WorkerLike["onmessage"] = null;
  onerror: WorkerLike["onerror"] = null;
  readonly heard: { type: string }[] = [];

  constructor() {
    made.push(this);
  }

  postMessage(message: { type: string }): void {
    this.heard.push(message);
  }
}

type Workers = typeof import("../../src/decode/workers");
let workers: Workers;
const fetched = vi.fn<() => Promise<Response>>();

beforeEach(async () => {
  vi.resetModules();
  vi.stubGlobal("Worker", Thread);
  vi.stubGlobal("fetch", fetched);
  fetched.mockReset();
  fetched.mockImplementation(() => Promise.resolve(new Response(WASM)));
  made.length = 0;
  workers = await import("../../src/decode/workers");
});

test("a worker that is given back is the next one taken, deaf to the study before", () => {
  const first = workers.takeDecoder();
  first.onmessage = first.onerror = () => undefined;
  const second = workers.takeDecoder();
  expect(made).toEqual([first, second]);
  workers.giveDecoder(first);
  expect(first.onmessage ?? first.onerror).toBeNull();
  expect(workers.takeDecoder()).toBe(first);
  expect(workers.takeDecoder()).not.toBe(first);
});

test("warming fetches the decoder once, and a worker that has it waits for the first study", async () => {
  await workers.warmDecoder();
  expect(made).toHaveLength(1);
  expect(made[0]?.heard).toMatchObject([{ type: "load" }]);
  expect(workers.takeDecoder()).toBe(made[0]);
  await workers.decoderModule(() => undefined);
  expect(fetched).toHaveBeenCalledTimes(1);
});

test("a link that is cut is tried again, and it is said that it is", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  try {
    const said: string[] = [];
    fetched.mockRejectedValueOnce(new TypeError("cut"));
    fetched.mockResolvedValueOnce(new Response("", { status: 503 }));
    const module = workers.decoderModule((message) => said.push(message));
    await vi.waitFor(() => {
      vi.advanceTimersByTime(1000);
      expect(fetched).toHaveBeenCalledTimes(3);
    });
    expect(await module).toBeInstanceOf(WebAssembly.Module);
    expect(said).toHaveLength(2);
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  [8, 8, 4],
  [2, 8, 1],
  [8, 0.5, 0.5],
  [1, 4, 1],
])("with %i cores and %d GB there are up to %d workers", (cores, gigabytes, most) => {
  vi.stubGlobal("navigator", { hardwareConcurrency: cores, deviceMemory: gigabytes });
  const count = workers.workerCount();
  expect(count).toBeGreaterThanOrEqual(1);
  expect(count).toBeLessThanOrEqual(Math.max(1, most));
});
