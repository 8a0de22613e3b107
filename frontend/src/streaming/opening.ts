/** What a study, or a connection, is opened with: the twin of `streaming/wire/opening.py`. */

import type { Manifest } from "./manifest";
import { fittedScale, whole } from "./viewport";
import { PROTOCOL_VERSION } from "./vocabulary";
import type { Opening, Viewport } from "./wire";

export type Looked = Omit<Viewport, "generation">;

/** Which study, and where in it. */
export interface StudyPlace {
  readonly study: string;
  /** Null: its first. */
  readonly series: string | null;
  readonly position: number;
}

/** The picture's room on the screen, in device pixels. */
export interface ScreenSize {
  readonly width: number;
  readonly height: number;
}

/** What a page knows of the study it was loaded with. */
export interface PageKnows {
  /** The opening frame's manifest. */
  readonly have?: Manifest | null;
  /** The study's layout is as of this sequence number. */
  readonly layout?: number | null;
}

/** The size as the protocol takes it. */
export function screenOf({ width, height }: ScreenSize): ScreenSize {
  const side = (pixels: number): number => Math.max(1, Math.min(16_384, Math.round(pixels)));
  return { width: side(width), height: side(height) };
}

/** Query of the opening request, without the question mark. */
export function writeOpening({ fresh, ...rest }: Opening): string {
  const query = Object.entries({ v: PROTOCOL_VERSION, fresh: fresh ? 1 : 0, ...rest });
  return query.flatMap(([name, value]) => (value === null ? [] : `${name}=${value}`)).join("&");
}

/**
 * What is looked at first; null while the series is not known. Without a manifest the size is not known: a region
 * that no frame exceeds, coarse until it is.
 */
export function firstLook({ series, position }: StudyPlace, screen: ScreenSize, have: Manifest | null): Looked | null {
  if (series === null) return null;
  return {
    series,
    position,
    region: have ? [...whole(have)] : [0, 0, 65_535, 65_535],
    scale: have ? fittedScale(have, screen.width, screen.height) : 1 / 4,
    window: null,
    speed: 0,
    saver: false,
    readable: false,
    paused: false,
  };
}
