/** Making a note: its id is made here, on the phone, and is the same however often it is sent. */

import type { Quality } from "../streaming/vocabulary";
import type { Note } from "../streaming/wire";

/** What the author was looking at. */
export interface SeenPlace {
  readonly series: string;
  readonly instance: string;
  readonly frame: number;
  readonly position: number;
  readonly quality: Quality;
  readonly rmse: number | null;
}

/** RFC 9562 version 4, lower case. `crypto.randomUUID` exists on HTTPS and localhost only. */
export function newNoteId(source: Crypto = crypto): string {
  if (typeof source.randomUUID === "function") return source.randomUUID();
  const bytes = source.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export function newNote(text: string, seen: SeenPlace, now: Date, id: string): Note {
  return { id, text, ...seen, written_at: now.toISOString() };
}
