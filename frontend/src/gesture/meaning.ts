/** What a drag means: a table, from how it began and what is on the screen. */

import type { DragStart } from "./recogniser";

export type Meaning = "scroll" | "window" | "pan" | "zoom";

export interface Situation {
  /** Frames in the stack. */
  readonly frames: number;
  /** The picture is larger than its room. */
  readonly zoomed: boolean;
  readonly mode: "scroll" | "window";
}

export function meaningOf(start: DragStart, now: Situation): Meaning {
  if (start.kind === "mouse" && start.button === 2) return "window";
  if (start.kind === "mouse" && start.button === 1) return "pan";
  if (start.long || now.mode === "window") return "window";
  if (now.zoomed) return "pan";
  return now.frames > 1 ? "scroll" : "window";
}

/** CSS pixels of a finger for one frame: two swipes of the picture's height go through any stack. */
export function pixelsAFrame(height: number, frames: number): number {
  const swipes = 1.5;
  return Math.min(32, Math.max(0.5, (height * swipes) / Math.max(frames - 1, 1)));
}

/**
 * The window after a drag: right widens, down darkens. A full sweep of 300 px changes the width
 * e times, and moves the center by one width.
 */
export function draggedWindow(
  from: { readonly center: number; readonly width: number },
  dx: number,
  dy: number,
): { readonly center: number; readonly width: number } {
  const width = Math.max(1, from.width * Math.exp(dx / 300));
  const center = from.center + (dy * from.width) / 300;
  return { center: rounded(center, width), width: rounded(width, width) };
}

/** To whole numbers, or to three digits where the window is that narrow. */
function rounded(value: number, width: number): number {
  if (width >= 20) return Math.round(value);
  return Number(value.toFixed(width >= 2 ? 1 : 3));
}
