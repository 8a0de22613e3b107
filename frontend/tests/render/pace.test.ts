import { describe, expect, it } from "vitest";
import { Pace } from "../../src/render/pace";

/** A device on which the first drawing took 900 ms (it compiles), and a later fine one so long. */
function device(fineMilliseconds: number): Pace {
  const pace = new Pace();
  pace.took(900, true);
  pace.took(fineMilliseconds, true);
  return pace;
}

describe("how finely to draw", () => {
  it("is fine while nothing is known", () => {
    const pace = new Pace();
    expect([pace.fine(true), pace.fine(false)]).toEqual([true, true]);
    pace.took(900, true); // the shaders were compiled
    expect([pace.fine(true), pace.fine(false)]).toEqual([true, true]);
  });

  it.each([
    ["a good GPU", 3, true, true],
    ["a slow GPU: fine at rest only", 40, false, true],
    ["software rendering: never fine", 400, false, false],
  ])("%s", (_, milliseconds, moving, resting) => {
    const pace = device(milliseconds);
    expect([pace.fine(true), pace.fine(false)]).toEqual([moving, resting]);
  });

  it("judges by the quickest fine drawing, for others waited for something else", () => {
    const pace = device(400);
    pace.took(8, true);
    pace.took(500, true);
    expect(pace.fine(true)).toBe(true);
  });

  it("learns nothing of fine drawing from a quick one", () => {
    const pace = device(40);
    pace.took(1, false);
    expect(pace.fine(true)).toBe(false);
  });
});
