import { describe, expect, it } from "vitest";
import { applyWindow, lookUp, ybrToRgb } from "../../src/render/voi";

describe("LINEAR, PS3.3 C.11.2.1.2.1", () => {
  // Note 2 of the clause: c = 2048, w = 4096 puts 0 at black and 4095 at white.
  it.each([
    [0, 0],
    [4095, 1],
    [2047.5, 0.5],
    [-5, 0],
    [9000, 1],
  ])("of %d is %d at center 2048, width 4096", (x, y) => {
    expect(applyWindow("LINEAR", x, 2048, 4096)).toBeCloseTo(y, 12);
  });

  // The example of the clause: c = 0, w = 1 is a step at -0.5.
  it.each([
    [-0.5, 0],
    [-0.4, 1],
    [0, 1],
  ])("of %d is %d at center 0, width 1", (x, y) => {
    expect(applyWindow("LINEAR", x, 0, 1)).toBe(y);
  });

  it("has c = 127, w = 254 end at 0 and 253", () => {
    expect(applyWindow("LINEAR", 0, 127, 254)).toBe(0);
    expect(applyWindow("LINEAR", 253, 127, 254)).toBeCloseTo(1, 12);
    expect(applyWindow("LINEAR", 127, 127, 254)).toBeCloseTo(0.5 + 0.5 / 253, 12);
  });
});

describe("LINEAR_EXACT, PS3.3 C.11.2.1.3.2", () => {
  it.each([
    [-40, 0],
    [0, 0],
    [40, 0.5],
    [80, 1],
    [60, 0.75],
  ])("of %d is %d at center 40, width 80", (x, y) => {
    expect(applyWindow("LINEAR_EXACT", x, 40, 80)).toBeCloseTo(y, 12);
  });
});

describe("SIGMOID, PS3.3 C.11.2.1.3.1", () => {
  it("is a half at its center and 1 / (1 + e^-2) half a width above", () => {
    expect(applyWindow("SIGMOID", 40, 40, 80)).toBe(0.5);
    expect(applyWindow("SIGMOID", 80, 40, 80)).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
  });
});

describe("lookUp", () => {
  const table = Uint16Array.of(10, 20, 40);

  it.each([
    [-7, 10],
    [5, 10],
    [6, 20],
    [6.5, 30],
    [7, 40],
    [100, 40],
  ])("of %d is %d where the first entry stands for 5", (x, y) => {
    expect(lookUp(table, 5, x)).toBe(y);
  });
});

describe("ybrToRgb, PS3.3 C.7.6.3.1.2", () => {
  it("leaves grey alone", () => {
    expect(ybrToRgb(90, 128, 128, 8)).toEqual([90, 90, 90]);
  });

  it("makes red of (76, 85, 255)", () => {
    const [red, green, blue] = ybrToRgb(76, 85, 255, 8).map((part) => Math.round(part) + 0);
    expect([red, green, blue]).toEqual([254, 0, 0]);
  });
});
