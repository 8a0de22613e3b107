/**
 * When the viewer acknowledges what came on a connection: the twin of `streaming/acks.py`.
 *
 * Each message is acknowledged as it comes: the finer the server hears, the less it need have in flight. And an
 * acknowledgement asks for more. So it says how much the viewer has taken *in*, not how much has arrived: bytes that wait for a slow decoder, beyond a bounded backlog, are withheld from the count until they are decoded. A little is
 * acknowledged each second whatever the decoder says, so that neither a stuck decoder nor a wrong count of the backlog
 * ends a stream. Times are in milliseconds of any steady clock.
 */

/** The least that is acknowledged while something is withheld. */
export const ACK_BYTES = 8 * 1024;
/** Bytes that may wait for the decoder without being withheld: about a whole CT slice. */
export const BACKLOG_BYTES = 256 * 1024;
/** After so long without any, `ACK_BYTES` are acknowledged though they are withheld. */
export const WITHHELD_MS = 1000;

export class Acks {
  #received = 0;
  #acknowledged = 0;
  #withheldUntil: number | null = null;

  /** When to ask again though nothing more comes and the backlog stays; Infinity for never. */
  get due(): number {
    return this.#withheldUntil ?? Infinity;
  }

  take(bytes: number): void {
    this.#received += bytes;
  }

  /**
   * Bytes of the connection to acknowledge now; null for none. `backlog`: bytes held that the decoder has still to take
   * for what is on the screen.
   */
  owed(now: number, backlog: number): number | null {
    const waiting = this.#received - this.#acknowledged;
    const excess = backlog - BACKLOG_BYTES;
    if (!waiting || excess <= 0) {
      this.#withheldUntil = null;
      return waiting ? this.#acknowledge(waiting, now) : null;
    }
    let free = waiting - excess;
    if (free < ACK_BYTES) {
      this.#withheldUntil ??= now + WITHHELD_MS;
      if (now < this.#withheldUntil) return null;
      free = Math.min(waiting, ACK_BYTES);
    }
    return this.#acknowledge(free, now);
  }

  #acknowledge(count: number, now: number): number {
    this.#acknowledged += count;
    this.#withheldUntil = this.#acknowledged < this.#received ? now + WITHHELD_MS : null;
    return this.#acknowledged;
  }
}
