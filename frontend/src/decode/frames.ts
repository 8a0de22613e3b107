/** Every frame's decoded state: chooses what to decode, takes the pictures in, and says what the screen may claim. */

import { bytesAt, bytesOf, DECODED_BUDGET, evictDecoded } from "../cache/decoded";
import { assemble } from "../streaming/assemble";
import type { HeldFrame } from "../streaming/holdings";
import { ratio, type Shown, shownQuality, totalBytes, type View } from "../streaming/quality";
import { joinScans } from "../streaming/scans";
import { discardedResolutions, resolutionsOf, visibleTiles } from "../streaming/viewport";
import { Coding, type FrameKey, frameId, Quality } from "../streaming/vocabulary";
import type { FrameState, Samples, Unavailable } from "../transport/frame-state";
import { channelsOf, FrameRecord } from "./frame-record";
import type { DecodeRequest } from "./messages";
import { backlogOf, type Job, nextJob } from "./planner";
import { DecodePool, type Outcome, type PoolOptions } from "./pool";
import { storedSamples } from "./samples";
import type { DecodedTile } from "./tile";

/** A tile is asked for again this often; then its frame cannot be shown. */
const MOST_AGAIN = 3;
/** Of the decoded budget, what pictures decoded ahead may fill. */
const AHEAD = 0.75;
const EXACT = { level: 0, layers: 0, verified: true } as const;
const RANK = { [Quality.PREVIEW]: 0, [Quality.LOSSY]: 1, [Quality.LOSSLESS]: 2 } as const;

export interface FramesOptions extends Pick<PoolOptions<Job>, "size" | "spawn" | "release" | "module"> {
  /** Bytes of decoded tiles kept. */
  readonly budget?: number | undefined;
  /** Frames between this one and the one looked at; Infinity in another series. */
  readonly distance: (key: FrameKey) => number;
  /** Frames to decode ahead, nearest first, without the one looked at. */
  readonly neighbours: () => Iterable<FrameKey>;
  readonly onTile: (key: FrameKey, decoded: DecodedTile) => void;
  /** Something of the frame's state changed. */
  readonly onChange: (key: FrameKey) => void;
  /** The tile's bytes are wrong: ask for them again. */
  readonly onAgain: (key: FrameKey, tile: number, reason: "digest" | "decode") => void;
  readonly onUnavailable: (key: FrameKey, reason: Unavailable) => void;
}

interface Export {
  readonly record: FrameRecord;
  readonly tiles: (DecodedTile | undefined)[];
  readonly settle: (samples: Samples) => void;
  readonly fail: (error: Error) => void;
}

export class Frames {
  readonly #options: FramesOptions;
  readonly #pool: DecodePool<Job>;
  readonly #records = new Map<string, FrameRecord>();
  readonly #unavailable = new Map<string, Unavailable>();
  readonly #states = new Map<string, FrameState>();
  readonly #again = new Map<string, number>();
  readonly #exports = new Set<Export>();
  /** Level-0 pictures for exports, which the screen's budget does not hold. */
  readonly #exportJobs = new Map<Job, Export>();
  #current: FrameKey | null = null;
  #view: View = { region: [0, 0, 1, 1], scale: 1, window: null };

  constructor(options: FramesOptions) {
    this.#options = options;
    this.#pool = new DecodePool<Job>({
      size: options.size,
      spawn: options.spawn,
      release: options.release,
      module: options.module,
      next: () => this.#next(),
      request: makeRequest,
      done: (job, outcome) => this.#done(job, outcome),
    });
  }

  /** A manifest is known: what was decoded under another one is void. */
  begin(held: HeldFrame): void {
    const id = frameId(held.key);
    if (this.#records.get(id)?.held === held) return;
    this.#records.set(id, new FrameRecord(held));
    this.#unavailable.delete(id);
    if (held.manifest.coding !== Coding.JPEG_SCANS) this.#pool.warm();
    this.#changed(held.key);
  }

  /** Bytes held of what is on the screen that the decoder has still to take. */
  get backlog(): number {
    return backlogOf(this.#looked, this.#view);
  }

  /** More is held of these frames. */
  grown(keys: Iterable<FrameKey>): void {
    for (const key of keys) this.#changed(key);
    this.#pool.wake();
  }

  /** The frames' segments were dropped: so are their pictures. */
  dropped(keys: Iterable<FrameKey>): void {
    for (const key of keys) {
      const id = frameId(key);
      const held = this.#records.get(id)?.held;
      if (held) this.#records.set(id, new FrameRecord(held));
      this.#changed(key);
    }
  }

  unavailable(key: FrameKey, reason: Unavailable): void {
    this.#unavailable.set(frameId(key), reason);
    this.#changed(key);
    this.#options.onUnavailable(key, reason);
  }

  lookAt(key: FrameKey, view: View): void {
    this.#current = key;
    this.#view = view;
    this.#changed(key);
    this.#pool.wake();
  }

  /** The frame's state; the same object until something changes. */
  state(key: FrameKey): FrameState | undefined {
    const id = frameId(key);
    const known = this.#states.get(id);
    if (known) return known;
    const record = this.#records.get(id);
    const unavailable = this.#unavailable.get(id) ?? null;
    if (!record && !unavailable) return undefined;
    const state = record ? this.#stateOf(record, unavailable) : nothingOf(key, unavailable);
    this.#states.set(id, state);
    return state;
  }

  /** Stored samples, once everything is held and verified. Rejects where the frame cannot be shown. */
  samples(key: FrameKey, held: HeldFrame): Promise<Samples> {
    this.begin(held);
    return new Promise((settle, fail) => {
      const record = this.#records.get(frameId(key));
      if (!record || record.lost) {
        fail(new Error(this.#unavailable.get(frameId(key))?.message ?? "The frame cannot be shown."));
        return;
      }
      // Tiles of one value need no decoder: a frame of nothing else is ready now.
      const tiles = record.tiles.map((tile) => (tile?.held.length === 0 ? tile : undefined));
      this.#exports.add({ record, tiles, settle, fail });
      this.#settle(record);
      this.#pool.wake();
    });
  }

  close(): void {
    this.#pool.close();
    for (const { fail } of this.#exports) fail(new Error("The study was closed."));
  }

  get #looked(): FrameRecord | undefined {
    return this.#current ? this.#records.get(frameId(this.#current)) : undefined;
  }

  #next(): Job | null {
    const job = this.#exportJob() ?? this.#viewJob();
    job?.record.running.add(job.tile);
    return job;
  }

  #viewJob(): Job | null {
    return nextJob(this.#looked, this.#ahead(), this.#view);
  }

  *#ahead(): Generator<FrameRecord> {
    let room = (this.#options.budget ?? DECODED_BUDGET) * AHEAD;
    for (const key of this.#options.neighbours()) {
      const record = this.#records.get(frameId(key));
      if (!record) continue;
      const level = discardedResolutions(this.#view.scale, record.manifest.resolutions);
      room -= Math.max(bytesOf(record), bytesAt(record, level));
      if (room < 0) return;
      yield record;
    }
  }

  #exportJob(): Job | null {
    for (const wanted of this.#exports) {
      const { record, tiles } = wanted;
      for (const tile of record.manifest.tiles.keys()) {
        if (record.running.has(tile)) continue;
        if (tiles[tile] || !record.whole(tile)) continue;
        const job = { record, tile, level: 0, held: record.held.held(tile), compare: true, keep: true };
        this.#exportJobs.set(job, wanted);
        return job;
      }
    }
    return null;
  }

  #done(job: Job, outcome: Outcome): void {
    const { record, tile } = job;
    const { key } = record.held;
    const wanted = this.#exportJobs.get(job);
    this.#exportJobs.delete(job);
    record.running.delete(tile);
    // The frame was dropped or is coded anew since: its picture is of no use.
    if (this.#records.get(frameId(key)) !== record) return;
    if (outcome.type === "failed") this.#failed(job, outcome.reason, outcome.message);
    else if (outcome.equal === false) this.#wrong(record, tile, "digest");
    else {
      if (outcome.equal) this.#verify(record, tile);
      const decoded = outcome.data && decodedTile(job, outcome.data);
      if (decoded && wanted) wanted.tiles[tile] = decoded;
      else if (decoded) this.#show(record, decoded);
    }
    this.#settle(record);
    this.#changed(key);
  }

  #show(record: FrameRecord, decoded: DecodedTile): void {
    const before = record.tiles[decoded.tile];
    if (before && !improves(before, decoded)) return;
    const shown = { ...decoded, verified: record.verified[decoded.tile] === true && record.whole(decoded.tile) };
    record.tiles[decoded.tile] = shown;
    const { budget = DECODED_BUDGET, distance } = this.#options;
    const lost = evictDecoded(this.#records.values(), budget, (each) => distance(each.held.key));
    for (const each of lost) {
      each.floor = Quality.PREVIEW;
      this.#changed(each.held.key);
    }
    this.#options.onTile(record.held.key, shown);
  }

  #verify(record: FrameRecord, tile: number): void {
    record.verified[tile] = true;
    const suspect = record.suspect.delete(tile);
    const shown = record.tiles[tile];
    if (!shown) return;
    // What a wrong segment may have left on the screen is decoded again; a picture of all layers is now known to be right.
    if (suspect) record.tiles[tile] = { ...shown, held: shown.held.map(() => 0) };
    else if (shown.layers === record.manifest.tiles[tile]?.bytes.length)
      record.tiles[tile] = { ...shown, verified: true };
  }

  #failed(job: Job, reason: "decode" | "worker" | "load", message: string): void {
    const { record, tile } = job;
    const id = `${frameId(record.held.key)}/${tile}/worker`;
    const deaths = reason === "worker" ? (this.#again.get(id) ?? 0) + 1 : 0;
    this.#again.set(id, deaths);
    if (reason === "decode" || deaths > 1) this.#wrong(record, tile, "decode");
    else if (reason === "load") this.#give(record, `This browser cannot run the image decoder (${message}).`);
  }

  #wrong(record: FrameRecord, tile: number, reason: "digest" | "decode"): void {
    const { key } = record.held;
    const id = `${frameId(key)}/${tile}`;
    const times = (this.#again.get(id) ?? 0) + 1;
    this.#again.set(id, times);
    record.suspect.add(tile);
    record.verified[tile] = false;
    if (times > MOST_AGAIN) {
      record.held.forget(tile);
      this.#give(record, "This image did not arrive as it was sent, several times. Load the page again.");
    } else this.#options.onAgain(key, tile, reason);
  }

  #give(record: FrameRecord, message: string): void {
    record.lost = true;
    this.unavailable(record.held.key, { code: "undecodable", message, mayRetry: false });
    for (const wanted of this.#exports) {
      if (wanted.record !== record) continue;
      this.#exports.delete(wanted);
      wanted.fail(new Error(message));
    }
  }

  /** Hands exports out that have all their tiles. */
  #settle(record: FrameRecord): void {
    for (const wanted of this.#exports) {
      const { manifest } = record;
      if (wanted.record !== record || !manifest.tiles.every((_, tile) => wanted.tiles[tile])) continue;
      this.#exports.delete(wanted);
      try {
        wanted.settle(storedSamples(manifest, wanted.tiles));
      } catch (error) {
        wanted.fail(error as Error);
      }
    }
  }

  #changed(key: FrameKey): void {
    this.#states.delete(frameId(key));
    this.#options.onChange(key);
  }

  #stateOf(record: FrameRecord, unavailable: Unavailable | null): FrameState {
    const { manifest, held, tiles } = record;
    const current = this.#current !== null && frameId(this.#current) === frameId(held.key);
    const view = current ? this.#view : { ...this.#view, region: [0, 0, manifest.columns, manifest.rows] as const };
    // Verified tiles off the screen count, though no picture is made of them until they are looked at.
    const visible = new Set(visibleTiles(manifest.tiles, view.region));
    const at = (tile: number) => (visible.has(tile) || !record.verified[tile] ? tiles[tile] : EXACT);
    const shown = shownQuality(manifest, at, view);
    // Lossless is the one claim that does not outlast its picture: a tile that comes into view is drawn first.
    if (RANK[shown.quality] > RANK[record.floor] || record.floor === Quality.LOSSLESS) record.floor = shown.quality;
    if (current) record.best = better(record.best, shown);
    return {
      key: held.key,
      manifest,
      tiles: [...tiles],
      quality: record.floor,
      rmse: record.floor === Quality.LOSSLESS ? 0 : shown.rmse,
      best: record.best,
      ratio: ratio(manifest, held.bytes),
      bytes: held.bytes,
      bytesToLossless: Math.max(0, totalBytes(manifest) - held.bytes),
      complete: record.complete,
      mismatch: record.suspect.size > 0,
      unavailable,
    };
  }
}

function nothingOf(key: FrameKey, unavailable: Unavailable | null): FrameState {
  const shown: Shown = { quality: Quality.PREVIEW, rmse: null };
  return {
    key,
    manifest: null,
    tiles: [],
    ...shown,
    best: shown,
    ratio: null,
    bytes: 0,
    bytesToLossless: 0,
    complete: false,
    mismatch: false,
    unavailable,
  };
}

function better(one: Shown, other: Shown): Shown {
  const rank = RANK[other.quality] - RANK[one.quality];
  return rank > 0 || (!rank && (other.rmse ?? Infinity) < (one.rmse ?? Infinity)) ? other : one;
}

/** Whether a picture has all that the one before it had, at the resolutions that both show. */
function improves(before: DecodedTile, after: DecodedTile): boolean {
  const shared = after.held.length - Math.max(before.level, after.level);
  const fewer = after.held.some((layers, resolution) => resolution < shared && layers < (before.held[resolution] ?? 0));
  return !fewer && (after.level <= before.level || after.layers > before.layers);
}

function makeRequest({ record, tile, level, held, compare, keep }: Job, id: number): DecodeRequest {
  const { manifest } = record;
  const place = manifest.tiles[tile];
  const header = manifest.headers[place?.header ?? -1];
  const segments = held.map((layers, resolution) => record.held.segments(tile, resolution).slice(0, layers));
  const size = (side = 0): number => Math.ceil(side / 2 ** level);
  const whole = compare || (record.whole(tile) && (level === 0 || manifest.coding === Coding.J2K_SOURCE));
  return {
    type: "decode",
    id,
    coding: manifest.coding,
    data:
      manifest.coding === Coding.JPEG_SCANS || !header
        ? joinScans(segments[0] ?? [])
        : assemble(header.data, header.packets, place?.bytes.length ?? 0, segments.slice(0, header.packets.length)),
    level,
    columns: size(place?.columns),
    rows: size(place?.rows),
    channels: channelsOf(manifest, tile),
    sha256: whole && place ? place.sha256 : null,
    keep,
  };
}

function decodedTile({ record, tile, level, held }: Job, data: DecodedTile["data"]): DecodedTile | null {
  const place = record.manifest.tiles[tile];
  if (!place) return null;
  const size = (side: number): number => Math.ceil(side / 2 ** level);
  const own = resolutionsOf(record.manifest, tile);
  return {
    plane: place.plane,
    tile,
    column: place.column,
    row: place.row,
    level,
    columns: size(place.columns),
    rows: size(place.rows),
    channels: "close" in data ? 4 : channelsOf(record.manifest, tile),
    data,
    layers: Math.min(...held.slice(0, own - level)),
    held,
    verified: false,
  };
}
