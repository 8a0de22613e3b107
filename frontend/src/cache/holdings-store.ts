/**
 * Segments beyond the page's life: what was held of the studies read last, in IndexedDB, within a byte budget.
 *
 * A frame is one record, written again some moments after it grew. Whether anything is kept of a study must be known
 * before the socket is opened, so the names of the studies kept stand in localStorage as well. There is no encryption
 * before there is sign-in, which brings the key; therefore nothing but pixels and their manifests is kept: no name, no
 * number, no date of any patient.
 */

import type { HeldFrame, KeptFrame, KeptSegment } from "../streaming/holdings";
import { readManifest, writeManifest } from "../streaming/manifest";
import { frameId } from "../streaming/vocabulary";
import { answer, kept, openDatabase } from "./database";
import { HELD_INDEX, heldStudies } from "./lazy-store";

export const STORE_BUDGET = 64 * 1024 * 1024;
/** A frame that grew is written after this long; the page that ends meanwhile loses no more than that. */
export const WRITE_MS = 500;

/** What is asked of a store. */
export interface KeptStudies {
  /** Something of the study is kept. Known at once. */
  has(study: string): boolean;
  read(study: string): Promise<KeptFrame[]>;
  /** Keeps what is held of a frame, now and as it is a moment later. */
  keep(study: string, frame: HeldFrame): void;
}

interface FrameRecord {
  readonly id: string;
  readonly study: string;
  readonly bytes: number;
  readonly manifest: unknown;
  readonly segments: readonly KeptSegment[];
}

interface StudyRecord {
  readonly study: string;
  readonly bytes: number;
  /** When it was read last, in milliseconds since 1970. */
  readonly at: number;
}

export class HoldingsStore implements KeptStudies {
  readonly #database: Promise<IDBDatabase>;
  readonly #budget: number;
  readonly #grown = new Map<string, { readonly study: string; readonly frame: HeldFrame }>();
  readonly #written = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #studies: Set<string>;

  constructor(budget = STORE_BUDGET, name = "firstlight-holdings") {
    this.#budget = budget;
    this.#studies = new Set(heldStudies());
    // Within a promise: where there is no IndexedDB at all, the call itself throws.
    this.#database = Promise.resolve().then(() =>
      openDatabase(name, (made) => {
        made.createObjectStore("frames", { keyPath: "id" }).createIndex("study", "study");
        made.createObjectStore("studies", { keyPath: "study" });
      }),
    );
    this.#database.catch(() => undefined);
    globalThis.document?.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") void this.flush();
    });
  }

  has(study: string): boolean {
    return this.#studies.has(study);
  }

  async read(study: string): Promise<KeptFrame[]> {
    try {
      const database = await this.#database;
      const frames = database.transaction("frames").objectStore("frames");
      const records = await answer<FrameRecord[]>(frames.index("study").getAll(study));
      readNow(database, study).catch(() => undefined);
      return records.flatMap((record) => {
        this.#written.set(record.id, record.bytes);
        return sound(record);
      });
    } catch {
      return []; // what cannot be read is sent again
    }
  }

  keep(study: string, frame: HeldFrame): void {
    const id = frameId(frame.key);
    if (this.#written.get(id) === frame.bytes) return;
    this.#grown.set(id, { study, frame });
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_MS);
  }

  /** Writes what grew. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const grown = [...this.#grown];
    this.#grown.clear();
    if (!grown.length) return;
    const records = grown.map(([id, { study, frame }]) => recordOf(id, study, frame));
    try {
      await this.#write(records);
    } catch {
      return; // the disk is full or closed to us: the page goes on without
    }
    for (const { id, bytes } of records) this.#written.set(id, bytes);
  }

  async #write(records: readonly FrameRecord[]): Promise<void> {
    const database = await this.#database;
    const transaction = database.transaction(["frames", "studies"], "readwrite", { durability: "relaxed" });
    const done = kept(transaction);
    done.catch(() => undefined); // what failed is told by the request that did
    const frames = transaction.objectStore("frames");
    const studies = transaction.objectStore("studies");
    for (const record of records) {
      const before = (await answer<FrameRecord | undefined>(frames.get(record.id)))?.bytes ?? 0;
      const { bytes = 0 } = (await answer<StudyRecord | undefined>(studies.get(record.study))) ?? {};
      await answer(frames.put(record));
      await answer(studies.put({ study: record.study, bytes: bytes + record.bytes - before, at: Date.now() }));
    }
    const newest = (await answer<StudyRecord[]>(studies.getAll())).sort((one, other) => other.at - one.at);
    let sum = 0;
    for (const { study, bytes } of newest) {
      sum += bytes;
      // The oldest study goes first, as a whole; the one being read stays, whatever it takes.
      if (sum <= this.#budget || study === newest[0]?.study) continue;
      sum -= bytes;
      await answer(studies.delete(study));
      for (const id of await answer(frames.index("study").getAllKeys(study))) await answer(frames.delete(id));
    }
    const left = (await answer(studies.getAllKeys())) as string[];
    await done;
    this.#studies = new Set(left);
    index([...this.#studies]);
  }
}

/** The study is the youngest now, though nothing of it may ever be written again. */
async function readNow(database: IDBDatabase, study: string): Promise<void> {
  const studies = database.transaction("studies", "readwrite").objectStore("studies");
  const record = await answer<StudyRecord | undefined>(studies.get(study));
  if (record) await answer(studies.put({ ...record, at: Date.now() }));
}

function recordOf(id: string, study: string, frame: HeldFrame): FrameRecord {
  const { manifest, bytes } = frame;
  return { id, study, bytes, manifest: writeManifest(manifest), segments: frame.kept() };
}

/** Records of an older version of the page are of no use. */
function sound({ manifest, segments }: FrameRecord): KeptFrame[] {
  try {
    if (!segments.every(({ bytes }) => bytes instanceof Uint8Array)) return [];
    return [{ manifest: readManifest(manifest), segments }];
  } catch {
    return [];
  }
}

function index(studies: readonly string[]): void {
  try {
    localStorage.setItem(HELD_INDEX, JSON.stringify(studies));
  } catch {
    // Then the next page begins anew.
  }
}
