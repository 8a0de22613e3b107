import { describe, expect, it } from "vitest";
import {
  advance,
  ahead,
  enough,
  following,
  type Head,
  LONGEST_TICK,
  type Order,
  type Rhythm,
  startAt,
} from "../../src/cine/sequence";

const even: Rhythm = { frames: 4, milliseconds: 40, each: [] };
const uneven: Rhythm = { frames: 3, milliseconds: 30, each: [20, 40, 30] };
const always = (): boolean => true;

/** The frames shown while `total` milliseconds go by in ticks. */
function play(rhythm: Rhythm, order: Order, total: number, tick: number, speed = 1): number[] {
  let head = startAt(rhythm, 1);
  const shown = [head.frame];
  for (let at = tick; at <= total; at += tick) {
    const step = advance(head, tick, speed, rhythm, order, always);
    if (step.passed > 0) shown.push(step.head.frame);
    head = step.head;
  }
  return shown;
}

describe("the order of frames", () => {
  it("loops from the last to the first", () => {
    expect(play(even, "loop", 240, 40)).toEqual([1, 2, 3, 4, 1, 2, 3]);
  });

  it("goes to and fro without showing an end twice", () => {
    expect(play(even, "sweep", 320, 40)).toEqual([1, 2, 3, 4, 3, 2, 1, 2, 3]);
  });

  it("turns round where sweeping begins at an end, and loops forward out of a sweep", () => {
    expect(following({ frame: 4, direction: 1 }, 4, "sweep")).toEqual({ frame: 3, direction: -1 });
    expect(following({ frame: 1, direction: -1 }, 4, "sweep")).toEqual({ frame: 2, direction: 1 });
    expect(following({ frame: 3, direction: -1 }, 4, "loop")).toEqual({ frame: 4, direction: 1 });
    expect(following({ frame: 1, direction: 1 }, 1, "loop")).toEqual({ frame: 1, direction: 1 });
  });

  it("looks ahead in the order of playing, each frame once", () => {
    const head: Head = { frame: 3, direction: 1, left: 10 };
    expect(ahead(head, 4, "loop", 3)).toEqual([3, 4, 1]);
    expect(ahead(head, 4, "loop", 99)).toEqual([3, 4, 1, 2]);
    expect(ahead(head, 4, "sweep", 99)).toEqual([3, 4, 2, 1]);
    expect(ahead({ ...head, direction: -1 }, 4, "sweep", 2)).toEqual([3, 2]);
  });
});

describe("the clock", () => {
  it("keeps the true rate whatever the ticks are", () => {
    for (const tick of [1, 7, 16.7, 33.4, 90]) {
      let head = startAt(even, 1);
      let passed = 0;
      let elapsed = 0;
      while (elapsed < 10_000) {
        const step = advance(head, tick, 1, even, "loop", always);
        ({ head } = step);
        passed += step.passed;
        elapsed += tick;
      }
      expect(Math.abs(passed - elapsed / 40)).toBeLessThanOrEqual(1);
    }
  });

  it("shows each frame for its own time", () => {
    let head = startAt(uneven, 1);
    const changes: [number, number][] = [];
    for (let at = 1; at <= 90; at++) {
      const step = advance(head, 1, 1, uneven, "loop", always);
      if (step.passed) changes.push([at, step.head.frame]);
      head = step.head;
    }
    expect(changes).toEqual([
      [20, 2],
      [60, 3],
      [90, 1],
    ]);
  });

  it("is slower and faster as asked", () => {
    expect(play(even, "loop", 160, 10, 0.25)).toEqual([1, 2]);
    expect(play(even, "loop", 80, 10, 2)).toEqual([1, 2, 3, 4, 1]);
  });

  it("leaves frames out where the screen is slower than the cine", () => {
    expect(play({ ...even, milliseconds: 10 }, "loop", 60, 20)).toEqual([1, 3, 1, 3]);
  });

  it("waits for a frame that is not there, and does not hurry afterwards", () => {
    const here = new Set([1, 2]);
    let step = advance(startAt(even, 1), 100, 1, even, "loop", (frame) => here.has(frame));
    // 80 ms for two frames; the other 20 ms the clock stood.
    expect(step).toEqual({ head: { frame: 2, direction: 1, left: 0 }, passed: 1, ran: 80, stalled: true });
    here.add(3);
    step = advance(step.head, 10, 1, even, "loop", (frame) => here.has(frame));
    expect(step).toMatchObject({ head: { frame: 3, left: 30 }, passed: 1, stalled: false });
  });

  it("does not run through what nobody saw, nor backwards", () => {
    expect(advance(startAt(even, 1), 60_000, 1, even, "loop", always).passed).toBe(Math.floor(LONGEST_TICK / 40));
    expect(advance(startAt(even, 1), -50, 1, even, "loop", always)).toMatchObject({ passed: 0, head: { left: 40 } });
  });
});

describe("when playing may begin", () => {
  it("needs nothing more once all is here", () => {
    expect(enough({ ahead: 1, missing: 0, rate: 0, pace: 40 })).toBe(true);
  });

  it("begins early on a link that is faster than the cine", () => {
    expect(enough({ ahead: 10, missing: 1000, rate: 0.05, pace: 40 })).toBe(true);
    expect(enough({ ahead: 9, missing: 1000, rate: 0.05, pace: 40 })).toBe(false);
    expect(enough({ ahead: 20, missing: 1000, rate: 0, pace: 40 })).toBe(false);
  });

  it("waits on a slower link until the rest arrives in time", () => {
    const slow = { rate: 0.0125, pace: 40 };
    // 60 frames: half as fast as played, so that more than half must be there first.
    expect(enough({ ...slow, ahead: 30, missing: 30 })).toBe(false);
    expect(enough({ ...slow, ahead: 40, missing: 20 })).toBe(true);
    // At a quarter of the speed the same link is fast enough.
    expect(enough({ ...slow, pace: 160, ahead: 5, missing: 55 })).toBe(true);
  });
});
