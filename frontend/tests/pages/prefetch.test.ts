/** The worklist's top cases, made ready over a real link whose network is in the test's hand. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { mayPrefetch, Prefetch } from "../../src/pages/prefetch";
import type { StudyRow } from "../../src/pages/rows";
import type { HeldFrame } from "../../src/streaming/holdings";
import { writeManifest } from "../../src/streaming/manifest";
import { encodeSlices } from "../../src/streaming/slices";
import { AppLink } from "../../src/transport/app-link";
import { memoryStorage } from "../cache/memory-storage";
import { greyFrame, greySlices } from "../grey-frame";
import { Line, named, WELCOME } from "../transport/line";
import { FakeBattery } from "../viewer/fake-battery";

const kept: [study: string, frame: HeldFrame][] = [];
const store = {
  has: () => false,
  read: () => Promise.resolve([]),
  keep: (study: string, frame: HeldFrame) => void kept.push([study, frame]),
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("localStorage", memoryStorage());
  Line.all = [];
  kept.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

/** A study whose first frame is the grey one, 40 x 24. */
function row(study: string, first = true): StudyRow {
  return {
    study,
    date: "",
    description: "",
    patient: { name: "", id: "", birth_date: "", sex: "" },
    modalities: ["CT"],
    series: 1,
    instances: 1,
    frames: 1,
    preview: null,
    first: first ? { series: `${study}.1`, modality: "CT", instance: `${study}.1.1`, frame: 1 } : null,
    notes: 0,
    added_at: "2026-11-24T03:14:00.000Z",
  };
}

function start(width = 40, height = 24) {
  const link = new AppLink({ url: "https://reader.example/stream", screen: { width, height }, store });
  link.open(null);
  Line.last.open().hear(WELCOME);
  const changed = vi.fn();
  return { link, changed, prefetch: new Prefetch(link, changed) };
}

const asked = () => Line.last.sent.filter(({ type }) => type === "prefetch");
const instances = (message: unknown) =>
  (message as { frames: { instance: string }[] } | undefined)?.frames.map(({ instance }) => instance);

/** Layers of the study's first frame that come, of every resolution. */
function arrive(study: string, handle: number, layers: number): void {
  const instance = `${study}.1.1`;
  Line.last.hear(named(instance, handle, writeManifest(greyFrame(instance))));
  for (const slice of greySlices(handle).filter(({ layer }) => layer < layers)) {
    Line.last.hear(encodeSlices([slice]) as Uint8Array<ArrayBuffer>);
  }
}

describe("what is asked for", () => {
  test("are the first frames of the top cases, in the list's order, within a budget", () => {
    const { prefetch } = start();
    prefetch.want(["1", "2", "3", "4", "5", "6", "7", "8"].map((study) => row(study, study !== "2")));
    expect(asked()).toHaveLength(1);
    expect(instances(asked()[0])).toEqual(["1.1.1", "3.1.1", "4.1.1", "5.1.1", "6.1.1", "7.1.1"]);
    expect(asked()[0]).toMatchObject({ width: 40, height: 24 });
    expect(asked()[0]?.bytes).toBeGreaterThan(100_000);
    expect(asked()[0]?.bytes).toBeLessThan(2_000_000);
  });

  test("is said again only where the top cases are others", () => {
    const { prefetch } = start();
    prefetch.want([row("1"), row("2")]);
    prefetch.want([row("1"), row("2")]);
    expect(asked()).toHaveLength(1);
    prefetch.want([row("3"), row("1"), row("2")]);
    expect(instances(asked()[1])).toEqual(["3.1.1", "1.1.1", "2.1.1"]);
  });

  test("is nothing more once the list is left", () => {
    const { prefetch } = start();
    prefetch.want([row("1")]);
    prefetch.end();
    expect(asked()[1]).toMatchObject({ frames: [], bytes: 0 });
    arrive("1", 1, 3);
    expect(prefetch.ready.size).toBe(0);
  });
});

describe("a case is ready", () => {
  test("once what is held suffices to read it, and not before; then it is kept and the list is told", () => {
    const { prefetch, changed } = start();
    prefetch.want([row("1"), row("2")]);
    arrive("1", 1, 1);
    expect(prefetch.ready.has("1")).toBe(false);
    expect(kept).toEqual([]);
    arrive("1", 2, 2);
    expect([...prefetch.ready]).toEqual(["1"]);
    expect(changed).toHaveBeenCalledTimes(1);
    expect(kept.map(([study, frame]) => [study, frame.key.instance])).toEqual([["1", "1.1.1"]]);
    arrive("1", 3, 3);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  test("sooner on a smaller screen, which shows less", () => {
    const { prefetch } = start(10, 6);
    prefetch.want([row("1")]);
    const instance = "1.1.1";
    Line.last.hear(named(instance, 1, writeManifest(greyFrame(instance))));
    for (const slice of greySlices(1).filter(({ resolution, layer }) => resolution < 1 && layer < 2)) {
      Line.last.hear(encodeSlices([slice]) as Uint8Array<ArrayBuffer>);
    }
    expect(prefetch.ready.has("1")).toBe(true);
  });

  test("at once where it was read before", () => {
    const { link, prefetch, changed } = start();
    arrive("1", 1, 3);
    expect(prefetch.ready.size).toBe(0);
    prefetch.want([row("1")]);
    expect(prefetch.ready.has("1")).toBe(true);
    expect(changed).toHaveBeenCalledTimes(1);
    expect(link.client.holdings.get({ instance: "1.1.1", frame: 1 })?.bytes).toBeGreaterThan(0);
  });

  test("never for a frame that is no case's first", () => {
    const { prefetch } = start();
    prefetch.want([row("1")]);
    arrive("9", 1, 3);
    expect(prefetch.ready.size).toBe(0);
  });
});

describe("nothing is asked for", () => {
  test("where the phone saves data", () => {
    vi.stubGlobal("navigator", { connection: { saveData: true } });
    const { prefetch } = start();
    prefetch.want([row("1")]);
    expect(asked()).toEqual([]);
  });

  test("while the battery is low; what was asked for is taken back, and asked for again on a charger", async () => {
    const battery = new FakeBattery(0.5, false).stub();
    const { prefetch } = start();
    prefetch.want([row("1")]);
    await vi.advanceTimersByTimeAsync(0);
    battery.become(0.2, false);
    battery.become(0.2, true);
    expect(asked().map((message) => instances(message)?.length)).toEqual([1, 0, 1]);
    prefetch.end();
    battery.become(0.1, false);
    expect(asked()).toHaveLength(4);
  });

  test("where it is switched off, and again where it is switched on", () => {
    localStorage.setItem("firstlight.prefetch", "off");
    const { prefetch } = start();
    prefetch.want([row("1")]);
    expect(asked()).toEqual([]);
    localStorage.removeItem("firstlight.prefetch");
    prefetch.want([row("1")]);
    expect(asked()).toHaveLength(1);
  });

  test("and what was asked for is taken back where it is switched off meanwhile", () => {
    const { prefetch } = start();
    prefetch.want([row("1")]);
    localStorage.setItem("firstlight.prefetch", "off");
    prefetch.want([row("1")]);
    expect(asked()[1]).toMatchObject({ frames: [] });
  });

  test("a browser that refuses localStorage prefetches, unless it saves data", () => {
    const refuses = {
      getItem: () => {
        throw new DOMException("No.", "SecurityError");
      },
    };
    vi.stubGlobal("localStorage", refuses);
    expect(mayPrefetch()).toBe(true);
    vi.stubGlobal("navigator", { connection: { saveData: true } });
    expect(mayPrefetch()).toBe(false);
  });
});
