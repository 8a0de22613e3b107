/** Workers that outlive the study that first needed them. */

import { beforeAll, describe, expect, test, vi } from "vitest";
import type { FromWorker, ToWorker } from "../../src/decode/messages";
import { DecodePool, type Outcome, type WorkerLike } from "../../src/decode/pool";
import { decoderModule } from "./fake-worker";

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await decoderModule();
});

/** A worker that answers when the test says so. */
class Bench implements WorkerLike {
  onmessage: WorkerLike["onmessage"] = null;
  onerror: WorkerLike["onerror"] = null;
  terminated = false;
  readonly heard: ToWorker[] = [];

  postMessage(message: ToWorker): void {
    this.heard.push(message);
  }

  terminate(): void {
    this.terminated = true;
  }

  get jobs(): number[] {
    return this.heard.flatMap((message) => (message.type === "decode" ? message.id : []));
  }

  answer(id = this.jobs[this.jobs.length - 1] ?? 0): void {
    const data: FromWorker = { type: "decoded", id, data: null, equal: null };
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  die(): void {
    this.onerror?.(Object.assign(new Event("error", { cancelable: true })) as ErrorEvent);
  }
}

/** Workers that wait for the next study, and pools that share them. */
function shelf() {
  const idle: Bench[] = [];
  const made: Bench[] = [];
  const pool = (jobs: string[], size = 1) => {
    const done: [string, Outcome["type"]][] = [];
    const made1 = (): Bench => {
      const worker = idle.pop() ?? new Bench();
      if (!made.includes(worker)) made.push(worker);
      return worker;
    };
    const pool = new DecodePool<string>({
      size,
      spawn: made1,
      release: (worker) => void idle.push(worker as Bench),
      module: () => Promise.resolve(module),
      next: () => jobs.shift() ?? null,
      request: (_, id) => ({
        type: "decode",
        id,
        coding: "j2k-layers",
        data: new Uint8Array(4),
        level: 0,
        columns: 1,
        rows: 1,
        channels: 1,
        sha256: null,
        keep: true,
      }),
      done: (job, { type }) => done.push([job, type]),
    });
    return { pool, done };
  };
  return { idle, made, pool };
}

const asked = (worker: Bench | undefined, jobs: number) => vi.waitFor(() => expect(worker?.jobs).toHaveLength(jobs));

describe("a study that is closed", () => {
  test("gives its idle workers back, and the next one decodes with them", async () => {
    const { idle, made, pool } = shelf();
    const first = pool(["a"]);
    first.pool.wake();
    await asked(made[0], 1);
    made[0]?.answer();
    first.pool.close();
    expect(first.done).toEqual([["a", "decoded"]]);
    expect(idle).toEqual(made);

    const second = pool(["b"]);
    second.pool.wake();
    await asked(made[0], 2);
    made[0]?.answer();
    expect(second.done).toEqual([["b", "decoded"]]);
    expect(first.done).toHaveLength(1);
    expect(made).toHaveLength(1);
    expect(made[0]?.terminated).toBe(false);
    expect(made[0]?.heard[0]?.type).toBe("load");
  });

  test("ends a worker that is busy: its answer would reach the next study", async () => {
    const { idle, made, pool } = shelf();
    const first = pool(["a"], 2);
    first.pool.warm();
    first.pool.wake();
    await asked(made[0], 1);
    first.pool.close();
    expect(made[0]?.terminated).toBe(true);
    expect(idle).toEqual([made[1]]);
    made[0]?.answer();
    expect(first.done).toEqual([]);
  });

  test("gives nothing back of a worker that died, and decodes on with another", async () => {
    const { idle, made, pool } = shelf();
    const first = pool(["a", "b"]);
    first.pool.wake();
    await asked(made[0], 1);
    made[0]?.die();
    expect(first.done).toEqual([["a", "failed"]]);
    await asked(made[1], 1);
    made[1]?.answer();
    expect(first.done).toEqual([
      ["a", "failed"],
      ["b", "decoded"],
    ]);
    first.pool.close();
    expect(made[0]?.terminated).toBe(true);
    expect(idle).toEqual([made[1]]);
  });

  test("takes no job any more", async () => {
    const { made, pool } = shelf();
    const jobs = ["a", "b"];
    const first = pool(jobs);
    first.pool.wake();
    await asked(made[0], 1);
    made[0]?.answer();
    await asked(made[0], 2);
    first.pool.close();
    first.pool.wake();
    expect(made).toHaveLength(1);
  });
});
