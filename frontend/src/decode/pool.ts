/** Decoding workers: one job each at a time, pulled when there is room; a worker that dies is replaced. */

import type { Decoded, DecodeFailed, DecodeRequest, FromWorker, ToWorker } from "./messages";

/** What the pool needs of a Worker. */
export interface WorkerLike {
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  terminate(): void;
}

export type Outcome = Omit<Decoded, "id"> | Omit<DecodeFailed, "id">;

export interface PoolOptions<Job> {
  readonly size: number;
  readonly spawn: () => WorkerLike;
  /** Takes back a worker that is idle; where this is left out, it is ended. */
  readonly release?: ((worker: WorkerLike) => void) | undefined;
  /** The best job now, or null; it is being done once it is returned. */
  readonly next: () => Job | null;
  readonly request: (job: Job, id: number) => DecodeRequest;
  readonly done: (job: Job, outcome: Outcome) => void;
  /** The J2K decoder; asked for once. Rejects only where this browser cannot have it. */
  readonly module: () => Promise<WebAssembly.Module>;
}

interface Seat<Job> {
  readonly worker: WorkerLike;
  loaded: boolean;
  job: Job | null;
  id: number;
}

/** How many workers this device should have: 1 to 4, one core left to the page, fewer with little memory. */
export function poolSize(cores: number, gigabytes: number): number {
  return Math.max(1, Math.min(4, cores - 1, gigabytes));
}

export class DecodePool<Job> {
  readonly #options: PoolOptions<Job>;
  #seats: Seat<Job>[] = [];
  #module: Promise<WebAssembly.Module> | null = null;
  #lastId = 0;
  #closed = false;

  constructor(options: PoolOptions<Job>) {
    this.#options = options;
  }

  /** Fetches the J2K decoder and starts a worker ahead of the first job. */
  warm(): void {
    this.#free();
    this.#load().catch(() => undefined);
  }

  /** Something changed: gives every free worker the best job there is. */
  wake(): void {
    while (!this.#closed) {
      const seat = this.#free();
      const job = seat && this.#options.next();
      if (!job) return;
      void this.#start(seat, job);
    }
  }

  close(): void {
    this.#closed = true;
    const { release } = this.#options;
    for (const { worker, job } of this.#seats) {
      // An answer still under way would reach whoever has the worker next.
      if (job === null && release) release(worker);
      else worker.terminate();
    }
    this.#seats = [];
  }

  #free(): Seat<Job> | undefined {
    const idle = this.#seats.find((seat) => seat.job === null);
    if (idle || this.#seats.length >= this.#options.size) return idle;
    const seat: Seat<Job> = { worker: this.#options.spawn(), loaded: false, job: null, id: 0 };
    seat.worker.onmessage = ({ data }) => {
      if (data.id === seat.id) this.#finish(seat, data);
    };
    seat.worker.onerror = (event) => {
      event.preventDefault();
      seat.worker.terminate();
      this.#seats = this.#seats.filter((each) => each !== seat);
      this.#finish(seat, { type: "failed", reason: "worker", message: "The decoding worker died." });
    };
    this.#seats.push(seat);
    return seat;
  }

  async #start(seat: Seat<Job>, job: Job): Promise<void> {
    const id = ++this.#lastId;
    seat.job = job;
    seat.id = id;
    const request = this.#options.request(job, id);
    try {
      if (request.coding !== "jpeg-scans" && !seat.loaded) {
        const module = await this.#load();
        if (this.#closed || seat.job !== job) return;
        seat.worker.postMessage({ type: "load", module }, []);
        seat.loaded = true;
      }
      seat.worker.postMessage(request, [request.data.buffer]);
    } catch (error) {
      this.#finish(seat, { type: "failed", reason: "load", message: String(error) });
    }
  }

  #finish(seat: Seat<Job>, outcome: Outcome): void {
    const { job } = seat;
    seat.job = null;
    if (job === null || this.#closed) return;
    this.#options.done(job, outcome);
    this.wake();
  }

  #load(): Promise<WebAssembly.Module> {
    this.#module ??= this.#options.module();
    return this.#module;
  }
}
