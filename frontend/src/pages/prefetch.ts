/**
 * The worklist's top cases are made ready while the reader looks at the list: their first pictures readable, within a
 * byte budget, so that a tap shows one without waiting for the link.
 */

import { heldQuality } from "../streaming/held-quality";
import { READABLE } from "../streaming/quality";
import { type FrameKey, frameId, Quality } from "../streaming/vocabulary";
import type { AppLink } from "../transport/app-link";
import { watchBattery } from "../viewer/battery";
import type { StudyRow } from "./rows";

const CASES = 6;
const BYTES = 600_000;
/** "off" in localStorage: the reader, or a test, wants none. */
const SWITCH = "firstlight.prefetch";

/** Off where the phone saves data. */
export function mayPrefetch(): boolean {
  const { connection } = navigator as Navigator & { readonly connection?: { readonly saveData?: boolean } };
  try {
    return !connection?.saveData && localStorage.getItem(SWITCH) !== "off";
  } catch {
    return !connection?.saveData;
  }
}

export class Prefetch {
  /** Studies whose first picture is readable from what is held. */
  readonly ready = new Set<string>();
  readonly #link: AppLink;
  readonly #changed: () => void;
  readonly #ends: readonly (() => void)[];
  #wanted = new Map<string, string>();
  #asked = "";
  #rows: readonly StudyRow[] = [];
  #lowBattery = false;

  constructor(link: AppLink, changed: () => void) {
    this.#link = link;
    this.#changed = changed;
    const deaf = link.listen({
      onEvents: (events) => {
        for (const event of events) {
          if (event.type === "segment" || event.type === "manifest") this.#look(event.frame.key);
        }
      },
    });
    const watched = watchBattery((low) => {
      this.#lowBattery = low;
      this.want(this.#rows);
    });
    this.#ends = [deaf, watched];
  }

  /** The list as it is now, the likeliest case first. */
  want(rows: readonly StudyRow[]): void {
    this.#rows = rows;
    const top = mayPrefetch() && !this.#lowBattery ? rows.filter(({ first }) => first).slice(0, CASES) : [];
    this.#wanted = new Map(top.flatMap(({ study, first }) => (first ? [[frameId(first), study] as const] : [])));
    for (const { first } of top) if (first) this.#look(first);
    const asked = [...this.#wanted.keys()].join();
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#link.prefetch(
      top.flatMap(({ first }) => first ?? []),
      BYTES,
    );
  }

  end(): void {
    for (const end of this.#ends) end();
    this.#link.prefetch([], 0);
  }

  #look({ instance, frame }: FrameKey): void {
    const key = { instance, frame };
    const study = this.#wanted.get(frameId(key));
    const held = this.#link.client.holdings.get(key);
    if (!study || !held) return;
    const { width, height } = this.#link.client.screen;
    const { quality, rmse } = heldQuality(held, width, height);
    const readable = quality !== Quality.PREVIEW && (rmse ?? 255) <= READABLE;
    if (readable === this.ready.has(study)) return;
    if (!readable) {
      // It was dropped for want of room.
      this.ready.delete(study);
      this.#changed();
      return;
    }
    this.ready.add(study);
    this.#link.keep(study, [key]);
    this.#changed();
  }
}
