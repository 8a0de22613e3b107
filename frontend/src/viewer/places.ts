/** Finding one's way in a study: between a place (series, position from 1) and a frame's key. */

import { type Place, stackLength } from "../streaming/stack";
import type { FrameKey } from "../streaming/vocabulary";
import type { SeriesLayout, StudyLayout } from "../streaming/wire";

export { stackLength };

export function seriesOf(study: StudyLayout, series: string): SeriesLayout | undefined {
  return study.series.find((each) => each.series === series);
}

/** The frame at a position of a series' stack, or undefined beyond its ends. */
export function frameAt(study: StudyLayout, series: string, position: number): FrameKey | undefined {
  let left = position;
  for (const { instance, frames } of seriesOf(study, series)?.instances ?? []) {
    if (left >= 1 && left <= frames) return { instance, frame: left };
    left -= frames;
  }
  return undefined;
}

/** A multi-frame image in a stack, and where its first frame stands. */
export interface Cine {
  readonly instance: string;
  readonly first: number;
  readonly frames: number;
}

/** The multi-frame image at a position of a series' stack, if there is one. */
export function cineAt(study: StudyLayout, series: string, position: number): Cine | undefined {
  let first = 1;
  for (const { instance, frames } of seriesOf(study, series)?.instances ?? []) {
    if (position < first + frames) return frames > 1 ? { instance, first, frames } : undefined;
    first += frames;
  }
  return undefined;
}

/** Where a frame stands in the study, or undefined where the layout does not have it. */
export function placeOf(study: StudyLayout, key: FrameKey): Place | undefined {
  for (const { series, instances } of study.series) {
    let before = 0;
    for (const { instance, frames } of instances) {
      if (instance === key.instance) return { series, position: before + key.frame };
      before += frames;
    }
  }
  return undefined;
}
