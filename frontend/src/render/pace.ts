/**
 * How finely to draw, so that the picture keeps in step with the finger on any device.
 *
 * Fine drawing (16 taps a pixel) is for a picture at rest. Where it has been found too slow for a moving one, the
 * picture is drawn with 4 taps while it moves, and finely again once it rests; where it is so slow that the next
 * touch would have to wait for it (software rendering), it stays with 4 taps.
 */

/** Of one drawing, ms: what can be drawn this quickly is always drawn finely. */
const SMOOTH = 12;
/** Of one drawing, ms: what takes longer is never drawn finely again. */
const TOO_SLOW = 150;
/** Without a change, ms: the picture rests. */
export const REST = 150;

export class Pace {
  /** Of fine drawings, ms; null until one was timed. The first is not: it compiles the shaders. */
  #fine: number | null = null;
  #timed = 0;

  /** A drawing took so long, ms. */
  took(milliseconds: number, fine: boolean): void {
    this.#timed += 1;
    if (!fine || this.#timed === 1) return;
    // The quickest counts: others had to wait for whatever else the machine does.
    this.#fine = Math.min(this.#fine ?? Infinity, milliseconds);
  }

  /** Whether to draw finely a picture that moved now, or that rests. */
  fine(moving: boolean): boolean {
    if (this.#fine === null) return true;
    return this.#fine <= (moving ? SMOOTH : TOO_SLOW);
  }
}
