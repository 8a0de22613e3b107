/**
 * What to decode next. Nothing is queued: whenever a worker is free, the best job is chosen from what is looked at and
 * held at that moment, so superseded work never exists.
 */

import type { Manifest } from "../streaming/manifest";
import { hasWindowPlane, shownPlanes } from "../streaming/quality";
import {
  discardedResolutions,
  type Region,
  resolutionsOf,
  shownResolutions,
  visibleTiles,
} from "../streaming/viewport";
import { Coding, type WindowLevel } from "../streaming/vocabulary";
import type { FrameRecord } from "./frame-record";

export interface Focus {
  readonly region: Region;
  readonly scale: number;
  readonly window: WindowLevel | null;
}

export interface Job {
  readonly record: FrameRecord;
  readonly tile: number;
  /** Resolutions discarded. */
  readonly level: number;
  /** Layers held for each resolution when the job was made. */
  readonly held: readonly number[];
  /** Compare the digest: level 0 with everything held. */
  readonly compare: boolean;
  /** The picture is wanted, not only the comparison. */
  readonly keep: boolean;
}

/** The frame looked at, then its neighbours while there is room for their pictures; null when nothing is to be done. */
export function nextJob(current: FrameRecord | undefined, neighbours: Iterable<FrameRecord>, focus: Focus): Job | null {
  const first = current && !current.lost ? currentJob(current, focus) : null;
  return first ?? neighbourJob(neighbours, focus);
}

function currentJob(record: FrameRecord, focus: Focus): Job | null {
  const places = visibleTiles(record.manifest.tiles, focus.region);
  let best: Job | null = null;
  let least = Infinity;
  for (const tile of places) {
    const job = record.running.has(tile) ? null : showJob(record, tile, focus, 1);
    const shown = record.tiles[tile]?.layers ?? -1;
    if (job && shown < least) {
      best = job;
      least = shown;
    }
  }
  return best ?? compareJob(record, places) ?? compareJob(record, record.manifest.tiles.keys());
}

function neighbourJob(neighbours: Iterable<FrameRecord>, focus: Focus): Job | null {
  for (const record of neighbours) {
    if (record.lost) continue;
    for (const tile of visibleTiles(record.manifest.tiles, focus.region)) {
      if (record.running.has(tile)) continue;
      // A whole layer more, not each segment: what is not looked at need not follow every byte.
      const job = showJob(record, tile, focus, record.tiles[tile] ? resolutionsOf(record.manifest, tile) : 1);
      if (job) return job;
    }
  }
  return null;
}

/**
 * Bytes held of the frame looked at that the decoder has still to take, jobs under way among them. Only what there is or
 * will be a job for: so it never stands still while the decoder is idle.
 */
export function backlogOf(record: FrameRecord | undefined, focus: Focus): number {
  let bytes = 0;
  if (!record || record.lost) return bytes;
  for (const tile of visibleTiles(record.manifest.tiles, focus.region)) {
    const job = showJob(record, tile, focus, 1) ?? comparison(record, tile);
    if (!job) continue;
    const shown = record.tiles[tile];
    const own = resolutionsOf(record.manifest, tile);
    // A whole tile is compared at full size: all of it is still to be taken.
    const top = record.whole(tile) && !record.verified[tile] ? own : own - job.level;
    for (let resolution = 0; resolution < top; resolution++) {
      const taken = shown && resolution < own - shown.level ? shown.held[resolution] : 0;
      for (const segment of record.held.segments(tile, resolution).slice(taken)) bytes += segment.length;
    }
  }
  return bytes;
}

/** A decode for the screen, where at least `gain` segments are held that the picture does not have yet. */
function showJob(record: FrameRecord, tile: number, focus: Focus, gain: number): Job | null {
  const { manifest } = record;
  const own = resolutionsOf(manifest, tile);
  if (!own || record.suspect.has(tile)) return null;
  const held = record.held.held(tile);
  let top = shownResolutions(own, discardedResolutions(focus.scale, manifest.resolutions)) - 1;
  while (top >= 0 && !held[top]) top--;
  if (top < 0 || !held[0]) return null;
  const shown = record.tiles[tile];
  let more = 0;
  for (let resolution = 0; resolution <= top; resolution++) {
    const before = shown && resolution < own - shown.level ? (shown.held[resolution] ?? 0) : 0;
    more += (held[resolution] ?? 0) - before;
  }
  const whole = record.whole(tile);
  if (!whole && needless(manifest, tile, Math.min(...held.slice(0, top + 1)), focus.window)) return null;
  // Shown finer than the screen now needs (the reader zoomed out), it counts as the layers of its finest resolution:
  // without that resolution it may have more, though not a segment of the others is new.
  const layers = Math.min(...held.slice(0, top + 1));
  const better = shown !== undefined && layers > shown.layers;
  if (!better && more < (whole ? 1 : gain)) return null;
  // What is whole keeps the resolution it has on the screen: the comparison is at full size in any case.
  const level = Math.min(own - 1 - top, whole && shown ? shown.level : Infinity);
  return { record, tile, level, held, compare: level === 0 && whole && !record.verified[tile], keep: true };
}

/** A difference of which so little is held that its window plane alone is the better picture. */
function needless(manifest: Manifest, tile: number, layers: number, window: WindowLevel | null): boolean {
  const plane = manifest.tiles[tile]?.plane;
  if (!plane || !hasWindowPlane(manifest)) return false;
  return shownPlanes(manifest, [manifest.planes[0]?.layers.length ?? 1, layers], window).planes === 1;
}

function compareJob(record: FrameRecord, tiles: Iterable<number>): Job | null {
  for (const tile of tiles) {
    const job = record.running.has(tile) ? null : comparison(record, tile);
    if (job) return job;
  }
  return null;
}

/** A comparison at full size, of a tile of which everything is held. */
function comparison(record: FrameRecord, tile: number): Job | null {
  if (record.verified[tile] || !record.whole(tile)) return null;
  const keep = record.manifest.coding === Coding.JPEG_SCANS;
  return { record, tile, level: 0, held: record.held.held(tile), compare: true, keep };
}
