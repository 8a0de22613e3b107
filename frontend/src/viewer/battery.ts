/** Whether the phone's battery is low: then nothing is loaded that nobody looks at. */

/** Share of the battery at and below which it is low, unless it charges. */
export const LOW = 0.2;

interface Battery extends EventTarget {
  readonly charging: boolean;
  /** 0 to 1. */
  readonly level: number;
}

/**
 * Tells when the battery gets low, and when it is not any more; returns what ends it. Where the browser does not say
 * (Safari, Firefox, a page without TLS), it never is.
 */
export function watchBattery(told: (low: boolean) => void): () => void {
  const ends: (() => void)[] = [];
  let ended = false;
  let before = false;
  const watch = (battery: Battery): void => {
    if (ended) return;
    const look = (): void => {
      const low = !battery.charging && battery.level <= LOW;
      if (low !== before) told(low);
      before = low;
    };
    for (const event of ["levelchange", "chargingchange"]) {
      battery.addEventListener(event, look);
      ends.push(() => battery.removeEventListener(event, look));
    }
    look();
  };
  const asked = (navigator as Navigator & { getBattery?(): Promise<Battery> }).getBattery?.();
  // Refused (by a policy of the page around this one): nothing is known.
  asked?.then(watch, () => undefined);
  return () => {
    ended = true;
    for (const end of ends) end();
  };
}
