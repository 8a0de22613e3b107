/** When the viewer acknowledges what came on a connection. Times are in milliseconds of any steady clock. */

/** An ack goes out at the latest after this many bytes, messages or milliseconds. */
export const ACK_BYTES = 8 * 1024;
export const ACK_MESSAGES = 2;
export const ACK_MS = 100;

export class Acks {
  /** When the next one goes out though nothing more comes; Infinity while none is owed. */
  due = Infinity;
  #received = 0;
  #acknowledged = 0;
  #messages = 0;

  take(bytes: number, now: number): void {
    this.#received += bytes;
    this.#messages++;
    this.due = Math.min(this.due, now + ACK_MS);
  }

  /** Bytes of the connection so far, where that must be said now; else null. */
  owed(now: number): number | null {
    const bytes = this.#received - this.#acknowledged;
    if (!bytes || (bytes < ACK_BYTES && this.#messages < ACK_MESSAGES && now < this.due)) return null;
    this.#acknowledged = this.#received;
    this.#messages = 0;
    this.due = Infinity;
    return this.#received;
  }
}
