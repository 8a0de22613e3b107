/** Decoded tiles within a byte budget: the farthest frames' tiles go first. */

import type { FrameRecord } from "../decode/frame-record";
import { decodedBytes } from "../decode/tile";

export const DECODED_BUDGET = 48 * 1024 * 1024;

/** Bytes of the decoded tiles of a frame; constant tiles weigh next to nothing and never go. */
export function bytesOf(record: FrameRecord): number {
  return record.tiles.reduce((sum, tile) => sum + (tile?.held.length ? decodedBytes(tile) : 0), 0);
}

/** Bytes that all tiles of a frame take decoded at a level. */
export function bytesAt(record: FrameRecord, level: number): number {
  const { rows, columns, samples_per_pixel, coding } = record.manifest;
  const each = coding === "jpeg-scans" ? 4 : 2 * samples_per_pixel;
  return (rows * columns * each) / 4 ** level;
}

/**
 * Evicts tiles of the farthest frames until the rest fits the budget; frames at `keep` or nearer stay.
 * Returns the frames that lost something.
 */
export function evictDecoded(
  records: Iterable<FrameRecord>,
  budget: number,
  distance: (record: FrameRecord) => number,
  keep = 0,
): FrameRecord[] {
  const held = [...records].map((record) => ({ record, bytes: bytesOf(record), far: distance(record) }));
  let sum = held.reduce((total, { bytes }) => total + bytes, 0);
  const lost: FrameRecord[] = [];
  for (const { record, bytes, far } of held.sort((one, other) => (one.far > other.far ? -1 : 1))) {
    if (sum <= budget) break;
    if (!bytes || far <= keep) continue;
    sum -= bytes;
    record.tiles.forEach((tile, index) => {
      if (!tile?.held.length) return;
      if ("close" in tile.data) tile.data.close();
      record.tiles[index] = undefined;
    });
    lost.push(record);
  }
  return lost;
}
