/** Sending files through the one door, a few at a time, each with its own progress and its own sentence. */

export interface Refusal {
  readonly name: string;
  readonly message: string;
}

export interface UploadItem {
  readonly name: string;
  readonly bytes: number;
  readonly sent: number;
  readonly state: "waiting" | "sending" | "checking" | "done" | "failed";
  readonly stored: number;
  /** Of those, what the server had before. */
  readonly already: number;
  readonly refused: readonly Refusal[];
  /** What went wrong with the sending itself. */
  readonly problem: string;
}

interface Answer {
  readonly stored: readonly { readonly already: boolean }[];
  readonly refused: readonly Refusal[];
}

/** Two at once: one is checked by the server while the next is on its way. */
const AT_ONCE = 2;

/** Sends one file; resolves with the answer's status and text, rejects when the link was lost. */
export type SendFile = (
  file: File,
  progress: (sent: number) => void,
) => Promise<{ readonly status: number; readonly text: string }>;

/** With XMLHttpRequest: `fetch` does not tell how much was sent. */
export const sendFile: SendFile = (file, progress) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/upload");
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new Error("The link was lost while this file was being sent."));
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });

export class UploadQueue {
  #items: UploadItem[] = [];
  readonly #files: File[] = [];
  #next = 0;
  #running = 0;

  /**
   * @param changed called after every change of `items`
   * @param landed called when a file's studies are in
   */
  constructor(
    readonly changed: () => void,
    readonly landed: () => void,
    readonly send: SendFile = sendFile,
  ) {}

  get items(): readonly UploadItem[] {
    return this.#items;
  }

  get busy(): boolean {
    return this.#running > 0;
  }

  /** A new batch, unless one is under way: of the last, only what was not sent is kept. */
  add(files: readonly File[]): void {
    if (!this.busy) this.#keep(({ state }) => state === "failed");
    this.#append(files);
  }

  #append(files: readonly File[]): void {
    for (const file of files) {
      this.#files.push(file);
      this.#items.push({
        name: file.webkitRelativePath || file.name,
        bytes: file.size,
        sent: 0,
        state: "waiting",
        stored: 0,
        already: 0,
        refused: [],
        problem: "",
      });
    }
    this.changed();
    while (this.#running < AT_ONCE && this.#next < this.#files.length) void this.#run();
  }

  /** Those that failed are sent again. */
  retry(): void {
    const failed = this.#items.flatMap((item, i) => (item.state === "failed" ? (this.#files[i] ?? []) : []));
    this.#keep(({ state }) => state !== "failed");
    this.#append(failed);
  }

  /** Nothing is under way: all that is kept was tried. */
  #keep(wanted: (item: UploadItem) => boolean): void {
    const kept = this.#items.map((item, i) => [item, this.#files[i]] as const).filter(([item]) => wanted(item));
    this.#items = kept.map(([item]) => item);
    this.#files.splice(0, this.#files.length, ...kept.flatMap(([, file]) => file ?? []));
    this.#next = this.#files.length;
  }

  clear(): void {
    if (this.busy) return;
    this.#items = [];
    this.#files.length = 0;
    this.#next = 0;
    this.changed();
  }

  async #run(): Promise<void> {
    const index = this.#next;
    const file = this.#files[index];
    if (!file) return;
    this.#next += 1;
    this.#running += 1;
    this.#update(index, { state: "sending" });
    try {
      const { status, text } = await this.send(file, (sent) => {
        this.#update(index, { sent, state: sent >= file.size ? "checking" : "sending" });
      });
      this.#update(index, outcome(status, text));
      if (this.#items[index]?.stored) this.landed();
    } catch (error) {
      this.#update(index, { state: "failed", problem: error instanceof Error ? error.message : String(error) });
    }
    this.#running -= 1;
    this.changed();
    void this.#run();
  }

  #update(index: number, change: Partial<UploadItem>): void {
    const item = this.#items[index];
    if (!item) return;
    this.#items = this.#items.map((each, i) => (i === index ? { ...each, ...change } : each));
    this.changed();
  }
}

function outcome(status: number, text: string): Partial<UploadItem> {
  let answer: Partial<Answer> & { message?: string };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    answer = {};
  }
  if (status === 200 && answer.stored && answer.refused) {
    const already = answer.stored.filter((one) => one.already).length;
    return { state: "done", stored: answer.stored.length, already, refused: answer.refused };
  }
  return { state: "failed", problem: answer.message ?? "The server could not take this file: try again." };
}

/** Every file below what was dropped, folders included. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return [...transfer.files];
  const found: File[] = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (entry.isFile) {
    found.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const each of some) await walk(each, found);
  }
}
