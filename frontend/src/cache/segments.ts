/** Compressed segments within a byte budget: which frames' segments go when it is full. */

import type { HeldFrame } from "../streaming/holdings";
import { type FrameKey, frameId } from "../streaming/vocabulary";

export const SEGMENT_BUDGET = 48 * 1024 * 1024;
/** Frames this near the one looked at stay, whatever the budget. */
export const NEAR = 4;
/** What is set free beyond the need, so that not every message finds the budget full. */
const SLACK = 1 / 16;

export class SegmentCache {
  readonly budget: number;
  readonly #looked = new Map<string, number>();
  #turn = 0;

  constructor(budget = SEGMENT_BUDGET) {
    this.budget = budget;
  }

  /** The reader looks at this frame now. */
  look(key: FrameKey): void {
    this.#looked.set(frameId(key), ++this.#turn);
  }

  /**
   * Frames to drop so that the rest fits: first those never looked at, the farthest first, then those looked at
   * longest ago. `distance` is in frames of the stack, Infinity in another series.
   */
  excess(frames: Iterable<HeldFrame>, distance: (key: FrameKey) => number): FrameKey[] {
    const held = [...frames].filter((frame) => frame.bytes > 0);
    let sum = held.reduce((total, frame) => total + frame.bytes, 0);
    if (sum <= this.budget) return [];
    const turn = (frame: HeldFrame): number => this.#looked.get(frameId(frame.key)) ?? 0;
    const far = held
      .map((frame) => ({ frame, turn: turn(frame), distance: distance(frame.key) }))
      .filter((each) => each.distance > NEAR)
      .sort((one, other) => one.turn - other.turn || (one.distance > other.distance ? -1 : 1));
    const dropped: FrameKey[] = [];
    for (const { frame } of far) {
      if (sum <= this.budget * (1 - SLACK)) break;
      sum -= frame.bytes;
      dropped.push(frame.key);
    }
    return dropped;
  }
}
