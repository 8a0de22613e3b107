import { describe, expect, it } from "vitest";
import { draggedWindow, meaningOf, pixelsAFrame, type Situation } from "../../src/gesture/meaning";
import type { DragStart } from "../../src/gesture/recogniser";

const start: DragStart = { type: "drag_start", x: 0, y: 0, axis: "y", long: false, kind: "touch", button: 0 };
const stack: Situation = { frames: 40, zoomed: false, mode: "scroll" };

describe("a drag means", () => {
  it.each([
    ["scroll", "on a stack", {}, {}],
    ["window", "on a single image", {}, { frames: 1 }],
    ["pan", "when zoomed", {}, { zoomed: true }],
    ["pan", "when zoomed on a single image", {}, { zoomed: true, frames: 1 }],
    ["window", "after a long press", { long: true }, {}],
    ["window", "after a long press, zoomed", { long: true }, { zoomed: true }],
    ["window", "in window mode", {}, { mode: "window" }],
    ["window", "with the right button", { kind: "mouse", button: 2 }, { zoomed: true }],
    ["pan", "with the middle button", { kind: "mouse", button: 1 }, {}],
    ["scroll", "with the left button", { kind: "mouse", button: 0 }, {}],
  ] as const)("%s %s", (meaning, _, gesture, situation) => {
    expect(meaningOf({ ...start, ...gesture }, { ...stack, ...situation })).toBe(meaning);
  });
});

describe("pixelsAFrame", () => {
  it.each([2, 10, 40, 120, 500])("takes a stack of %i through in two swipes", (frames) => {
    expect((frames - 1) * pixelsAFrame(500, frames)).toBeLessThanOrEqual(1000);
  });

  it("does not make a short stack skittish", () => {
    expect(pixelsAFrame(500, 5)).toBe(32);
  });
});

describe("draggedWindow", () => {
  it("widens to the right and darkens downwards", () => {
    expect(draggedWindow({ center: 40, width: 80 }, 300, 0)).toEqual({ center: 40, width: 217 });
    expect(draggedWindow({ center: 40, width: 80 }, 0, 300)).toEqual({ center: 120, width: 80 });
  });

  it("never falls below a width of 1", () => {
    expect(draggedWindow({ center: 0, width: 2 }, -3000, 0).width).toBe(1);
  });
});
