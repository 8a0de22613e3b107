/**
 * The outbox: notes that the server has not yet said to be durable, kept on this phone.
 *
 * A note is put here before anything is sent and taken out only when it is stored. Where the browser has
 * no IndexedDB the outbox lives in memory and says so (`durable`).
 */

import { answer, kept, openDatabase } from "../cache/database";
import type { Note } from "../streaming/wire";

export interface Pending {
  readonly id: string;
  /** Study Instance UID. */
  readonly study: string;
  readonly note: Note;
  /** The server's sentence when it will never take the note as it is; the text is kept for editing. */
  readonly refused?: string;
}

export interface Outbox {
  /** What is put here outlives the page. */
  readonly durable: boolean;
  put(pending: Pending): Promise<void>;
  remove(id: string): Promise<void>;
  /** Oldest first; of one study or of all. */
  list(study?: string): Promise<readonly Pending[]>;
}

class StoredOutbox implements Outbox {
  readonly durable = true;

  constructor(readonly database: IDBDatabase) {}

  async put(pending: Pending): Promise<void> {
    // "strict": the promise is kept only once the note is on the disk, not in its cache.
    const transaction = this.database.transaction("notes", "readwrite", { durability: "strict" });
    transaction.objectStore("notes").put(pending);
    await kept(transaction);
  }

  async remove(id: string): Promise<void> {
    const transaction = this.database.transaction("notes", "readwrite");
    transaction.objectStore("notes").delete(id);
    await kept(transaction);
  }

  async list(study?: string): Promise<readonly Pending[]> {
    const notes = this.database.transaction("notes").objectStore("notes");
    return byAge(await answer<Pending[]>(study === undefined ? notes.getAll() : notes.index("study").getAll(study)));
  }
}

class MemoryOutbox implements Outbox {
  readonly durable = false;
  readonly #notes = new Map<string, Pending>();

  put(pending: Pending): Promise<void> {
    this.#notes.set(pending.id, pending);
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.#notes.delete(id);
    return Promise.resolve();
  }

  list(study?: string): Promise<readonly Pending[]> {
    const all = [...this.#notes.values()];
    return Promise.resolve(byAge(all.filter((each) => !study || each.study === study)));
  }
}

function byAge(notes: Pending[]): Pending[] {
  return notes.sort((a, b) => a.note.written_at.localeCompare(b.note.written_at));
}

/** Private windows and full disks refuse IndexedDB: then the notes last as long as the page. */
export async function openOutbox(name = "firstlight-outbox"): Promise<Outbox> {
  try {
    const database = await openDatabase(name, (made) => {
      made.createObjectStore("notes", { keyPath: "id" }).createIndex("study", "study");
    });
    return new StoredOutbox(database);
  } catch {
    return new MemoryOutbox();
  }
}
