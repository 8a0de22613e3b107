/** The page's one link, shared by the list and whatever study is open. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { KeptStudies } from "../../src/cache/holdings-store";
import type { ClientEvent } from "../../src/streaming/client";
import type { HeldFrame, KeptFrame } from "../../src/streaming/holdings";
import { writeManifest } from "../../src/streaming/manifest";
import { AppLink } from "../../src/transport/app-link";
import { greyBytes, greyFrame, greySlices } from "../grey-frame";
import { keyOf, Line, named, Page, segments, WELCOME } from "./line";

const ONE = { study: "1.1", series: "1.1.1", position: 3 };
const TWO = { study: "1.2", series: "1.2.1", position: 1 };
const look = {
  series: "1.2.1",
  position: 1,
  region: [0, 0, 40, 24] as [number, number, number, number],
  scale: 2,
  window: null,
  speed: 0,
  saver: false,
  readable: false,
  paused: false,
};

/** A store whose reads end when the test says so. */
class Shelf implements KeptStudies {
  readonly kept: [study: string, instance: string][] = [];
  readonly #reads: ((frames: KeptFrame[]) => void)[] = [];

  constructor(readonly studies: readonly string[]) {}

  has(study: string): boolean {
    return this.studies.includes(study);
  }

  read(): Promise<KeptFrame[]> {
    return new Promise((resolve) => this.#reads.push(resolve));
  }

  keep(study: string, frame: HeldFrame): void {
    this.kept.push([study, frame.key.instance]);
  }

  async answer(...frames: KeptFrame[]): Promise<void> {
    this.#reads.shift()?.(frames);
    await vi.advanceTimersByTimeAsync(0);
  }
}

const kept = (instance: string): KeptFrame => ({
  manifest: greyFrame(instance),
  segments: greySlices(0).map(({ tile, resolution, layer, total, data }) => ({
    ...{ tile, resolution, layer, total },
    bytes: new Uint8Array(data),
  })),
});

let page: Page;

beforeEach(() => {
  vi.useFakeTimers();
  page = new Page();
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("document", page);
  vi.stubGlobal("addEventListener", () => undefined);
  Line.all = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function linkOf(store?: KeptStudies): AppLink {
  const link = new AppLink({
    url: "https://reader.example/stream",
    screen: { width: 360, height: 640 },
    ...(store && { store }),
  });
  return link;
}

/** Connected, with nothing open. */
function onTheList(store?: KeptStudies): AppLink {
  const link = linkOf(store);
  link.open(null);
  Line.last.open().hear(WELCOME);
  expect(Line.last.types).toEqual(["hello"]);
  return link;
}

function told(link: AppLink): { readonly types: string[]; readonly links: string[]; readonly end: () => void } {
  const types: string[] = [];
  const links: string[] = [];
  const onEvents = (events: readonly ClientEvent[]) => types.push(...events.map(({ type }) => type));
  const end = link.listen({ onEvents, onLink: ({ state }) => links.push(state) });
  return { types, links, end };
}

describe("who listens", () => {
  test("hears events and the link, until another does", () => {
    const link = linkOf();
    const list = told(link);
    link.open(null);
    Line.last.open().hear(WELCOME);
    expect(list).toMatchObject({ types: ["welcome"], links: ["connected"] });
    const study = told(link);
    Line.last.tell({ type: "pong", sent: 1 });
    Line.last.cut();
    expect(list).toMatchObject({ types: ["welcome"], links: ["connected"] });
    expect(study).toMatchObject({ types: ["pong"], links: ["connecting"] });
    expect(link.link.state).toBe("connecting");
  });

  test("and ends late, does not end the next one's listening", () => {
    const link = onTheList();
    const list = told(link);
    const study = told(link);
    list.end();
    Line.last.tell({ type: "pong", sent: 1 });
    expect(study.types).toEqual(["pong"]);
  });

  test("is told what came while nobody did; segments are in the holdings", () => {
    const link = onTheList();
    link.open(TWO);
    Line.last.tell({ type: "opened", study: "1.2", latest: 0 });
    Line.last.hear(named("1.2.5", 1, greyJson("1.2.5")));
    Line.last.hear(segments(1));
    const study = told(link);
    expect(study.types).toEqual(["opened", "manifest"]);
    expect(link.client.holdings.get(keyOf("1.2.5"))?.bytes).toBe(greyBytes);
    study.end();
    expect(told(link).types).toEqual([]);
  });

  test("may put back what is another's", () => {
    const link = onTheList();
    let taken: readonly ClientEvent[] = [];
    const end = link.listen({ onEvents: (events) => (taken = events) });
    Line.last.tell({ type: "pong", sent: 1 });
    end();
    link.putBack(taken);
    Line.last.tell({ type: "problem", code: "late", message: "Late.", may_retry: true });
    expect(told(link).types).toEqual(["pong", "problem"]);
  });

  test("is not told what was missed of a study left before", () => {
    const link = onTheList();
    link.open(ONE);
    Line.last.tell({ type: "opened", study: "1.1", latest: 0 });
    link.leave();
    link.open(TWO);
    expect(told(link).types).toEqual([]);
  });
});

describe("opening", () => {
  test("the first study goes with the opening request, on one socket", () => {
    const link = linkOf();
    link.open(ONE);
    link.open(ONE);
    expect(Line.all).toHaveLength(1);
    expect(Line.last.url).toContain("/stream?v=2&fresh=1&study=1.1&series=1.1.1&position=3&width=360&height=640");
    Line.last.open().hear(WELCOME);
    expect(Line.last.types).toEqual(["hello"]);
  });

  test("the next ones go on the same socket", () => {
    const link = onTheList();
    link.open(ONE);
    link.leave();
    link.open(TWO);
    link.open(TWO);
    expect(Line.all).toHaveLength(1);
    expect(Line.last.sent.slice(1)).toMatchObject([
      { type: "open", ...ONE, width: 360 },
      { type: "leave" },
      { type: "open", ...TWO },
    ]);
  });

  test("while the socket is cut, the study goes with the next opening request", () => {
    const link = onTheList();
    Line.last.cut();
    link.open(TWO);
    vi.advanceTimersByTime(400);
    expect(Line.last.url).toContain("study=1.2");
    Line.last.open();
    expect(Line.last.types).toEqual(["hello"]);
  });

  test("the list where a study was about to be connected to: that one is left", () => {
    const link = linkOf();
    link.open(ONE);
    link.leave();
    link.open(null);
    Line.last.open();
    expect(Line.last.types).toEqual(["hello", "leave"]);
  });
});

describe("opening a study of which something is kept", () => {
  test("the server hears what is held before it sends, and whoever listens is told", async () => {
    const shelf = new Shelf(["1.1"]);
    const link = linkOf(shelf);
    link.open(ONE);
    const study = told(link);
    expect(Line.last.url).toContain("fresh=0&study=1.1");
    Line.last.open().hear(WELCOME);
    expect(Line.last.types).toEqual([]);
    await shelf.answer(kept("1.1.5"));
    expect(Line.last.sent).toMatchObject([{ type: "hello", holdings: [{ instance: "1.1.5" }] }]);
    expect(study.types).toEqual(["welcome", "manifest", "segment"]);
  });

  test("on a socket that stands, what is held goes with `open`, and what is looked at meanwhile behind it", async () => {
    const shelf = new Shelf(["1.2"]);
    const link = onTheList(shelf);
    link.open(TWO);
    link.client.lookAt(look);
    link.pump();
    expect(Line.last.types).toEqual(["hello"]);
    await shelf.answer(kept("1.2.5"));
    expect(Line.last.sent.slice(1)).toMatchObject([
      { type: "open", ...TWO, holdings: [{ instance: "1.2.5" }] },
      { type: "viewport", scale: 2 },
    ]);
  });

  test("nothing opens that was left before it was read", async () => {
    const shelf = new Shelf(["1.1"]);
    const link = onTheList(shelf);
    link.open(ONE);
    link.leave();
    await shelf.answer(kept("1.1.5"));
    expect(Line.last.types).toEqual(["hello", "leave"]);
    expect(link.client.place).toBeNull();
  });

  test("nor is a study that was opened meanwhile taken back", async () => {
    const shelf = new Shelf(["1.1"]);
    const link = onTheList(shelf);
    link.open(ONE);
    link.open(TWO);
    await shelf.answer(kept("1.1.5"));
    expect(link.client.place).toMatchObject(TWO);
    expect(Line.last.sent.slice(1)).toMatchObject([{ type: "open", study: "1.2" }]);
  });

  test("where the store had nothing after all, it is opened without", async () => {
    const shelf = new Shelf(["1.2"]);
    const link = onTheList(shelf);
    link.open(TWO);
    await shelf.answer();
    expect(Line.last.sent[1]).toMatchObject({ type: "open", ...TWO, holdings: [] });
  });
});

describe("keeping", () => {
  test("takes frames of which something is held", () => {
    const shelf = new Shelf([]);
    const link = onTheList(shelf);
    Line.last.hear(named("1.2.5", 1, greyJson("1.2.5")));
    Line.last.hear(named("1.2.6", 2, greyJson("1.2.6")));
    Line.last.hear(segments(1, 1));
    link.keep("1.2", [keyOf("1.2.5"), keyOf("1.2.6"), keyOf("9.9")]);
    expect(shelf.kept).toEqual([["1.2", "1.2.5"]]);
  });
});

describe("a page that is hidden", () => {
  test("pauses the study and stops the worklist, and goes on when it is seen again", () => {
    const link = onTheList();
    link.prefetch([keyOf("7.7")], 1000);
    link.open(TWO);
    link.client.lookAt(look);
    link.pump();
    Line.last.sent = [];
    vi.advanceTimersByTime(100);
    page.turn("hidden");
    expect(Line.last.sent).toMatchObject([
      { type: "prefetch", frames: [keyOf("7.7")], bytes: 0 },
      { type: "viewport", paused: true },
    ]);
    Line.last.sent = [];
    vi.advanceTimersByTime(100);
    page.turn("visible");
    expect(Line.last.sent.filter(({ type }) => type !== "ping")).toMatchObject([
      { type: "prefetch", bytes: 1000 },
      { type: "viewport", paused: false },
    ]);
  });

  test("says so on a connection that comes meanwhile", () => {
    const link = linkOf();
    link.open(TWO, { have: greyFrame("1.2.5") });
    link.client.lookAt(look);
    link.prefetch([keyOf("7.7")], 1000);
    page.turn("hidden");
    Line.last.open();
    expect(Line.last.sent).toMatchObject([
      { type: "hello", viewport: { paused: true } },
      { type: "prefetch", bytes: 0 },
    ]);
  });
});

test("the worklist is said again on every connection, for the screen as it is now", () => {
  const link = onTheList();
  link.prefetch([keyOf("7.7"), keyOf("8.8")], 600_000);
  const asked = { type: "prefetch", frames: [keyOf("7.7"), keyOf("8.8")], width: 360, height: 640, bytes: 600_000 };
  expect(Line.last.sent[1]).toEqual(asked);
  link.client.resize({ width: 700, height: 500 });
  Line.last.cut();
  vi.advanceTimersByTime(400);
  Line.last.open();
  expect(Line.last.sent).toMatchObject([{ type: "hello" }, { ...asked, width: 700, height: 500 }]);
});

/** The manifest as it travels. */
function greyJson(instance: string): object {
  return writeManifest(greyFrame(instance)) as object;
}
