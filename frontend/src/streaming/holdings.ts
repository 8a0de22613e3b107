/**
 * What this viewer holds of each Frame: segments, and the beginnings of segments. The twin of `streaming/holdings.py`,
 * which keeps numbers only; here the bytes themselves lie in the grid.
 *
 * A cell is one tile at one resolution. The grid is always tiles x resolutions of the manifest, tile-major; cells
 * that do not exist (constant tiles, small tiles with fewer resolutions) stay empty. In a cell, layers are held as a
 * prefix, and of the next layer perhaps a beginning.
 */

import { WireError } from "./errors";
import type { Manifest } from "./manifest";
import type { SegmentSlice } from "./slices";
import { type FrameKey, frameId, MAX_CONTROL_BYTES } from "./vocabulary";
import type { FrameHoldingsStated } from "./wire";

/** Of the bytes that a message may have, what is left for all but the holdings. */
const ROOM_BESIDE = 48 * 1024;

interface Cell {
  readonly segments: Uint8Array<ArrayBuffer>[];
  /** Room for the whole next segment, of which `filled` bytes are here. */
  next: Uint8Array<ArrayBuffer> | null;
  filled: number;
}

/** A segment or its beginning, as it may be kept beyond the page's life and put back. */
export interface KeptSegment {
  readonly tile: number;
  readonly resolution: number;
  readonly layer: number;
  /** Bytes of the whole segment. */
  readonly total: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface KeptFrame {
  readonly manifest: Manifest;
  readonly segments: Iterable<KeptSegment>;
}

/** What `hello` and `open` say of frames. */
export interface Stated {
  readonly holdings: FrameHoldingsStated[];
  /** Ids. */
  readonly manifests: string[];
}

/** What a slice did: nothing new, some bytes more, or a whole segment more. */
export type Taken = "nothing" | "more" | "segment";

/** What is held of one frame under one manifest. */
export class HeldFrame {
  readonly key: FrameKey;
  readonly manifest: Manifest;
  /** Bytes held, beginnings included. */
  bytes = 0;
  /**
   * Something was thrown away since the connection began, so slices that were under way then may come
   * out of order; they are passed over until the server begins the cell again.
   */
  unsettled = false;
  readonly #cells = new Map<number, Cell>();

  constructor(manifest: Manifest) {
    this.key = { instance: manifest.instance, frame: manifest.frame };
    this.manifest = manifest;
  }

  /** Whole segments of a cell, coarsest layer first. */
  segments(tile: number, resolution: number): readonly Uint8Array<ArrayBuffer>[] {
    return this.#cells.get(this.#index(tile, resolution))?.segments ?? [];
  }

  layers(tile: number, resolution: number): number {
    return this.segments(tile, resolution).length;
  }

  /** Layers held for each resolution of a tile, smallest first. */
  held(tile: number): number[] {
    const { resolutions } = this.manifest;
    return Array.from({ length: resolutions }, (_, resolution) => this.layers(tile, resolution));
  }

  /** Takes a slice in; raises WireError where it leaves a gap or is not of this frame. */
  take(slice: SegmentSlice): Taken {
    const { tile, resolution, layer, total, offset, data } = slice;
    const place = this.manifest.tiles[tile];
    if (!place || resolution >= this.manifest.resolutions || total > (place.bytes[layer] ?? 0)) {
      throw new WireError("A slice is of a segment that its frame does not have.");
    }
    const index = this.#index(tile, resolution);
    const cell = this.#cells.get(index) ?? { segments: [], next: null, filled: 0 };
    if (layer < cell.segments.length) return "nothing";
    if (layer > cell.segments.length || offset > cell.filled) {
      if (this.unsettled) return "nothing";
      throw new WireError("A slice does not follow on what was sent before it.");
    }
    if (cell.next && cell.next.length !== total) throw new WireError("A segment changed its length.");
    const fresh = data.subarray(cell.filled - offset);
    if (!fresh.length) return "nothing";
    this.#cells.set(index, cell);
    cell.next ??= new Uint8Array(total);
    cell.next.set(fresh, cell.filled);
    cell.filled += fresh.length;
    this.bytes += fresh.length;
    if (cell.filled < total) return "more";
    cell.segments.push(cell.next);
    cell.next = null;
    cell.filled = 0;
    return "segment";
  }

  /** Everything held; layers of a cell rise, a beginning is its last. The bytes are copies where they may still change. */
  kept(): KeptSegment[] {
    const { resolutions } = this.manifest;
    return [...this.#cells].flatMap(([index, { segments, next, filled }]) => {
      const cell = { tile: Math.floor(index / resolutions), resolution: index % resolutions };
      const whole = segments.map((bytes, layer) => ({ ...cell, layer, total: bytes.length, bytes }));
      if (!next) return whole;
      return [...whole, { ...cell, layer: whole.length, total: next.length, bytes: next.slice(0, filled) }];
    });
  }

  /** Puts a segment back; one that cannot be, or does not follow on what is held, is left out. */
  put({ tile, resolution, layer, total, bytes }: KeptSegment): void {
    const place = this.manifest.tiles[tile];
    const exists = place && Number.isInteger(resolution) && resolution >= 0 && resolution < this.manifest.resolutions;
    const fits = Number.isInteger(total) && bytes.length > 0 && bytes.length <= total;
    if (!exists || !fits || total > (place.bytes[layer] ?? 0)) return;
    const begun = this.#cells.get(this.#index(tile, resolution))?.next;
    if (begun || layer !== this.layers(tile, resolution)) return;
    this.take({ handle: 0, tile, resolution, layer, total, offset: 0, data: bytes });
  }

  /** Throws away everything held of a tile. */
  forget(tile: number): void {
    this.unsettled = true;
    for (let resolution = 0; resolution < this.manifest.resolutions; resolution++) {
      const index = this.#index(tile, resolution);
      const cell = this.#cells.get(index);
      if (!cell) continue;
      this.bytes -= cell.segments.reduce((sum, each) => sum + each.length, cell.filled);
      this.#cells.delete(index);
    }
  }

  /** Throws away every segment; the manifest stays. Returns the bytes set free. */
  clear(): number {
    const free = this.bytes;
    this.#cells.clear();
    this.bytes = 0;
    this.unsettled = true;
    return free;
  }

  /** What `hello` says of this frame. */
  stated(): FrameHoldingsStated {
    const { tiles, resolutions, id } = this.manifest;
    const runs: [count: number, layers: number][] = [];
    const partial: [number, number, number, number][] = [];
    for (let index = 0; index < tiles.length * resolutions; index++) {
      const cell = this.#cells.get(index);
      const layers = cell?.segments.length ?? 0;
      const run = runs[runs.length - 1];
      if (run?.[1] === layers) run[0]++;
      else runs.push([1, layers]);
      if (cell?.filled) {
        partial.push([Math.floor(index / resolutions), index % resolutions, layers, cell.filled]);
      }
    }
    const held = runs.map(([count, layers]) => `${count}:${layers}`).join(",");
    return { ...this.key, manifest: id, held, partial };
  }

  #index(tile: number, resolution: number): number {
    return tile * this.manifest.resolutions + resolution;
  }
}

/** Every frame of which a manifest is known, with what is held of it. */
export class Holdings {
  readonly #frames = new Map<string, HeldFrame>();

  get(key: FrameKey): HeldFrame | undefined {
    return this.#frames.get(frameId(key));
  }

  /** The frame under this manifest; what was held under another is void. */
  begin(manifest: Manifest): HeldFrame {
    const id = frameId(manifest);
    const before = this.#frames.get(id);
    if (before?.manifest.id === manifest.id) return before;
    const frame = new HeldFrame(manifest);
    this.#frames.set(id, frame);
    return frame;
  }

  /** Puts back what was kept of a frame; what is held meanwhile, or coded otherwise, stays as it is. */
  restore({ manifest, segments }: KeptFrame): HeldFrame | null {
    const known = this.#frames.get(frameId(manifest));
    if (known && (known.bytes || known.manifest.id !== manifest.id)) return null;
    const frame = this.begin(manifest);
    for (const segment of segments) frame.put(segment);
    return frame;
  }

  /** A new connection begins: nothing is under way. */
  settle(): void {
    for (const frame of this.#frames.values()) frame.unsettled = false;
  }

  [Symbol.iterator](): IterableIterator<HeldFrame> {
    return this.#frames.values();
  }
}

/** States frames, the youngest first, as far as a message has room. */
export function stateFrames(frames: Iterable<HeldFrame>): Stated {
  const holdings: FrameHoldingsStated[] = [];
  const manifests: string[] = [];
  let room = MAX_CONTROL_BYTES - ROOM_BESIDE;
  for (const frame of [...frames].reverse()) {
    manifests.push(frame.manifest.id);
    if (!frame.bytes) continue;
    const stated = frame.stated();
    room -= JSON.stringify(stated).length + 20;
    // What is not stated would be sent again, and passed over: dearer, never wrong.
    if (room < 0) break;
    holdings.push(stated);
  }
  return { holdings, manifests };
}
