import { describe, expect, test } from "vitest";
import { ScrollSpeed } from "../../src/viewer/scroll-speed";

/** Steps of so many frames, `every` milliseconds; returns the time of the last one. */
function scroll(speed: ScrollSpeed, frames: number, every: number, steps: number, from = 1000): number {
  let now = from;
  for (let step = 0; step < steps; step++) {
    if (step) now += every;
    speed.step(frames, now);
  }
  return now;
}

describe("frames a second", () => {
  test("a reader who has not scrolled rests", () => {
    expect(new ScrollSpeed().at(0)).toBe(0);
    expect(new ScrollSpeed().restsIn(0)).toBe(0);
  });

  test("one step says the direction, not yet how fast", () => {
    for (const frames of [1, -1, 30]) {
      const speed = new ScrollSpeed();
      speed.step(frames, 5000);
      expect(speed.at(5000)).toBe(Math.sign(frames));
    }
  });

  test.each([
    [1, 100, 10],
    [-1, 100, -10],
    [3, 50, 60],
    [1, 20, 50],
  ])("steps of %i every %i ms come to %i", (frames, every, expected) => {
    const speed = new ScrollSpeed();
    const now = scroll(speed, frames, every, 30);
    expect(speed.at(now)).toBeCloseTo(expected, 0);
  });

  test("events that come in bundles count as the steps they are", () => {
    const speed = new ScrollSpeed();
    let now = 1000;
    for (let bundle = 0; bundle < 30; bundle++, now += 96) {
      for (let event = 0; event < 4; event++) speed.step(1, now + event);
    }
    expect(speed.at(now - 96)).toBeGreaterThan(30);
    expect(speed.at(now - 96)).toBeLessThan(45);
  });

  test("a turn is followed at once", () => {
    const speed = new ScrollSpeed();
    const now = scroll(speed, 2, 30, 20);
    expect(speed.at(now)).toBeGreaterThan(30);
    speed.step(-1, now + 30);
    expect(speed.at(now + 30)).toBe(-1);
  });

  test("is never more than the protocol takes", () => {
    const speed = new ScrollSpeed();
    expect(speed.at(scroll(speed, 5000, 20, 10))).toBeLessThanOrEqual(1000);
    expect(speed.at(scroll(speed, -5000, 20, 10, 9000))).toBeGreaterThanOrEqual(-1000);
  });

  test("does not change with every look", () => {
    const speed = new ScrollSpeed();
    const now = scroll(speed, 1, 37, 9);
    expect(speed.at(now)).toBe(Math.round(speed.at(now) * 10) / 10);
  });
});

describe("a reader who stops", () => {
  test("rests when it was said that they would, and not before", () => {
    const speed = new ScrollSpeed();
    const now = scroll(speed, 1, 50, 10);
    const rests = speed.restsIn(now);
    expect(rests).toBeGreaterThan(0);
    expect(speed.at(now + rests - 1)).toBeGreaterThan(0);
    expect(speed.at(now + rests)).toBe(0);
    expect(speed.restsIn(now + rests)).toBe(0);
  });

  test("begins anew afterwards, however fast it was before", () => {
    const speed = new ScrollSpeed();
    const now = scroll(speed, 9, 20, 30);
    speed.step(1, now + 10_000);
    expect(speed.at(now + 10_000)).toBe(1);
  });
});
