import { describe, expect, it } from "vitest";
import { Manner, Pace, shrinkOf } from "../../src/render/pace";

const SCREEN = 2_000_000;
const { QUICK, PLAIN, FINE } = Manner;

/** A device on which the first drawing took 900 ms (it compiles), and a later one of the whole screen so long. */
function device(milliseconds: number, fine = false): Pace {
  const pace = new Pace();
  pace.took(900, false, SCREEN);
  pace.took(milliseconds, fine, SCREEN);
  return pace;
}

const both = (pace: Pace, pixels = SCREEN) => [pace.manner(true, pixels), pace.manner(false, pixels)];

describe("how finely to draw", () => {
  it("is quick, and every pixel at rest, while nothing is known", () => {
    const pace = new Pace();
    expect(both(pace)).toEqual([QUICK, PLAIN]);
    pace.took(900, false, SCREEN); // the shaders were compiled
    expect(both(pace)).toEqual([QUICK, PLAIN]);
  });

  it.each([
    ["a good GPU", 3, FINE, FINE],
    ["a fair GPU", 12, PLAIN, FINE],
    ["a slow GPU: fine at rest only", 30, QUICK, FINE],
    ["software rendering: never fine", 200, QUICK, PLAIN],
  ])("%s", (_, milliseconds, moving, resting) => {
    expect(both(device(milliseconds))).toEqual([moving, resting]);
  });

  it("goes by what fine drawing itself takes, once it was timed", () => {
    const pace = device(30);
    pace.took(16, true, SCREEN);
    expect(both(pace)).toEqual([FINE, FINE]);
    expect(both(device(200, true))).toEqual([QUICK, PLAIN]);
    expect(both(device(60, true))).toEqual([PLAIN, FINE]);
  });

  it("judges by the quickest drawing, for others waited for something else", () => {
    const pace = device(200);
    pace.took(3, false, SCREEN);
    pace.took(500, false, SCREEN);
    expect(both(pace)).toEqual([FINE, FINE]);
  });

  it("reckons by the pixels", () => {
    const pace = new Pace();
    pace.took(900, false, SCREEN);
    pace.took(6, false, SCREEN / 5);
    expect(both(pace)).toEqual([QUICK, FINE]);
    expect(both(pace, SCREEN / 20)).toEqual([FINE, FINE]);
  });

  it("draws smaller only what is magnified, never coarser than its samples", () => {
    expect(shrinkOf(QUICK, 5)).toBe(4);
    expect(shrinkOf(QUICK, 1)).toBe(1);
    expect(shrinkOf(QUICK, 0.2)).toBe(1);
    expect(shrinkOf(PLAIN, 5)).toBe(1);
    expect(shrinkOf(FINE, 5)).toBe(1);
  });
});
