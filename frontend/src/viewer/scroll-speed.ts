/** How fast the reader scrolls, from the frames they pass. */

/** Without a step for this long the reader rests. */
const RESTS_MS = 400;
/** Steps closer than this are one: events come in bundles. */
const BUNDLE_MS = 16;
const FASTEST = 1000;

export class ScrollSpeed {
  #speed = 0;
  #last = -Infinity;
  #passed = 0;

  /** Takes a step of so many frames, negative towards lower positions. Time is in milliseconds. */
  step(frames: number, now: number): void {
    const since = now - this.#last;
    const turned = frames * this.#speed < 0;
    if (since > RESTS_MS || turned) {
      this.#speed = Math.sign(frames);
      this.#passed = 0;
      this.#last = now;
      return;
    }
    this.#passed += frames;
    if (since < BUNDLE_MS) return;
    const speed = (this.#passed * 1000) / since;
    this.#speed = Math.max(-FASTEST, Math.min(FASTEST, (this.#speed + speed) / 2));
    this.#passed = 0;
    this.#last = now;
  }

  /** Frames a second now, to a tenth, so that it does not change with every look. */
  at(now: number): number {
    return now - this.#last > RESTS_MS ? 0 : Math.round(this.#speed * 10) / 10;
  }

  /** When it will be 0 without another step. */
  restsIn(now: number): number {
    return Math.max(0, this.#last + RESTS_MS + 1 - now);
  }
}
