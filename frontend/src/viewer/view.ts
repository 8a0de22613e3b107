/**
 * Where the frame lies on the stage: pure arithmetic. Stage sizes in CSS pixels, scales in device pixels.
 *
 * A view does not know the frame's size: its middle is a share of the frame and its zoom is relative to
 * the fit, so that it holds through a stack of unlike frames.
 */

import type { Placement } from "../render/tiles";

export interface View {
  /** 1 fits the frame into its room. */
  readonly zoom: number;
  /** The place of the frame in the middle of the room, as shares of its width and height. */
  readonly middleX: number;
  readonly middleY: number;
}

/** The room on the stage that a fitted frame takes: letterbox text lies outside it. */
export interface Stage {
  readonly width: number;
  readonly height: number;
  readonly inset: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
  /** Device pixels a CSS pixel. */
  readonly density: number;
}

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
  /** Height and width of one pixel, in any common unit. */
  readonly aspect: readonly [number, number];
}

export const FIT: View = { zoom: 1, middleX: 0.5, middleY: 0.5 };
/** Device pixels of one frame pixel at most. */
const MOST_SCALE = 32;

function room(stage: Stage): { x: number; y: number; width: number; height: number } {
  const { left, top, right, bottom } = stage.inset;
  const width = Math.max(1, stage.width - left - right);
  const height = Math.max(1, stage.height - top - bottom);
  return { x: left + width / 2, y: top + height / 2, width, height };
}

/** The frame's shape when its smaller pixel side counts as one: width, height in squares. */
function shape({ columns, rows, aspect }: FrameSize): { width: number; height: number } {
  const tall = aspect[0] / aspect[1];
  return tall >= 1 ? { width: columns, height: rows * tall } : { width: columns / tall, height: rows };
}

/** CSS pixels of one square of the frame when fitted. */
function fitScale(stage: Stage, frame: FrameSize): number {
  const { width, height } = room(stage);
  const whole = shape(frame);
  return Math.min(width / whole.width, height / whole.height);
}

/** In device pixels of the stage. */
export function placementOf(view: View, stage: Stage, frame: FrameSize): Placement {
  const scale = fitScale(stage, frame) * view.zoom * stage.density;
  const whole = shape(frame);
  const scaleX = (scale * whole.width) / frame.columns;
  const scaleY = (scale * whole.height) / frame.rows;
  const middle = room(stage);
  return {
    scaleX,
    scaleY,
    x: middle.x * stage.density - view.middleX * frame.columns * scaleX,
    y: middle.y * stage.density - view.middleY * frame.rows * scaleY,
  };
}

/** Zoom at which one frame pixel is one device pixel. */
export function oneToOne(stage: Stage, frame: FrameSize): number {
  return 1 / (fitScale(stage, frame) * stage.density);
}

/** A view with its zoom and middle inside their limits: the frame never leaves its room. */
export function limited(view: View, stage: Stage, frame: FrameSize): View {
  const most = Math.max(4, MOST_SCALE * oneToOne(stage, frame));
  const zoom = Math.min(Math.max(view.zoom, 1), most);
  const { width, height } = room(stage);
  const whole = shape(frame);
  const scale = fitScale(stage, frame) * zoom;
  const hold = (middle: number, size: number, space: number) => {
    const half = Math.min(0.5, space / (2 * size * scale));
    return Math.min(Math.max(middle, half), 1 - half);
  };
  return {
    zoom,
    middleX: hold(view.middleX, whole.width, width),
    middleY: hold(view.middleY, whole.height, height),
  };
}

/** Zooms about a point of the stage (CSS pixels), which keeps its place under the fingers. */
export function zoomedAbout(view: View, stage: Stage, frame: FrameSize, ratio: number, x: number, y: number): View {
  const most = Math.max(4, MOST_SCALE * oneToOne(stage, frame));
  const zoom = Math.min(Math.max(view.zoom * ratio, 1), most);
  const at = room(stage);
  const whole = shape(frame);
  const scale = fitScale(stage, frame);
  const shift = (1 / view.zoom - 1 / zoom) / scale;
  const middleX = view.middleX + ((x - at.x) * shift) / whole.width;
  const middleY = view.middleY + ((y - at.y) * shift) / whole.height;
  return limited({ zoom, middleX, middleY }, stage, frame);
}

/** Moves the frame by CSS pixels. */
export function panned(view: View, stage: Stage, frame: FrameSize, dx: number, dy: number): View {
  const whole = shape(frame);
  const scale = fitScale(stage, frame) * view.zoom;
  const middleX = view.middleX - dx / (scale * whole.width);
  const middleY = view.middleY - dy / (scale * whole.height);
  return limited({ ...view, middleX, middleY }, stage, frame);
}

/** Double tap: to 1:1 about the point, or to twice the fit where 1:1 is smaller; back to the fit when zoomed. */
export function toggled(view: View, stage: Stage, frame: FrameSize, x: number, y: number): View {
  if (view.zoom > 1.01) return FIT;
  const ratio = oneToOne(stage, frame);
  return zoomedAbout(view, stage, frame, ratio > 1.2 ? ratio : 2, x, y);
}

/** Left, top, right, bottom of what is on the stage, in frame pixels. */
export function regionOf(
  placement: Placement,
  stage: Stage,
  frame: FrameSize,
): readonly [number, number, number, number] {
  const side = (offset: number, scale: number, length: number, whole: number) => {
    const from = Math.min(Math.max(-offset / scale, 0), whole - 1);
    const to = Math.max(Math.min((length - offset) / scale, whole), from + 1);
    return [from, to] as const;
  };
  const across = side(placement.x, placement.scaleX, stage.width * stage.density, frame.columns);
  const down = side(placement.y, placement.scaleY, stage.height * stage.density, frame.rows);
  return [across[0], down[0], across[1], down[1]];
}
