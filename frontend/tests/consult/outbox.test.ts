import "fake-indexeddb/auto";
import { describe, expect, it, vi } from "vitest";
import { newNote, newNoteId } from "../../src/consult/note";
import { openOutbox, type Pending } from "../../src/consult/outbox";
import { sendOutbox } from "../../src/consult/sender";
import { readViewerMessage } from "../../src/streaming/wire";

const seen = { series: "1.2.1", instance: "1.2.1.1", frame: 1, position: 1, quality: "lossy" as const, rmse: 4 };
let names = 0;
const freshName = () => `outbox-${names++}`;

function pendingOf(text: string, at = "2026-11-24T03:14:00.000Z", study = "1.2"): Pending {
  const id = newNoteId();
  return { id, study, note: newNote(text, seen, new Date(at), id) };
}

function answers(...statuses: (number | "cut")[]) {
  const requests: { url: string; body: unknown }[] = [];
  const fetcher = ((url: string, init: RequestInit) => {
    requests.push({ url, body: JSON.parse(String(init.body)) });
    const status = statuses.shift();
    if (status === "cut" || status === undefined) return Promise.reject(new TypeError("cut"));
    return Promise.resolve(new Response(JSON.stringify({ message: "The note is too long." }), { status }));
  }) as typeof fetch;
  return { fetcher, requests };
}

describe("a note", () => {
  it("fits the wire", () => {
    const { note } = pendingOf("Bleeding?");
    expect(() => readViewerMessage({ type: "note", ...note })).not.toThrow();
  });

  it("gets a version 4 id where the page is not on HTTPS", () => {
    const source = { getRandomValues: <T extends Uint8Array>(bytes: T) => bytes.fill(255) } as unknown as Crypto;
    expect(newNoteId(source)).toBe("ffffffff-ffff-4fff-bfff-ffffffffffff");
  });
});

describe("the outbox", () => {
  it("keeps notes across a reload, oldest first", async () => {
    const name = freshName();
    const first = await openOutbox(name);
    expect(first.durable).toBe(true);
    const late = pendingOf("late", "2026-11-24T04:00:00.000Z");
    const early = pendingOf("early");
    const other = pendingOf("other", undefined, "9.9");
    for (const each of [late, early, other]) await first.put(each);
    const second = await openOutbox(name);
    expect((await second.list("1.2")).map(({ note }) => note.text)).toEqual(["early", "late"]);
    expect(await second.list()).toHaveLength(3);
    await second.remove(early.id);
    expect(await second.list("1.2")).toEqual([late]);
  });

  it("lives in memory, and says so, where there is no IndexedDB", async () => {
    vi.stubGlobal("indexedDB", undefined);
    const outbox = await openOutbox(freshName());
    expect(outbox.durable).toBe(false);
    const note = pendingOf("kept for now");
    await outbox.put(note);
    expect(await outbox.list("1.2")).toEqual([note]);
    expect(await outbox.list("9.9")).toEqual([]);
    await outbox.remove(note.id);
    expect(await outbox.list()).toEqual([]);
  });
});

describe("sending without a stream", () => {
  it("takes a note out only when it is stored", async () => {
    const outbox = await openOutbox(freshName());
    const [a, b] = [pendingOf("a"), pendingOf("b", "2026-11-24T04:00:00.000Z")];
    await outbox.put(a);
    await outbox.put(b);
    const link = answers(200, "cut");
    expect(await sendOutbox(outbox, link.fetcher)).toEqual({ stored: 1, refused: 0, waiting: 1 });
    expect(link.requests[0]).toEqual({ url: `/studies/1.2/notes/${a.id}`, body: a.note });
    expect(await outbox.list()).toEqual([b]);
    expect(await sendOutbox(outbox, answers(503).fetcher)).toEqual({ stored: 0, refused: 0, waiting: 1 });
    expect(await sendOutbox(outbox, answers(200).fetcher)).toEqual({ stored: 1, refused: 0, waiting: 0 });
  });

  it("keeps a refused note with its sentence, and does not send it again", async () => {
    const outbox = await openOutbox(freshName());
    await outbox.put(pendingOf("x"));
    expect(await sendOutbox(outbox, answers(422).fetcher)).toEqual({ stored: 0, refused: 1, waiting: 0 });
    expect((await outbox.list())[0]?.refused).toBe("The note is too long.");
    const link = answers();
    expect(await sendOutbox(outbox, link.fetcher)).toEqual({ stored: 0, refused: 1, waiting: 0 });
    expect(link.requests).toEqual([]);
  });
});
