/** Writing a note, and the notes of the study, with where each one is. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Pending } from "../consult/outbox";
import { MAX_NOTE_CHARACTERS } from "../streaming/vocabulary";
import type { Note } from "../streaming/wire";
import { placeOf } from "../viewer/places";
import type { Viewer } from "../viewer/viewer";
import { timeWords } from "../viewer/words";
import { Sheet } from "./sheet";

interface Props {
  readonly viewer: Viewer;
  readonly close: () => void;
  readonly measured: (height: number) => void;
}

export function NoteSheet({ viewer, close, measured }: Props): JSX.Element {
  const { state } = viewer;
  const [busy, setBusy] = useState(false);
  const text = state.draft;
  const empty = text.trim() === "";
  const save = async () => {
    setBusy(true);
    try {
      await viewer.writeNote(text);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet title="Note" close={close} measured={measured}>
      <form
        class="note-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!empty && !busy) void save();
        }}
      >
        <textarea
          aria-label="Note"
          placeholder="What do you see? What should they do?"
          rows={3}
          maxLength={MAX_NOTE_CHARACTERS}
          value={text}
          onInput={(event) => viewer.set({ draft: event.currentTarget.value })}
        />
        <div class="note-send">
          <p class="quiet">
            Recorded with it: image {state.position} of {state.frames},{" "}
            {qualityWords(state.frame?.best.quality ?? "preview", state.frame?.best.rmse ?? null)}
          </p>
          <button type="submit" class="main" disabled={empty || busy}>
            Save & send
          </button>
        </div>
        {!state.durable && (
          <p class="warn">
            This browser cannot keep the note if you close the page. Leave it open until the note is sent.
          </p>
        )}
      </form>
      <ul class="notes">
        {[...state.pending].reverse().map((pending) => (
          <PendingNote key={pending.id} pending={pending} viewer={viewer} />
        ))}
        {state.notes.map((note) => (
          <li key={note.id}>
            <p class="note-text">{note.text}</p>
            <p class="note-state">
              <span class="sent">sent {timeWords(note.stored_at, new Date())}</span>
              <FrameLink viewer={viewer} note={note} />
              <span>{qualityWords(note.quality, note.rmse)}</span>
            </p>
          </li>
        ))}
        {state.notes.length + state.pending.length === 0 && <li class="quiet none">No notes on this study yet.</li>}
      </ul>
    </Sheet>
  );
}

function PendingNote({ pending, viewer }: { pending: Pending; viewer: Viewer }): JSX.Element {
  const { note, refused } = pending;
  const at = timeWords(note.written_at, new Date());
  const kept = viewer.state.durable ? `saved on this phone ${at}` : `written ${at}, kept only while this page is open`;
  return (
    <li class={refused ? "refused" : "waiting"}>
      <p class="note-text">{note.text}</p>
      {refused && <p class="warn">Not taken by the server: {refused}</p>}
      <p class="note-state">
        <span class="saved">
          {kept}
          {!refused && viewer.state.link.state !== "connected" && ", will be sent when there is a link"}
        </span>
        <FrameLink viewer={viewer} note={note} />
        {refused && (
          <button type="button" class="plain-word" onClick={() => void viewer.editRefused(pending.id)}>
            Change it
          </button>
        )}
      </p>
    </li>
  );
}

function FrameLink({ viewer, note }: { viewer: Viewer; note: Note }): JSX.Element {
  const place = placeOf(viewer.state.study, { instance: note.instance, frame: note.frame }) ?? note;
  return (
    <button type="button" class="plain-word" onClick={() => viewer.show(place.position, place.series)}>
      image {place.position}
    </button>
  );
}

function qualityWords(quality: string, rmse: number | null): string {
  if (quality === "lossless") return "read lossless";
  if (quality === "preview") return "preview only";
  return rmse === null || rmse >= 255
    ? "read lossy"
    : `read lossy, ±${rmse < 1 ? rmse.toFixed(1) : Math.round(rmse)} of 255 grey levels`;
}
