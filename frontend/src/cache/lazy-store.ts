/** The store of segments, fetched when something is to be read or kept: a first picture needs nothing of it. */

import type { HeldFrame, KeptFrame } from "../streaming/holdings";
import type { KeptStudies } from "./holdings-store";

/** The names of the studies kept, where a page finds them before it has any store. */
export const HELD_INDEX = "firstlight-held";

export function heldStudies(): string[] {
  try {
    return JSON.parse(localStorage.getItem(HELD_INDEX) ?? "[]") as string[];
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
    return (await this.#load()).read(study);
  }

  keep(study: string, frame: HeldFrame): void {
    this.#waiting.push([study, frame]);
    if (this.#waiting.length > 1) return;
    // The link has better to do at first.
    setTimeout(() => void this.#keepAll(), 1000);
  }

  async #keepAll(): Promise<void> {
    const store = await this.#load();
    for (const [study, frame] of this.#waiting.splice(0)) store.keep(study, frame);
  }

  #load(): Promise<KeptStudies> {
    this.#store ??= import("./holdings-store").then(({ HoldingsStore }) => new HoldingsStore());
    return this.#store;
  }
}
