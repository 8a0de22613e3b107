/** The stack of a series: its instances' frames in the layout's order; a position counts from 1 through it. */

import type { FrameKey } from "./vocabulary";
import type { SeriesLayout } from "./wire";

export interface Place {
  readonly series: string;
  readonly position: number;
}

export function stackLength(series: SeriesLayout): number {
  return series.instances.reduce((sum, each) => sum + each.frames, 0);
}

/** The stack's frames in order; position 1 is the first. */
export function framesOf(series: SeriesLayout): FrameKey[] {
  return series.instances.flatMap(({ instance, frames }) =>
    Array.from({ length: frames }, (_, index) => ({ instance, frame: index + 1 })),
  );
}
