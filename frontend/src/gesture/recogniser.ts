/**
 * Pointer events in, gestures out: no DOM, no clock (time is an argument, in milliseconds).
 *
 * Two pointers are followed, the rest ignored. A finger's axis is decided after 10 px. A second finger
 * that lands while the first already drags cancels that drag, so that its handler can undo it.
 */

/** Distance after which a touch is a drag, in CSS pixels. */
export const SLOP = 10;
export const LONG_PRESS_MS = 450;
export const DOUBLE_TAP_MS = 300;
const DOUBLE_TAP_DISTANCE = 40;

export interface PointerInput {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly time: number;
  readonly kind: "touch" | "mouse";
  /** As in a PointerEvent: 0 left or touch, 1 middle, 2 right. */
  readonly button: number;
}

export interface DragStart {
  readonly type: "drag_start";
  readonly x: number;
  readonly y: number;
  readonly axis: "x" | "y";
  /** The finger rested first. */
  readonly long: boolean;
  readonly kind: "touch" | "mouse";
  readonly button: number;
}

export type Gesture =
  | DragStart
  /** `dx`, `dy`: since the drag began; `stepX`, `stepY`: since the last such gesture. */
  | {
      readonly type: "drag";
      readonly dx: number;
      readonly dy: number;
      readonly stepX: number;
      readonly stepY: number;
    }
  | { readonly type: "drag_end" }
  | { readonly type: "drag_cancel" }
  /** `ratio`: of the fingers' distance since the last such gesture; x, y: the middle between them. */
  | {
      readonly type: "pinch";
      readonly ratio: number;
      readonly x: number;
      readonly y: number;
      readonly stepX: number;
      readonly stepY: number;
    }
  | { readonly type: "pinch_end" }
  | { readonly type: "tap"; readonly x: number; readonly y: number }
  | { readonly type: "double_tap"; readonly x: number; readonly y: number }
  | { readonly type: "long_press"; readonly x: number; readonly y: number };

interface Finger {
  readonly start: PointerInput;
  x: number;
  y: number;
}

type Phase = "idle" | "waiting" | "resting" | "dragging" | "pinching" | "spent";

export class Recogniser {
  readonly #fingers = new Map<number, Finger>();
  #phase: Phase = "idle";
  /** Where the drag's last gesture was, and where it began. */
  #last = { x: 0, y: 0 };
  #origin = { x: 0, y: 0 };
  #distance = 0;
  #lastTap: { x: number; y: number; time: number } | undefined;

  /** When `tick` should be called next for a long press, or undefined. */
  get deadline(): number | undefined {
    const finger = this.#first();
    return this.#phase === "waiting" && finger?.start.kind === "touch" ? finger.start.time + LONG_PRESS_MS : undefined;
  }

  down(input: PointerInput): Gesture[] {
    if (this.#fingers.size >= 2 || this.#phase === "spent") return [];
    const out: Gesture[] = [];
    this.#fingers.set(input.id, { start: input, x: input.x, y: input.y });
    if (this.#fingers.size === 1) {
      this.#phase = "waiting";
      return out;
    }
    if (this.#phase === "dragging") out.push({ type: "drag_cancel" });
    this.#phase = "pinching";
    this.#lastTap = undefined;
    const middle = this.#middle();
    this.#last = { x: middle.x, y: middle.y };
    this.#distance = middle.distance;
    return out;
  }

  /** The latest place of a pointer: call it once a frame and pointer, not once an event. */
  move(input: Pick<PointerInput, "id" | "x" | "y">): Gesture[] {
    const finger = this.#fingers.get(input.id);
    if (!finger) return [];
    finger.x = input.x;
    finger.y = input.y;
    switch (this.#phase) {
      case "waiting":
      case "resting":
        return this.#begin(finger);
      case "dragging":
        return this.#drag(finger);
      case "pinching":
        return this.#pinch();
      default:
        return [];
    }
  }

  up(input: Pick<PointerInput, "id" | "x" | "y" | "time">): Gesture[] {
    const finger = this.#fingers.get(input.id);
    if (!finger) return [];
    const out = this.move(input);
    this.#fingers.delete(input.id);
    const phase = this.#phase;
    // After a pinch the finger that stays does nothing: it would jump.
    this.#phase = this.#fingers.size > 0 ? "spent" : "idle";
    if (phase === "dragging") out.push({ type: "drag_end" });
    else if (phase === "pinching") out.push({ type: "pinch_end" });
    else if (phase === "waiting") out.push(...this.#tap(input));
    return out;
  }

  cancel(id: number): Gesture[] {
    if (!this.#fingers.delete(id)) return [];
    const phase = this.#phase;
    this.#phase = this.#fingers.size > 0 ? "spent" : "idle";
    if (phase === "dragging") return [{ type: "drag_cancel" }];
    return phase === "pinching" ? [{ type: "pinch_end" }] : [];
  }

  /** Time has passed: a finger that rests becomes a long press. */
  tick(now: number): Gesture[] {
    const due = this.deadline;
    const finger = this.#first();
    if (due === undefined || now < due || !finger) return [];
    this.#phase = "resting";
    return [{ type: "long_press", x: finger.x, y: finger.y }];
  }

  #begin(finger: Finger): Gesture[] {
    const dx = finger.x - finger.start.x;
    const dy = finger.y - finger.start.y;
    const slop = finger.start.kind === "mouse" ? 3 : SLOP;
    if (Math.hypot(dx, dy) < slop) return [];
    const long = this.#phase === "resting";
    this.#phase = "dragging";
    this.#lastTap = undefined;
    // What was moved to find the axis out is not lost to the drag: it begins here, without a jump.
    this.#origin = { x: finger.x, y: finger.y };
    this.#last = { ...this.#origin };
    const { kind, button } = finger.start;
    const axis = Math.abs(dx) > Math.abs(dy) ? "x" : "y";
    return [{ type: "drag_start", x: finger.start.x, y: finger.start.y, axis, long, kind, button }];
  }

  #drag({ x, y }: Finger): Gesture[] {
    const stepX = x - this.#last.x;
    const stepY = y - this.#last.y;
    if (stepX === 0 && stepY === 0) return [];
    this.#last = { x, y };
    return [{ type: "drag", dx: x - this.#origin.x, dy: y - this.#origin.y, stepX, stepY }];
  }

  #pinch(): Gesture[] {
    const { x, y, distance } = this.#middle();
    const ratio = distance / this.#distance;
    const stepX = x - this.#last.x;
    const stepY = y - this.#last.y;
    if (ratio === 1 && stepX === 0 && stepY === 0) return [];
    this.#distance = distance;
    this.#last = { x, y };
    return [{ type: "pinch", ratio, x, y, stepX, stepY }];
  }

  #tap({ x, y, time }: Pick<PointerInput, "x" | "y" | "time">): Gesture[] {
    const before = this.#lastTap;
    if (
      before &&
      time - before.time <= DOUBLE_TAP_MS &&
      Math.hypot(x - before.x, y - before.y) <= DOUBLE_TAP_DISTANCE
    ) {
      this.#lastTap = undefined;
      return [{ type: "double_tap", x, y }];
    }
    this.#lastTap = { x, y, time };
    return [{ type: "tap", x, y }];
  }

  #first(): Finger | undefined {
    return this.#fingers.values().next().value;
  }

  #middle(): { x: number; y: number; distance: number } {
    const [a, b] = [...this.#fingers.values()];
    if (!a || !b) return { ...this.#last, distance: this.#distance };
    const distance = Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, distance };
  }
}
