/** Gestures and keys to wishes. */

import { draggedWindow, type Meaning, meaningOf, pixelsAFrame } from "../gesture/meaning";
import type { SurfaceGesture } from "../gesture/surface";
import type { Viewer } from "./viewer";

/** Turns gestures on the stage into wishes; a cancelled drag is undone. */
export function hands(viewer: Viewer): (gesture: SurfaceGesture) => void {
  let meaning: Meaning | undefined;
  let before = viewer.state;
  let wheelLeft = 0;
  return (gesture) => {
    switch (gesture.type) {
      case "drag_start":
        before = viewer.state;
        meaning = meaningOf(gesture, {
          frames: before.frames,
          zoomed: before.view.zoom > 1.01,
          mode: before.mode,
        });
        return;
      case "drag":
        drag(viewer, meaning, before, gesture);
        return;
      case "drag_cancel":
        if (meaning === "scroll") viewer.show(before.position);
        if (meaning === "window") viewer.choose(before.choice);
        meaning = undefined;
        return;
      case "pinch":
        viewer.pan(gesture.stepX, gesture.stepY);
        viewer.zoom(gesture.ratio, gesture.x, gesture.y);
        return;
      case "double_tap":
        viewer.toggleZoom(gesture.x, gesture.y);
        return;
      case "wheel":
        if (gesture.zoom || viewer.state.frames < 2) {
          viewer.zoom(Math.exp(-gesture.delta / 300), gesture.x, gesture.y);
          return;
        }
        wheelLeft += gesture.delta;
        {
          const steps = Math.abs(gesture.delta) >= 50 ? Math.sign(gesture.delta) : Math.trunc(wheelLeft / 30);
          if (steps === 0) return;
          wheelLeft = 0;
          viewer.show(viewer.state.position + steps);
        }
        return;
      default:
        return;
    }
  };
}

function drag(
  viewer: Viewer,
  meaning: Meaning | undefined,
  before: Viewer["state"],
  { dx, dy, stepX, stepY }: Extract<SurfaceGesture, { type: "drag" }>,
): void {
  if (meaning === "scroll") {
    const each = pixelsAFrame(viewer.stageHeight, before.frames);
    viewer.show(before.position + Math.trunc(dy / each));
  } else if (meaning === "pan") {
    viewer.pan(stepX, stepY);
  } else if (meaning === "window") {
    viewer.choose({ kind: "window", name: "", ...draggedWindow(before, dx, dy) });
  }
}

export const KEYS: readonly (readonly [string, string])[] = [
  ["↑ ↓ ← → , .", "one image back, on"],
  ["space", "play, pause"],
  ["PgUp PgDn", "ten images"],
  ["Home End", "first, last image"],
  ["+ − 0", "larger, smaller, fit"],
  ["W", "window"],
  ["A", "automatic window"],
  ["N", "note"],
  ["S", "series"],
  ["I", "what is shown"],
  ["O", "overlays"],
  ["wheel · ctrl + wheel", "scroll · zoom"],
  ["right drag · middle drag", "window · pan"],
  ["Esc", "close"],
  ["?", "this list"],
];

const STEPS: Readonly<Record<string, number>> = {
  ArrowUp: -1,
  ArrowLeft: -1,
  ArrowDown: 1,
  ArrowRight: 1,
  PageUp: -10,
  PageDown: 10,
  ",": -1,
  ".": 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

const SHEETS = { w: "window", n: "note", s: "series", i: "badge", "?": "keys" } as const;

/** True when the key meant something. */
export function press(viewer: Viewer, key: string): boolean {
  const { state } = viewer;
  const step = STEPS[key];
  if (step !== undefined) {
    if (Math.abs(step) === 1 && viewer.cine?.step(step)) return true;
    const to = state.position + step;
    viewer.show(Number.isFinite(to) ? to : step < 0 ? 1 : state.frames);
    return true;
  }
  const lower = key.toLowerCase();
  const sheet = SHEETS[lower as keyof typeof SHEETS];
  if (sheet) {
    viewer.open(state.sheet === sheet ? null : sheet);
    return true;
  }
  const { x, y } = viewer.middle();
  const acts: Readonly<Record<string, () => void>> = {
    "+": () => viewer.zoom(1.25, x, y),
    "=": () => viewer.zoom(1.25, x, y),
    "-": () => viewer.zoom(0.8, x, y),
    "0": () => viewer.fit(),
    " ": () => void viewer.play(),
    a: () => viewer.chooseAuto(),
    o: () => viewer.set({ overlays: !state.overlays }),
    escape: () => viewer.open(null),
  };
  acts[lower]?.();
  return lower in acts;
}
