/** The store of segments, fetched when something is to be read or kept: a first picture needs nothing of it. */

import type { HeldFrame, KeptFrame } from "../streaming/holdings";
import type { KeptStudies } from "./holdings-store";

/** The names of the studies kept, where a page finds them before it has any store. */
export const HELD_INDEX = "firstlight-held";

export function heldStudies(): string[] {
  try {
    const studies: unknown = JSON.parse(localStorage.getItem(HELD_INDEX) ?? "[]");
    return Array.isArray(studies) ? (studies as string[]) : [];
  } catch {
    return [];
  }
}

export class LazyStore implements KeptStudies {
  #store: Promise<KeptStudies> | undefined;
  readonly #waiting: [study: string, frame: HeldFrame][] = [];

  has(study: string): boolean {
    return heldStudies().includes(study);
  }

  async read(study: string): Promise<KeptFrame[]> {
    const store = await this.#load();
    return store ? store.read(study) : []; // what cannot be read is sent again
  }

  keep(study: string, frame: HeldFrame): void {
    this.#waiting.push([study, frame]);
    if (this.#waiting.length > 1) return;
    // The link has better to do at first.
    setTimeout(() => void this.#keepAll(), 1000);
  }

  async #keepAll(): Promise<void> {
    const store = await this.#load();
    for (const [study, frame] of this.#waiting.splice(0)) store?.keep(study, frame);
  }

  /** Nothing where the link is cut as the store itself is fetched; it is tried again the next time. */
  async #load(): Promise<KeptStudies | undefined> {
    try {
      this.#store ??= import("./holdings-store").then(({ HoldingsStore }) => new HoldingsStore());
      return await this.#store;
    } catch {
      this.#store = undefined;
      return undefined;
    }
  }
}
