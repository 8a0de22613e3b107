/** Which frame is shown when: the cine's clock, as pure functions of the time that went by. */

export interface Rhythm {
  readonly frames: number;
  /** Of each frame; the mean where they differ. */
  readonly milliseconds: number;
  /** One for each frame where they differ, else empty. */
  readonly each: readonly number[];
}

/** Round and round, or to and fro. */
export type Order = "loop" | "sweep";
export type Direction = 1 | -1;

/** Where the playing is. */
export interface Head {
  /** From 1. */
  readonly frame: number;
  readonly direction: Direction;
  /** Milliseconds, at normal speed, that the frame is still shown. */
  readonly left: number;
}

export interface Step {
  readonly head: Head;
  /** Frames gone on. */
  readonly passed: number;
  /** Milliseconds of the time that went by in which the clock ran. */
  readonly ran: number;
  /** The next frame is due and not there. */
  readonly stalled: boolean;
}

/** After a longer pause than this the clock goes on from where it was: nobody was looking. */
export const LONGEST_TICK = 250;
export const SPEEDS: readonly number[] = [0.25, 0.5, 1, 2];

export function duration({ milliseconds, each }: Rhythm, frame: number): number {
  return each[frame - 1] ?? milliseconds;
}

export function startAt(rhythm: Rhythm, frame: number): Head {
  return { frame, direction: 1, left: duration(rhythm, frame) };
}

/** The frame after this one, and the direction then. */
export function following(
  { frame, direction }: Pick<Head, "frame" | "direction">,
  frames: number,
  order: Order,
): { readonly frame: number; readonly direction: Direction } {
  if (frames < 2) return { frame, direction };
  if (order === "loop") return { frame: frame >= frames ? 1 : frame + 1, direction: 1 };
  const next = frame + direction;
  if (next >= 1 && next <= frames) return { frame: next, direction };
  return { frame: frame - direction, direction: direction === 1 ? -1 : 1 };
}

/** The frames that come, the first of them `head`'s own; `count` of them at most, each once. */
export function ahead(head: Head, frames: number, order: Order, count: number): number[] {
  const found = new Set<number>();
  let at: Pick<Head, "frame" | "direction"> = head;
  // To and fro passes every frame twice at most before all have come.
  for (let i = 0; i < 2 * frames && found.size < Math.min(count, frames); i++) {
    found.add(at.frame);
    at = following(at, frames, order);
  }
  return [...found];
}

/** Lets time go by; the clock waits at the end of a frame whose next is not `ready`. */
export function advance(
  head: Head,
  elapsed: number,
  speed: number,
  rhythm: Rhythm,
  order: Order,
  ready: (frame: number) => boolean,
): Step {
  let { frame, direction, left } = head;
  let passed = 0;
  const went = Math.min(Math.max(elapsed, 0), LONGEST_TICK);
  left -= went * speed;
  while (left <= 0) {
    const next = following({ frame, direction }, rhythm.frames, order);
    if (!ready(next.frame)) {
      return { head: { frame, direction, left: 0 }, passed, ran: went + left / speed, stalled: true };
    }
    ({ frame, direction } = next);
    left += duration(rhythm, frame);
    passed += 1;
  }
  return { head: { frame, direction, left }, passed, ran: went, stalled: false };
}

export interface Supply {
  /** Frames held without a gap from the one shown, in playing order. */
  readonly ahead: number;
  /** Frames of the whole cine not held yet. */
  readonly missing: number;
  /** Frames that arrive in a millisecond; 0 while not known. */
  readonly rate: number;
  /** Milliseconds a frame at the chosen speed. */
  readonly pace: number;
}

/** Milliseconds of picture in hand before playing begins, where the link is fast enough for the rest. */
const IN_HAND = 400;
const MARGIN = 1.15;

/** Whether playing may begin, or go on after a stall, without running dry again soon. */
export function enough({ ahead, missing, rate, pace }: Supply): boolean {
  if (missing === 0) return true;
  if (ahead * pace < IN_HAND || rate === 0) return false;
  return (missing / rate) * MARGIN <= (ahead + missing) * pace;
}
