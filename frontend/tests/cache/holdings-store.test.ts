/** Segments kept beyond the page, in a real implementation of IndexedDB. */

import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { answer, openDatabase } from "../../src/cache/database";
import { HoldingsStore, WRITE_MS } from "../../src/cache/holdings-store";
import { HELD_INDEX } from "../../src/cache/lazy-store";
import { HeldFrame, Holdings } from "../../src/streaming/holdings";
import { greyBytes, greyFrame, greySlices } from "../grey-frame";
import { Page } from "../transport/line";
import { memoryStorage } from "./memory-storage";

let names = 0;
let name = "";
let storage: Storage;
let page: Page;

beforeEach(() => {
  name = `holdings-${names++}`;
  storage = memoryStorage();
  page = new Page();
  vi.stubGlobal("localStorage", storage);
  vi.stubGlobal("document", page);
  // IndexedDB itself must go on: only these are in the test's hand.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function held(instance: string, most = 16_384, count = 999): HeldFrame {
  const frame = new HeldFrame(greyFrame(instance));
  for (const slice of greySlices(0, most).slice(0, count)) frame.take(slice);
  return frame;
}

/** Keeps frames of a study, a minute after whatever was kept before. */
async function keep(store: HoldingsStore, study: string, ...frames: HeldFrame[]): Promise<void> {
  vi.setSystemTime(Date.now() + 60_000);
  for (const frame of frames) store.keep(study, frame);
  await store.flush();
}

const index = (): unknown => JSON.parse(storage.getItem(HELD_INDEX) ?? "[]");

/** What another page finds. */
async function found(study: string): Promise<HeldFrame[]> {
  const holdings = new Holdings();
  const kept = await new HoldingsStore(undefined, name).read(study);
  return kept.flatMap((frame) => holdings.restore(frame) ?? []);
}

describe("what is kept", () => {
  test("is there for the next page, beginnings of segments included", async () => {
    const store = new HoldingsStore(undefined, name);
    const [whole, begun] = [held("1.1"), held("1.2", 10, 5)];
    await keep(store, "1", whole, begun);
    expect(begun.stated().partial).toHaveLength(1);
    const frames = await found("1");
    expect(frames.map((frame) => frame.stated())).toEqual([whole.stated(), begun.stated()]);
    expect(frames[1]?.kept()).toEqual(begun.kept());
    expect(await found("2")).toEqual([]);
    expect(new HoldingsStore(undefined, name).has("1")).toBe(true);
    expect(new HoldingsStore(undefined, name).has("2")).toBe(false);
  });

  test("is written a moment after it grew, as it is then, once", async () => {
    const store = new HoldingsStore(undefined, name);
    const frame = held("1.1", 10, 1);
    store.keep("1", frame);
    for (const slice of greySlices(0, 10).slice(1)) {
      frame.take(slice);
      store.keep("1", frame);
    }
    expect(await found("1")).toEqual([]);
    vi.advanceTimersByTime(WRITE_MS);
    await vi.waitFor(() => expect(index()).toEqual(["1"]));
    expect((await found("1"))[0]?.bytes).toBe(greyBytes);
    expect(vi.getTimerCount()).toBe(0);
    store.keep("1", frame);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is written when the page is hidden, for it may never be seen again", async () => {
    const store = new HoldingsStore(undefined, name);
    store.keep("1", held("1.1"));
    page.turn("hidden");
    await vi.waitFor(async () => expect(await found("1")).toHaveLength(1));
    expect(vi.getTimerCount()).toBe(0);
  });

  test("replaces what was kept of the frame", async () => {
    const store = new HoldingsStore(undefined, name);
    await keep(store, "1", held("1.1", 10, 2));
    await keep(store, "1", held("1.1"));
    const frames = await found("1");
    expect(frames.map(({ bytes }) => bytes)).toEqual([greyBytes]);
  });

  test("names no patient: only what the wire's segments and manifests say", async () => {
    await keep(new HoldingsStore(undefined, name), "1", held("1.1"));
    const database = await openDatabase(name, () => undefined);
    const all = (store: string) => answer(database.transaction(store).objectStore(store).getAll());
    const [record] = await all("frames");
    expect(Object.keys(record).sort()).toEqual(["bytes", "id", "manifest", "segments", "study"]);
    expect(Object.keys((await all("studies"))[0]).sort()).toEqual(["at", "bytes", "study"]);
    expect([...database.objectStoreNames]).toEqual(["frames", "studies"]);
  });
});

describe("the budget", () => {
  test("lets the study go that was read longest ago, as a whole", async () => {
    const store = new HoldingsStore(3.5 * greyBytes, name);
    await keep(store, "1", held("1.1"), held("1.2"));
    await keep(store, "2", held("2.1"));
    expect(index()).toEqual(["1", "2"]);
    await keep(store, "3", held("3.1"));
    expect(await found("1")).toEqual([]);
    expect(await found("2")).toHaveLength(1);
    expect(await found("3")).toHaveLength(1);
    expect(index()).toEqual(["2", "3"]);
    expect(store.has("1")).toBe(false);
  });

  test("counts a study that is only looked at again, and grows no more, as read", async () => {
    const store = new HoldingsStore(2.5 * greyBytes, name);
    await keep(store, "1", held("1.1"));
    await keep(store, "2", held("2.1"));
    vi.setSystemTime(Date.now() + 60_000);
    await store.read("1");
    await keep(store, "3", held("3.1"));
    expect(index()).toEqual(["1", "3"]);
  });

  test("is no limit to the study that is being read", async () => {
    const store = new HoldingsStore(1.5 * greyBytes, name);
    await keep(store, "1", held("1.1"));
    await keep(store, "2", held("2.1"), held("2.2"), held("2.3"));
    expect(index()).toEqual(["2"]);
    expect(await found("2")).toHaveLength(3);
  });

  test("counts what frames take now, not what was written of them in all", async () => {
    const store = new HoldingsStore(2.5 * greyBytes, name);
    await keep(store, "1", held("1.1"));
    for (let count = 1; count < 9; count++) await keep(store, "2", held("2.1", 16_384, count));
    expect(index()).toEqual(["1", "2"]);
  });
});

describe("what cannot be used", () => {
  test("records of another version, or broken ones, are left out", async () => {
    await keep(new HoldingsStore(undefined, name), "1", held("1.1"), held("1.2"), held("1.3"), held("1.4"));
    const database = await openDatabase(name, () => undefined);
    const frames = database.transaction("frames", "readwrite").objectStore("frames");
    const [first, second, third] = await answer(frames.getAll());
    await answer(frames.put({ ...first, manifest: { ...first.manifest, version: 99 } }));
    await answer(frames.put({ ...second, segments: null }));
    await answer(frames.put({ ...third, segments: [{ ...third.segments[0], bytes: "none" }] }));
    expect((await found("1")).map(({ key }) => key.instance)).toEqual(["1.4"]);
  });

  test("a disk that is full: the page goes on, and so does the store once there is room", async () => {
    const store = new HoldingsStore(undefined, name);
    await keep(store, "1", held("1.1"));
    const put = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("The disk is full.", "QuotaExceededError");
    });
    await keep(store, "1", held("1.2"));
    put.mockRestore();
    expect(await found("1")).toHaveLength(1);
    await keep(store, "1", held("1.2"));
    expect(await found("1")).toHaveLength(2);
  });

  test("a browser without IndexedDB keeps nothing, and says so without a fault", async () => {
    vi.stubGlobal("indexedDB", undefined);
    const store = new HoldingsStore(undefined, name);
    await keep(store, "1", held("1.1"));
    expect(await store.read("1")).toEqual([]);
    expect(store.has("1")).toBe(false);
  });

  test("a browser that refuses localStorage: what is kept is not found, and nothing breaks", async () => {
    vi.stubGlobal("localStorage", {
      getItem: () => {
        throw new DOMException("No.", "SecurityError");
      },
      setItem: () => {
        throw new DOMException("No.", "SecurityError");
      },
    });
    await keep(new HoldingsStore(undefined, name), "1", held("1.1"));
    expect(new HoldingsStore(undefined, name).has("1")).toBe(false);
  });
});
