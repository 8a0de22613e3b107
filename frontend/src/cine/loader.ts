/** Fetches the motion document: from the frame where playing begins, round to the frames before it, over any link. */

import { type MotionHead, MotionReader } from "./document";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
/** Over this long the rate of arrival is taken. */
const RATE_MS = 4000;

interface Refusal {
  readonly message: string;
  readonly code: string;
}

/** What the server says about a request it does not answer. */
class Refused extends Error {
  constructor(
    readonly refusal: Refusal,
    readonly mayRetry: boolean,
  ) {
    super(refusal.message);
  }
}

export class MotionLoader {
  head: MotionHead | undefined;
  /** By frame number, from 1. */
  readonly chunks: (Uint8Array<ArrayBuffer> | undefined)[] = [];
  held = 0;
  /** The link is gone; it is tried again by itself. */
  cut = false;
  refusal: Refusal | undefined;
  #stop = new AbortController();
  #arrivals: { readonly at: number; readonly held: number }[] = [];

  constructor(
    readonly url: string,
    readonly changed: () => void,
    readonly get: (url: string, signal: AbortSignal) => Promise<Response> = (url, signal) => fetch(url, { signal }),
  ) {}

  get missing(): number {
    return this.head ? this.head.frames - this.held : Infinity;
  }

  /** Frames that arrive in a millisecond; 0 while not known. */
  rate(now: number): number {
    const recent = this.#arrivals.filter(({ at }) => now - at <= RATE_MS);
    const first = recent[0];
    return first && now > first.at ? (this.held - first.held) / (now - first.at) : 0;
  }

  /** Loads all, beginning at `frame`; at 0 the head alone. */
  async start(frame: number): Promise<void> {
    this.stop();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.refusal = undefined;
    let from = this.head && frame > 0 ? this.#firstMissing(frame) : frame;
    for (let wait = FIRST_WAIT_MS; from !== undefined; ) {
      const before = this.held;
      try {
        await this.#load(from, signal);
        this.cut = false;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Refused && !error.mayRetry) {
          this.refusal = error.refusal;
          this.changed();
          return;
        }
        this.cut = !(error instanceof Refused);
      }
      if (signal.aborted) return;
      if (this.head) from = frame === 0 ? undefined : this.#firstMissing(frame);
      this.changed();
      if (this.held > before) wait = FIRST_WAIT_MS;
      else if (from !== undefined) {
        await pause(wait, signal);
        if (signal.aborted) return;
        wait = Math.min(2 * wait, LONGEST_WAIT_MS);
      }
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  async #load(from: number, signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    signal.addEventListener("abort", () => enough.abort());
    const answer = await this.get(`${this.url}?frame=${from}`, enough.signal);
    if (!answer.ok) throw new Refused(await refusalOf(answer), answer.status === 503);
    if (!answer.body) throw new TypeError("The answer has no body.");
    this.cut = false;
    const reader = new MotionReader();
    const body = answer.body.getReader();
    for (;;) {
      const { done, value } = await body.read();
      if (done) return;
      for (const { frame, data } of reader.push(value)) {
        if (this.chunks[frame]) {
          // Of the part in which the frame lies, the beginning may be held.
          if (frame < from) continue;
          // Round again: all that follows is held.
          enough.abort();
          return;
        }
        this.chunks[frame] = data;
        this.held += 1;
      }
      this.head ??= reader.head;
      const at = performance.now();
      this.#arrivals = [...this.#arrivals.filter((each) => at - each.at <= RATE_MS), { at, held: this.held }];
      this.changed();
    }
  }

  #firstMissing(from: number): number | undefined {
    const frames = this.head?.frames ?? 0;
    for (let i = 0; i < frames; i++) {
      const frame = ((from - 1 + i) % frames) + 1;
      if (!this.chunks[frame]) return frame;
    }
    return undefined;
  }
}

async function refusalOf(answer: Response): Promise<Refusal> {
  try {
    const said = (await answer.json()) as { error?: unknown; message?: unknown };
    if (typeof said.message === "string") return { message: said.message, code: String(said.error) };
  } catch {
    // Not from our server: a proxy's page.
  }
  return { message: "The motion could not be loaded.", code: "" };
}

/** Waits, but not once the link is back or nobody waits any more. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    globalThis.addEventListener?.("online", end);
    signal.addEventListener("abort", end);
  });
}
