/** The store that is fetched when it is needed. */

import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HELD_INDEX, LazyStore } from "../../src/cache/lazy-store";
import { HeldFrame } from "../../src/streaming/holdings";
import { greyBytes, greyFrame, greySlices } from "../grey-frame";
import { memoryStorage } from "./memory-storage";

let storage: Storage;

beforeEach(() => {
  storage = memoryStorage();
  vi.stubGlobal("localStorage", storage);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.doUnmock("../../src/cache/holdings-store");
  vi.useRealTimers();
});

function held(instance: string): HeldFrame {
  const frame = new HeldFrame(greyFrame(instance));
  for (const slice of greySlices(0)) frame.take(slice);
  return frame;
}

/** Lets every timer run, as often as it takes, until the names of the studies kept are these. */
async function untilKept(...studies: string[]): Promise<void> {
  await vi.waitFor(() => {
    vi.advanceTimersByTime(1000);
    expect(JSON.parse(storage.getItem(HELD_INDEX) ?? "[]")).toEqual(studies);
  });
}

describe("which studies are kept", () => {
  test("is known at once, from any page", () => {
    expect(new LazyStore().has("1")).toBe(false);
    storage.setItem(HELD_INDEX, '["1","2"]');
    expect(["1", "2", "3"].map((study) => new LazyStore().has(study))).toEqual([true, true, false]);
  });

  test.each(["", "{", "null", "5", '"1"', '{"1":1}'])("is none where the index says %j", (text) => {
    storage.setItem(HELD_INDEX, text);
    expect(new LazyStore().has("1")).toBe(false);
  });
});

test("what is kept a moment later is read by the next page", async () => {
  const store = new LazyStore();
  store.keep("1", held("1.1"));
  store.keep("1", held("1.2"));
  expect(storage.getItem(HELD_INDEX)).toBeNull();
  await untilKept("1");
  store.keep("2", held("2.1"));
  await untilKept("1", "2");
  const kept = await new LazyStore().read("1");
  expect(kept.map(({ manifest }) => manifest.instance)).toEqual(["1.1", "1.2"]);
  const bytes = kept.map(({ segments }) => [...segments].reduce((sum, each) => sum + each.bytes.length, 0));
  expect(bytes).toEqual([greyBytes, greyBytes]);
});

test("a store that could not be fetched holds nothing up, and is fetched again the next time", async () => {
  vi.resetModules();
  vi.doMock("../../src/cache/holdings-store", () => {
    throw new TypeError("Failed to fetch dynamically imported module");
  });
  const { LazyStore: Fresh } = await import("../../src/cache/lazy-store");
  const store = new Fresh();
  expect(await store.read("9")).toEqual([]);
  store.keep("9", held("9.1"));
  await vi.advanceTimersByTimeAsync(1000);
  vi.doUnmock("../../src/cache/holdings-store");
  vi.resetModules();
  store.keep("9", held("9.2"));
  await vi.waitFor(async () => {
    vi.advanceTimersByTime(1000);
    expect((await store.read("9")).map(({ manifest }) => manifest.instance)).toContain("9.2");
  });
});
