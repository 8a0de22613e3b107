/** The study list: what is here, what is coming in, and what still waits on this phone. */

import { type JSX, render } from "preact";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { openOutbox } from "../consult/outbox";
import { sendOutbox } from "../consult/sender";
import "../styles/base.css";
import "../styles/list.css";
import { Icon } from "../ui/icons";
import { Uploads } from "../ui/uploads";
import { dateWords, nameWords, scanWords, timeWords } from "../viewer/words";
import { droppedFiles, UploadQueue } from "./uploads";

interface StudyRow {
  readonly study: string;
  readonly date: string;
  readonly description: string;
  readonly patient: { readonly name: string; readonly id: string; readonly birth_date: string; readonly sex: string };
  readonly modalities: readonly string[];
  readonly series: number;
  readonly instances: number;
  readonly frames: number;
  readonly preview: string | null;
  readonly notes: number;
  readonly added_at: string;
  readonly phantom?: boolean;
}

const CHECK_AGAIN_MS = 15_000;

function embedded(): readonly StudyRow[] {
  return JSON.parse(document.getElementById("firstlight-studies")?.textContent ?? "[]") as StudyRow[];
}

/** The rows, read again on demand and now and then while the page is looked at. */
function useStudies() {
  const [rows, setRows] = useState(embedded);
  const [checked, setChecked] = useState(() => new Date());
  const [offline, setOffline] = useState(false);
  const refresh = useMemo(
    () => async () => {
      try {
        const answer = await fetch("/studies.json", { headers: { accept: "application/json" } });
        if (!answer.ok) throw new Error("The list could not be read.");
        setRows((await answer.json()) as StudyRow[]);
        setChecked(new Date());
        setOffline(false);
      } catch {
        setOffline(true); // what is shown stays; it is said that it is old
      }
    },
    [],
  );
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void refresh();
    }, CHECK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [refresh]);
  return { rows, checked, offline, refresh };
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

function List(): JSX.Element {
  const [, changed] = useReducer((count: number) => count + 1, 0);
  const { rows, checked, offline, refresh } = useStudies();
  const outbox = useOutbox(checked, () => void refresh());
  const queue = useMemo(
    () =>
      new UploadQueue(
        () => changed(undefined),
        () => void refresh(),
      ),
    [refresh],
  );
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
        <small>{rows.length === 1 ? "1 study" : `${rows.length} studies`}</small>
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
      {rows.length === 0 && queue.items.length === 0 ? (
        <div class="empty">
          <b>No studies yet</b>
          <span class="quiet">Upload a scan to begin: DICOM files, a folder, or a zip.</span>
          <small>Last checked {timeWords(checked.toISOString(), new Date())}</small>
        </div>
      ) : (
        <ul class="studies">
          {rows.map((row) => (
            <li key={row.study}>
              <Row row={row} />
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

function Row({ row }: { row: StudyRow }): JSX.Element {
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
    <a class="study" href={`/studies/${row.study}`}>
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
        </span>
      </span>
    </a>
  );
}

const app = document.getElementById("app");
if (app) {
  app.replaceChildren();
  render(<List />, app);
}
