/** The study list: what is here, what is coming in, and what still waits on this phone. */

import { type JSX, render } from "preact";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { openOutbox } from "../consult/outbox";
import { sendOutbox } from "../consult/sender";
import { warmDecoder } from "../decode/workers";
import sheet from "../styles/list.css?url";
import type { AppLink } from "../transport/app-link";
import { Icon } from "../ui/icons";
import { styled } from "../ui/styled";
import { Uploads } from "../ui/uploads";
import { warmPicture } from "../viewer/picture-canvas";
import { dateWords, nameWords, scanWords, timeWords } from "../viewer/words";
import type { App, Mount } from "./app";
import { isPlain } from "./follow";
import { Prefetch } from "./prefetch";
import { openingOf, type StudyRow } from "./rows";
import { droppedFiles, UploadQueue } from "./uploads";

const CHECK_AGAIN_MS = 15_000;

/** The list as it was last read: shown at once when the reader comes back to it. */
let known: { readonly rows: readonly StudyRow[]; readonly checked: Date } | undefined = embedded();
/** Uploads go on while a study is read. */
let changed = (): void => undefined;
let landed = (): void => undefined;
const queue = new UploadQueue(
  () => changed(),
  () => landed(),
);

function embedded(): typeof known {
  const text = document.getElementById("firstlight-studies")?.textContent;
  return text ? { rows: JSON.parse(text) as StudyRow[], checked: new Date() } : undefined;
}

/** The rows, read again on demand and now and then while the page is looked at; none before they were ever read. */
function useStudies() {
  const [read, setRead] = useState(known);
  const [offline, setOffline] = useState(false);
  const refresh = useMemo(
    () => async () => {
      try {
        const answer = await fetch("/studies.json", { headers: { accept: "application/json" } });
        if (!answer.ok) throw new Error("The list could not be read.");
        known = { rows: (await answer.json()) as StudyRow[], checked: new Date() };
        setRead(known);
        setOffline(false);
      } catch {
        setOffline(true); // what is shown stays; it is said that it is old
      }
    },
    [],
  );
  useEffect(() => {
    if (!known || Date.now() - known.checked.getTime() > CHECK_AGAIN_MS) void refresh();
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void refresh();
    }, CHECK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [refresh]);
  return { rows: read?.rows, checked: read?.checked ?? new Date(), offline, refresh };
}

/** Which cases are ready to be opened without waiting for the link. */
function usePrefetch(link: AppLink, rows: readonly StudyRow[]): ReadonlySet<string> {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const prefetch = useRef<Prefetch | null>(null);
  useEffect(() => {
    const now = new Prefetch(link, () => again(undefined));
    prefetch.current = now;
    return () => now.end();
  }, [link]);
  useEffect(() => prefetch.current?.want(rows), [rows]);
  return prefetch.current?.ready ?? new Set();
}

/** Notes that wait on this phone are sent from here too. */
function useOutbox(again: Date, stored: () => void) {
  const [waiting, setWaiting] = useState({ waiting: 0, refused: 0 });
  useEffect(() => {
    let gone = false;
    void openOutbox().then(async (outbox) => {
      const before = await outbox.list();
      if (gone || before.length === 0) return;
      setWaiting({ waiting: before.length, refused: 0 });
      const sent = await sendOutbox(outbox);
      if (gone) return;
      setWaiting(sent);
      if (sent.stored > 0) stored();
    });
    return () => {
      gone = true;
    };
  }, [again]);
  return waiting;
}

const NONE: readonly StudyRow[] = [];

function List({ app }: { app: App }): JSX.Element {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const { rows: read, checked, offline, refresh } = useStudies();
  const rows = read ?? NONE;
  const outbox = useOutbox(checked, () => void refresh());
  const ready = usePrefetch(app.link, rows);
  useEffect(() => {
    changed = () => again(undefined);
    landed = () => void refresh();
    return () => {
      changed = landed = () => undefined;
    };
  }, [refresh]);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const dropping = useDrop((found) => queue.add(found));
  const take = (input: HTMLInputElement) => {
    queue.add([...(input.files ?? [])]);
    input.value = "";
  };
  return (
    <main class="list">
      <header>
        <h1>Firstlight</h1>
        <small>{read && (rows.length === 1 ? "1 study" : `${rows.length} studies`)}</small>
      </header>
      {offline && (
        <p class="line amber" role="status">
          No link. This list is from {timeWords(checked.toISOString(), new Date())}; it is read again by itself.
        </p>
      )}
      {outbox.waiting > 0 && (
        <p class="line amber" role="status">
          {outbox.waiting === 1 ? "1 note waits" : `${outbox.waiting} notes wait`} on this phone and will be sent.
        </p>
      )}
      {outbox.refused > 0 && (
        <p class="line amber">
          {outbox.refused === 1 ? "1 note was" : `${outbox.refused} notes were`} not taken by the server. Open its study
          to change it.
        </p>
      )}
      <Uploads queue={queue} />
      {!read && !offline ? (
        <div class="empty" role="status">
          <span class="quiet">The list is being read.</span>
        </div>
      ) : rows.length === 0 && queue.items.length === 0 ? (
        <div class="empty">
          <b>No studies yet</b>
          <span class="quiet">Upload a scan to begin: DICOM files, a folder, or a zip.</span>
          <small>Last checked {timeWords(checked.toISOString(), new Date())}</small>
        </div>
      ) : (
        <ul class="studies">
          {rows.map((row) => (
            <li key={row.study}>
              <Row row={row} ready={ready.has(row.study)} open={(event) => openInPlace(event, row, app)} />
            </li>
          ))}
        </ul>
      )}
      <p class="foot">For consultation. Not a certified device for primary diagnosis.</p>
      <div class="dock">
        <button type="button" class="main" onClick={() => files.current?.click()}>
          <Icon name="plus" />
          Upload files
        </button>
        <button type="button" onClick={() => folder.current?.click()}>
          <Icon name="folder" />
          Folder
        </button>
      </div>
      <input ref={files} type="file" name="files" multiple hidden onChange={(event) => take(event.currentTarget)} />
      <input
        ref={folder}
        type="file"
        name="folder"
        multiple
        hidden
        {...{ webkitdirectory: true }}
        onChange={(event) => take(event.currentTarget)}
      />
      {dropping && <div class="drop">Drop to upload</div>}
    </main>
  );
}

/** Files may be dropped anywhere on the page. */
function useDrop(take: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const onDrag = (event: DragEvent) => {
      event.preventDefault();
      setOver(event.type === "dragover");
    };
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (event.dataTransfer) void droppedFiles(event.dataTransfer).then(take);
    };
    addEventListener("dragover", onDrag);
    addEventListener("dragleave", onDrag);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onDrag);
      removeEventListener("dragleave", onDrag);
      removeEventListener("drop", onDrop);
    };
  }, []);
  return over;
}

/** Parts with a dot between them; a line breaks between parts, never within a date or a count. */
function inOneLine(parts: readonly (string | false)[]): string {
  return parts.flatMap((part) => (part ? part.replaceAll(" ", "\u00a0") : [])).join(" · ");
}

interface RowProps {
  readonly row: StudyRow;
  /** The first picture is here, readable. */
  readonly ready: boolean;
  readonly open: (event: MouseEvent) => void;
}

function openInPlace(event: MouseEvent, row: StudyRow, app: App): void {
  if (!isPlain(event)) return;
  event.preventDefault();
  app.go(`/studies/${row.study}`, openingOf(row));
}

function Row({ row, ready, open }: RowProps): JSX.Element {
  const { patient } = row;
  const [broken, setBroken] = useState(false);
  const counts = [
    dateWords(row.date) || "No date",
    row.series > 1 && `${row.series} series`,
    row.frames === 1 ? "1 image" : `${row.frames} images`,
  ];
  const who = [
    patient.id && `ID ${patient.id}`,
    patient.sex,
    patient.birth_date && `born ${dateWords(patient.birth_date)}`,
  ];
  return (
    <a
      class="study"
      href={`/studies/${row.study}`}
      data-study={row.study}
      data-prefetched={ready ? "readable" : undefined}
      onClick={open}
    >
      <span class="thumb-box">
        {row.preview && !broken ? (
          <img alt="" src={row.preview} loading="lazy" onError={() => setBroken(true)} />
        ) : (
          row.modalities.join(" ")
        )}
      </span>
      <span class="lines">
        <b>{nameWords(patient.name)}</b>
        <span>{scanWords(row.modalities.join(", "), row.description)}</span>
        <span class="when">{inOneLine(who) || "No patient data"}</span>
        <span class="counts">
          {inOneLine(counts)}
          {row.notes > 0 && <span class="notes-count"> · {row.notes === 1 ? "1 note" : `${row.notes} notes`}</span>}
          {row.phantom && <span class="tag">PHANTOM</span>}
          {ready && <span class="tag ready">ready to read</span>}
        </span>
      </span>
    </a>
  );
}

/** What the viewer needs is made ready while the reader looks at the list. */
const WARM_MS = 1000;
/** Where the list was left, in CSS pixels. */
let left = 0;

/** The list's own; on the list's page the server has linked them. */
export const styles = (): Promise<void> => styled(sheet);

export const mount: Mount = (host, app) => {
  host.replaceChildren();
  render(<List app={app} />, host);
  app.link.open(null);
  scrollTo(0, left);
  const warm = setTimeout(() => {
    warmPicture();
    void warmDecoder();
  }, WARM_MS);
  return () => {
    left = scrollY;
    clearTimeout(warm);
    render(null, host);
  };
};
