/** What is being uploaded, file by file, and what the server said of each. */

import type { JSX } from "preact";
import type { UploadItem, UploadQueue } from "../pages/uploads";
import { bytesWords } from "../viewer/words";

export function Uploads({ queue }: { queue: UploadQueue }): JSX.Element | null {
  const { items, busy } = queue;
  if (items.length === 0) return null;
  const done = items.filter(({ state }) => state === "done" || state === "failed").length;
  const failed = items.some(({ state }) => state === "failed");
  const refused = items.reduce((sum, item) => sum + item.refused.length, 0);
  return (
    <section class="uploads" aria-label="Upload">
      <header>
        <b role="status">{busy ? `Uploading ${done + 1} of ${items.length}` : summary(items, refused)}</b>
        {!busy && failed && (
          <button type="button" class="plain-word" onClick={() => queue.retry()}>
            Send again
          </button>
        )}
        {!busy && (
          <button type="button" class="plain-word" onClick={() => queue.clear()}>
            Done
          </button>
        )}
      </header>
      {busy && <p class="quiet">Keep this page open until the upload is done.</p>}
      <ul>
        {items.filter(worthShowing(busy)).map((item, index) => (
          <li key={`${index} ${item.name}`}>
            <p class="file">
              <span>{item.name}</span>
              <span>{stateWords(item)}</span>
            </p>
            {item.state === "sending" && <progress value={item.sent} max={Math.max(item.bytes, 1)} />}
            {item.problem && <p class="warn">{item.problem}</p>}
            {item.refused.slice(0, 20).map(({ name, message }) => (
              <p class="warn" key={name}>
                {name !== item.name && items.length > 0 && item.refused.length > 1 ? `${name}: ` : ""}
                {message}
              </p>
            ))}
            {item.refused.length > 20 && <p class="warn">and {item.refused.length - 20} more.</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** While it runs what moves or failed; afterwards what was refused, or all of a few. */
function worthShowing(busy: boolean) {
  return (item: UploadItem, _: number, all: readonly UploadItem[]) =>
    all.length <= 6 ||
    item.problem !== "" ||
    item.refused.length > 0 ||
    (busy && (item.state === "sending" || item.state === "checking"));
}

function summary(items: readonly UploadItem[], refused: number): string {
  const already = items.reduce((sum, item) => sum + item.already, 0);
  const stored = items.reduce((sum, item) => sum + item.stored, 0) - already;
  const failed = items.filter(({ state }) => state === "failed").length;
  const parts = [stored === 1 ? "1 image file stored" : `${stored} image files stored`];
  if (already > 0) parts.push(`${already} here already`);
  if (refused > 0) parts.push(`${refused} refused`);
  if (failed > 0) parts.push(`${failed} not sent`);
  return parts.join(", ");
}

function stateWords(item: UploadItem): string {
  switch (item.state) {
    case "waiting":
      return bytesWords(item.bytes);
    case "sending":
      return `${bytesWords(item.sent)} of ${bytesWords(item.bytes)}`;
    case "checking":
      return "being checked";
    case "failed":
      return "not sent";
    default:
      if (item.stored === 0) return "refused";
      return item.already === item.stored ? "here already" : "stored";
  }
}
