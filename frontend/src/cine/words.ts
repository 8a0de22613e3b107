/** What the cine says, as pure functions. */

export type Phase = "loading" | "playing" | "stalled" | "paused" | "refused";

export interface Saying {
  readonly phase: Phase;
  /** 0 to 1 of the frames are here. */
  readonly share: number;
  /** The link is gone. */
  readonly cut: boolean;
  /** By the images themselves, not by video. */
  readonly images: boolean;
  /** Images a second at normal speed; null while not known. */
  readonly rate: number | null;
  readonly speed: number;
  /** Why the rate is not the file's. */
  readonly note: string;
  readonly refusal: string;
}

const SPEED_WORDS: ReadonlyMap<number, string> = new Map([
  [0.25, "¼×"],
  [0.5, "½×"],
  [1, "1×"],
  [2, "2×"],
]);

export function speedWords(speed: number): string {
  return SPEED_WORDS.get(speed) ?? `${speed}×`;
}

/** "33 images a second", "12.5 images a second". */
export function rateWords(rate: number): string {
  const shown = Math.abs(rate - Math.round(rate)) < 0.05 ? Math.round(rate) : Number(rate.toFixed(1));
  return `${shown} images a second`;
}

export function percentWords(share: number): string {
  return `${Math.floor(Math.min(Math.max(share, 0), 1) * 100)} %`;
}

/** The line over the controls: what goes on, and what is left. */
export function statusWords(saying: Saying): string {
  const { phase, share, cut, images, rate, speed, note, refusal } = saying;
  const arrived = share >= 1 || images ? "" : ` · ${percentWords(share)} here`;
  if (phase === "refused") return refusal;
  if (phase === "loading" || phase === "stalled") {
    if (cut) return `No link. Playing goes on when it is back${arrived}.`;
    if (phase === "stalled") return images ? "Waiting for the link." : `Waiting for the link${arrived}.`;
    return share > 0 ? `Loading motion · ${percentWords(share)}` : "Loading motion";
  }
  if (rate === null) return "";
  const pace = speed === 1 ? rateWords(rate) : `${rateWords(rate)}, shown at ${speedWords(speed)}`;
  const means = images ? " · this browser plays the images themselves, as they arrive" : "";
  return note ? `${note}${means}` : `${pace}${means}`;
}
