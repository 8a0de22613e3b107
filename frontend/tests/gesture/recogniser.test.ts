import { describe, expect, it } from "vitest";
import { DOUBLE_TAP_MS, LONG_PRESS_MS, type PointerInput, Recogniser } from "../../src/gesture/recogniser";

function finger(id: number, x: number, y: number, time = 0, more: Partial<PointerInput> = {}): PointerInput {
  return { id, x, y, time, kind: "touch", button: 0, ...more };
}

const types = (gestures: readonly { type: string }[]) => gestures.map(({ type }) => type);

describe("one finger", () => {
  it("drags after 10 px, along the axis it took, without a jump", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 100, 100));
    expect(hand.move(finger(1, 100, 109))).toEqual([]);
    expect(hand.move(finger(1, 102, 112))).toEqual([
      { type: "drag_start", x: 100, y: 100, axis: "y", long: false, kind: "touch", button: 0 },
    ]);
    expect(hand.move(finger(1, 105, 132))).toEqual([{ type: "drag", dx: 3, dy: 20, stepX: 3, stepY: 20 }]);
    expect(hand.move(finger(1, 105, 130))).toEqual([{ type: "drag", dx: 3, dy: 18, stepX: 0, stepY: -2 }]);
    expect(hand.up(finger(1, 105, 130, 50))).toEqual([{ type: "drag_end" }]);
  });

  it("takes the horizontal axis when it moves more that way", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 0, 0));
    expect(hand.move(finger(1, 12, 3))).toMatchObject([{ type: "drag_start", axis: "x" }]);
  });

  it("taps, and twice is a double tap", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 50, 50, 0));
    expect(types(hand.up(finger(1, 51, 50, 40)))).toEqual(["tap"]);
    hand.down(finger(2, 52, 50, 120));
    expect(types(hand.up(finger(2, 52, 50, 160)))).toEqual(["double_tap"]);
    hand.down(finger(3, 52, 50, 200));
    expect(types(hand.up(finger(3, 52, 50, 220)))).toEqual(["tap"]); // the third begins anew
  });

  it.each([
    ["too late", 50, 40 + DOUBLE_TAP_MS + 1],
    ["too far away", 120, 100],
  ])("does not double tap %s", (_, x, time) => {
    const hand = new Recogniser();
    hand.down(finger(1, 50, 50, 0));
    hand.up(finger(1, 50, 50, 40));
    hand.down(finger(2, x, 50, time - 10));
    expect(types(hand.up(finger(2, x, 50, time)))).toEqual(["tap"]);
  });

  it("that rests is a long press, and its drag says so", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 50, 50, 1000));
    expect(hand.deadline).toBe(1000 + LONG_PRESS_MS);
    expect(hand.tick(1000 + LONG_PRESS_MS - 1)).toEqual([]);
    expect(hand.tick(1000 + LONG_PRESS_MS)).toEqual([{ type: "long_press", x: 50, y: 50 }]);
    expect(hand.deadline).toBeUndefined();
    expect(hand.move(finger(1, 70, 50))).toMatchObject([{ type: "drag_start", long: true }]);
  });

  it("that rests and lifts does nothing", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 50, 50, 0));
    hand.tick(LONG_PRESS_MS);
    expect(hand.up(finger(1, 50, 50, 900))).toEqual([]);
  });
});

describe("two fingers", () => {
  it("pinch about their middle", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 100, 100));
    expect(hand.down(finger(2, 200, 100))).toEqual([]);
    expect(hand.move(finger(2, 300, 100))).toEqual([{ type: "pinch", ratio: 2, x: 200, y: 100, stepX: 50, stepY: 0 }]);
    expect(types(hand.up(finger(2, 300, 100, 10)))).toEqual(["pinch_end"]);
  });

  it("cancel the drag of the one that landed first", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 100, 100));
    hand.move(finger(1, 100, 130));
    expect(hand.down(finger(2, 200, 100))).toEqual([{ type: "drag_cancel" }]);
  });

  it("leave the one that stays without meaning until it lifts", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 100, 100));
    hand.down(finger(2, 200, 100));
    hand.up(finger(2, 200, 100, 10));
    expect(hand.move(finger(1, 100, 200))).toEqual([]);
    expect(hand.up(finger(1, 100, 200, 20))).toEqual([]);
    hand.down(finger(3, 10, 10, 30));
    expect(hand.move(finger(3, 10, 40))).toMatchObject([{ type: "drag_start" }]);
  });

  it("are all that is followed", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 100, 100));
    hand.down(finger(2, 200, 100));
    expect(hand.down(finger(3, 300, 300))).toEqual([]);
    expect(hand.move(finger(3, 0, 0))).toEqual([]);
    expect(hand.up(finger(3, 0, 0, 1))).toEqual([]);
  });
});

describe("a mouse", () => {
  it("drags after 3 px, tells its button, and never presses long", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 0, 0, 0, { kind: "mouse", button: 2 }));
    expect(hand.deadline).toBeUndefined();
    expect(hand.move(finger(1, 0, 4))).toMatchObject([{ type: "drag_start", kind: "mouse", button: 2 }]);
  });
});

describe("a cancelled pointer", () => {
  it("cancels a drag and ends a pinch", () => {
    const hand = new Recogniser();
    hand.down(finger(1, 0, 0));
    hand.move(finger(1, 0, 20));
    expect(hand.cancel(1)).toEqual([{ type: "drag_cancel" }]);
    hand.down(finger(1, 0, 0));
    hand.down(finger(2, 50, 0));
    expect(hand.cancel(2)).toEqual([{ type: "pinch_end" }]);
    expect(hand.cancel(9)).toEqual([]);
  });
});
