import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MotionLoader } from "../../src/cine/loader";

const HEAD = {
  format: 1,
  codec: "vp09.00.31.08",
  width: 480,
  height: 360,
  frames: 6,
  part_frames: 2,
  timing: { milliseconds: 40, each: [], source: "FrameTime", note: "" },
  sweeps: false,
  same_geometry: true,
};

function block(value: unknown, payload: readonly number[] = []): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const made = new Uint8Array(4 + text.length + payload.length);
  new DataView(made.buffer).setUint32(0, text.length);
  made.set(text, 4);
  made.set(payload, 4 + text.length);
  return made;
}

/** Part 1 holds frames 1 and 2, and so on; a chunk is its frame's number. */
const part = (number: number) => block({ first: 2 * number - 1, lengths: [1, 1] }, [2 * number - 1, 2 * number]);

type Answer = (signal: AbortSignal) => Response;

/** An answer of blocks; with `cut`, the link is lost after them. */
function answer(blocks: readonly Uint8Array<ArrayBuffer>[], cut = false): Answer {
  return () => {
    const left = [...blocks];
    return new Response(
      new ReadableStream({
        pull(controller) {
          const next = left.shift();
          if (next) controller.enqueue(next);
          else if (cut) controller.error(new TypeError("network"));
          else controller.close();
        },
      }),
    );
  };
}

const refusal =
  (status: number, error: string, message: string): Answer =>
  () =>
    new Response(JSON.stringify({ error, message, detail: {}, request_id: "1" }), { status });
const noLink: Answer = () => {
  throw new TypeError("Failed to fetch");
};

/** A loader whose requests are answered one after the other. */
function loading(...answers: Answer[]) {
  const asked: string[] = [];
  const loader = new MotionLoader(
    "/motion",
    () => {},
    async (url, signal) => {
      asked.push(url);
      const next = answers.shift();
      if (!next) throw new Error(`nobody expected ${url}`);
      return next(signal);
    },
  );
  return { loader, asked };
}

const frames = (loader: MotionLoader) => Array.from({ length: 6 }, (_, i) => loader.chunks[i + 1]?.[0]);

describe("MotionLoader", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("loads all in one request from the first frame", async () => {
    const { loader, asked } = loading(answer([block(HEAD), part(1), part(2), part(3)]));
    await loader.start(1);
    expect(asked).toEqual(["/motion?frame=1"]);
    expect(frames(loader)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([loader.held, loader.missing, loader.cut]).toEqual([6, 0, false]);
  });

  it("begins where the reader is, and ends when it comes round", async () => {
    const { loader, asked } = loading(answer([block(HEAD), part(3)]), answer([block(HEAD), part(1), part(2), part(3)]));
    await loader.start(5);
    expect(asked).toEqual(["/motion?frame=5", "/motion?frame=1"]);
    expect(loader.missing).toBe(0);
  });

  it("goes on after a cut with the first frame that is missing, and nothing is asked for twice", async () => {
    const { loader, asked } = loading(
      answer([block(HEAD), part(1), part(2).slice(0, -1)], true),
      noLink,
      answer([block(HEAD), part(2), part(3)]),
    );
    const done = loader.start(1);
    await vi.advanceTimersByTimeAsync(10);
    // One chunk of the second part had come whole.
    expect([loader.held, loader.cut]).toEqual([3, true]);
    await vi.advanceTimersByTimeAsync(60_000);
    await done;
    expect(asked).toEqual(["/motion?frame=1", "/motion?frame=4", "/motion?frame=4"]);
    expect([loader.missing, loader.cut]).toEqual([0, false]);
  });

  it("goes on after a pause with what is missing, and asks for nothing once all is held", async () => {
    const { loader, asked } = loading(answer([block(HEAD), part(1)], true), answer([block(HEAD), part(2), part(3)]));
    const done = loader.start(1);
    await vi.advanceTimersByTimeAsync(0);
    loader.stop();
    await done;
    loader.stop();
    await loader.start(2);
    await loader.start(4);
    expect(asked).toEqual(["/motion?frame=1", "/motion?frame=3"]);
    expect(loader.missing).toBe(0);
  });

  it("says the server's sentence, and tries no more", async () => {
    const { loader, asked } = loading(refusal(422, "frame_undecodable", "Frame 3 is damaged."));
    await loader.start(1);
    expect(loader.refusal).toEqual({ code: "frame_undecodable", message: "Frame 3 is damaged." });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
  });

  it("is told why a document ended early", async () => {
    const { loader, asked } = loading(
      answer([block(HEAD), part(1)]),
      refusal(422, "frame_undecodable", "Frame 3 is damaged."),
    );
    await loader.start(1);
    expect(asked).toEqual(["/motion?frame=1", "/motion?frame=3"]);
    expect([loader.held, loader.refusal?.message]).toEqual([2, "Frame 3 is damaged."]);
  });

  it("waits for a server that is busy", async () => {
    const { loader, asked } = loading(
      refusal(503, "frame_busy", "Try again."),
      answer([block(HEAD), part(1), part(2), part(3)]),
    );
    const done = loader.start(1);
    await vi.advanceTimersByTimeAsync(5000);
    await done;
    expect(asked).toHaveLength(2);
    expect([loader.missing, loader.refusal, loader.cut]).toEqual([0, undefined, false]);
  });

  it("asks for the head alone", async () => {
    const { loader, asked } = loading(answer([block(HEAD)]));
    await loader.start(0);
    expect(asked).toEqual(["/motion?frame=0"]);
    expect([loader.head?.frames, loader.missing]).toEqual([6, 6]);
  });

  it("has a sentence for a proxy's page", async () => {
    const { loader } = loading(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await loader.start(1);
    expect(loader.refusal?.message).toBe("The motion could not be loaded.");
  });

  it("stops when it is told to", async () => {
    const { loader, asked } = loading(noLink);
    const done = loader.start(1);
    await vi.advanceTimersByTimeAsync(10);
    loader.stop();
    await done;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
  });

  it("measures how fast frames arrive", async () => {
    const late: Answer = () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            for (const each of [block(HEAD), part(1), part(2), part(3)]) {
              await new Promise((resolve) => setTimeout(resolve, 500));
              controller.enqueue(each);
            }
            controller.close();
          },
        }),
      );
    const { loader } = loading(late);
    expect(loader.rate(performance.now())).toBe(0);
    const done = loader.start(1);
    await vi.advanceTimersByTimeAsync(1501);
    expect(loader.rate(performance.now())).toBeCloseTo(4 / 1000, 4);
    await vi.advanceTimersByTimeAsync(1000);
    await done;
  });
});
