/**
 * How finely to draw, so that the picture keeps in step with the finger on any device.
 *
 * Fine drawing (16 taps for each pixel of the screen) is for a picture at rest. Where a device was found too slow for
 * it, or as long as nothing is known of the device, a picture that moves or still grows is drawn with 4 taps, and with
 * about as many pixels as it has samples: the browser enlarges it. At rest every pixel of the screen is drawn; finely,
 * unless that is so slow that the next touch would have to wait for it (software rendering).
 */

/** Ways to draw, from the quickest on. */
export const Manner = { QUICK: 0, PLAIN: 1, FINE: 2 } as const;
export type Manner = (typeof Manner)[keyof typeof Manner];

/** Of one drawing, ms: what is drawn by the next animation frame keeps in step. */
const SMOOTH = 20;
/** Of one drawing, ms: what takes longer is not drawn finely. */
const TOO_SLOW = 150;
/** Fine drawing takes this many times longer, as long as it was not timed itself: 16 taps, not 4. */
const FINER = 4;
/** Pixels for each of the picture's samples, along a side, in the quickest way. */
const QUICK_SCALE = 1.25;
/** Without a change, ms: the picture rests. */
export const REST = 150;

export class Pace {
  /** Milliseconds for each pixel, at best, with 4 taps and with 16. */
  #plain: number | null = null;
  #fine: number | null = null;
  #timed = 0;

  /** A drawing of so many pixels took so long, ms. The first does not count: it compiles the shaders. */
  took(milliseconds: number, fine: boolean, pixels: number): void {
    this.#timed += 1;
    if (this.#timed === 1) return;
    // The quickest counts: others had to wait for whatever else the machine does.
    const cost = milliseconds / pixels;
    if (fine) this.#fine = Math.min(this.#fine ?? Infinity, cost);
    else this.#plain = Math.min(this.#plain ?? Infinity, cost);
  }

  /** How to draw so many pixels of a picture that moved now, or that rests. */
  manner(moving: boolean, pixels: number): Manner {
    const plain = this.#plain ?? (this.#fine === null ? Infinity : this.#fine / FINER);
    const fine = this.#fine ?? plain * FINER;
    if (fine * pixels <= (moving ? SMOOTH : TOO_SLOW)) return Manner.FINE;
    return !moving || plain * pixels <= SMOOTH ? Manner.PLAIN : Manner.QUICK;
  }
}

/** By how much a picture shown at this many pixels a sample is drawn smaller in a manner; 1 for not at all. */
export function shrinkOf(manner: Manner, scale: number): number {
  return manner === Manner.QUICK ? Math.max(1, scale / QUICK_SCALE) : 1;
}
