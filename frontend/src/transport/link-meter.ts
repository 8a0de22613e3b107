/** What the link carries, as the page sees it: for the reader's eyes only, nothing is paced by it. Milliseconds, bytes. */

/** The rate is that of the last moments in which anything came. */
const WINDOW_MS = 3000;
/** Messages closer than this are of one burst. */
const SHORTEST_MS = 200;
const PONGS = 5;

export class LinkMeter {
  #arrivals: { readonly at: number; readonly total: number }[] = [];
  #trips: number[] = [];

  /** So many bytes have been received in all. */
  received(total: number, now: number): void {
    const last = this.#arrivals[this.#arrivals.length - 1];
    if (last?.total === total) return;
    this.#arrivals.push({ at: now, total });
    while (this.#arrivals.length > 2 && now - (this.#arrivals[0]?.at ?? now) > WINDOW_MS) this.#arrivals.shift();
  }

  /** A question was answered: it was asked at `sent`. */
  answered(sent: number, now: number): void {
    this.#trips = [...this.#trips, now - sent].slice(-PONGS);
  }

  /** Bytes a second while something came; null where too little did. */
  get rate(): number | null {
    const first = this.#arrivals[0];
    const last = this.#arrivals[this.#arrivals.length - 1];
    if (!first || !last || last.at - first.at < SHORTEST_MS) return null;
    return ((last.total - first.total) * 1000) / (last.at - first.at);
  }

  /** The shortest of the last round trips, in milliseconds: longer ones waited behind a picture. */
  get roundTrip(): number | null {
    return this.#trips.length ? Math.min(...this.#trips) : null;
  }
}
