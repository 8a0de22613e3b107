/** The connection's judgement of a link, with the clock and the network in the test's hand. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ViewerClient } from "../../src/streaming/client";
import { encodeSlices } from "../../src/streaming/slices";
import { Connection, PROBE_MS, SILENT_MS, UNANSWERED } from "../../src/transport/connection";
import type { Link } from "../../src/transport/frame-state";
import { greyManifest, greySlices } from "../grey-frame";

const { instance, frame, id } = greyManifest;
const WELCOME = JSON.stringify({ type: "welcome", version: 1, study: "1.2", latest: 0 });
const NAMED = JSON.stringify({ type: "manifest", handle: 1, instance, frame, id, manifest: null });

class Line {
  static readonly OPEN = 1;
  static all: Line[] = [];
  readyState = 0;
  sent: { type: string }[] = [];
  closed: number | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(
    readonly url: URL,
    readonly protocol: string,
  ) {
    Line.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as { type: string });
  }
  close(code?: number): void {
    this.closed ??= code;
    this.readyState = 3;
  }
  open(): this {
    this.readyState = 1;
    this.onopen?.();
    return this;
  }
  hear(data: string | Uint8Array<ArrayBuffer>): void {
    this.onmessage?.({ data: typeof data === "string" ? data : data.buffer });
  }
  cut(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

let links: Link[] = [];
let connection: Connection;
const page = new EventTarget();
const last = (): Line => Line.all[Line.all.length - 1] as Line;
const sent = (line: Line): string[] => line.sent.map(({ type }) => type);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  Line.all = [];
  links = [];
  const client = new ViewerClient({
    opening: { series: "1.2.3", position: 1 },
    screen: { width: 360, height: 640 },
    have: greyManifest,
    after: 0,
  });
  connection = new Connection({
    client,
    url: "https://reader.example/studies/1.2/stream",
    onEvents: () => undefined,
    onLink: (link) => links.push(link),
  });
});
afterEach(() => {
  connection.close();
  vi.useRealTimers();
});

/** Up and running, with the first segment come. */
function progress(line: Line): void {
  line.open();
  line.hear(WELCOME);
  line.hear(NAMED);
  line.hear(encodeSlices(greySlices(1).slice(0, 1)) as Uint8Array<ArrayBuffer>);
}

describe("connecting", () => {
  test("fresh at first, with what is held after a cut", () => {
    expect(last().url.href).toContain("wss://reader.example/studies/1.2/stream?v=1&fresh=1&");
    expect(last().protocol).toBe("firstlight.v1");
    progress(last());
    expect(sent(last())).toEqual(["hello"]);
    expect(links).toMatchObject([{ state: "connected" }]);
    last().cut();
    vi.advanceTimersByTime(400);
    expect(Line.all).toHaveLength(2);
    expect(last().url.href).toContain("fresh=0");
    last().open();
    expect(last().sent[0]).toMatchObject({ type: "hello", holdings: [{ instance, partial: [] }] });
  });

  test("waits longer after each failure, up to a limit, and starts anew after progress", () => {
    const waits: number[] = [];
    for (let round = 0; round < 12; round++) {
      last().cut();
      const before = Line.all.length;
      let waited = 0;
      while (Line.all.length === before) {
        vi.advanceTimersByTime(50);
        waited += 50;
      }
      waits.push(waited);
    }
    expect(waits[0]).toBeLessThanOrEqual(300);
    expect(waits[11]).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(20_050);
    expect(links[links.length - 1]).toMatchObject({ state: "offline", stopped: null });
    progress(last());
    last().cut();
    vi.advanceTimersByTime(300);
    expect(Line.all).toHaveLength(14);
  });

  test("a server that only says welcome is no progress", () => {
    for (let round = 0; round < 8; round++) {
      last().open().hear(WELCOME);
      last().cut();
      vi.advanceTimersByTime(20_000);
    }
    last().open().hear(WELCOME);
    last().cut();
    const before = Line.all.length;
    vi.advanceTimersByTime(5_000);
    expect(Line.all).toHaveLength(before);
  });

  test.each([
    [4001, true],
    [4000, true],
    [4009, true],
    [4004, false],
  ])("close code %i ends it with a sentence", (code, reload) => {
    last().open().cut(code);
    vi.advanceTimersByTime(100_000);
    expect(Line.all).toHaveLength(1);
    expect(connection.link).toMatchObject({ state: "offline", reload });
    expect(connection.link.stopped).toMatch(/\.$/);
  });

  test.each([1001, 1006, 4500])("close code %i is tried again", (code) => {
    last().open().cut(code);
    vi.advanceTimersByTime(1_000);
    expect(Line.all).toHaveLength(2);
  });
});

describe("a thin link", () => {
  test("is never given up while anything arrives, however slowly", () => {
    last().open().hear(WELCOME);
    for (let minute = 0; minute < 30; minute++) {
      vi.advanceTimersByTime(55_000);
      last().hear(JSON.stringify({ type: "pong", sent: 1 }));
    }
    expect(Line.all).toHaveLength(1);
    expect(connection.link.state).toBe("connected");
  });

  test("is asked when silent, and given up only after several questions without an answer", () => {
    last().open().hear(WELCOME);
    vi.advanceTimersByTime(SILENT_MS + 1);
    expect(sent(last())).toEqual(["hello", "ping"]);
    vi.advanceTimersByTime((UNANSWERED - 1) * SILENT_MS);
    expect(Line.all).toHaveLength(1);
    vi.advanceTimersByTime(SILENT_MS + 1_000);
    expect(Line.all).toHaveLength(2);
  });

  test("acknowledgements go out on time", () => {
    last().open().hear(WELCOME);
    last().hear(NAMED);
    last().hear(encodeSlices(greySlices(1).slice(0, 1)) as Uint8Array<ArrayBuffer>);
    expect(sent(last())).toEqual(["hello"]);
    vi.advanceTimersByTime(101);
    expect(sent(last())).toEqual(["hello", "ack"]);
  });
});

describe("when the network or the page comes back", () => {
  test("what waits is tried at once", () => {
    for (let round = 0; round < 6; round++) {
      last().cut();
      vi.advanceTimersByTime(20_000);
    }
    last().cut();
    const before = Line.all.length;
    page.dispatchEvent(new Event("online"));
    expect(Line.all).toHaveLength(before + 1);
  });

  test("a connection that may be dead must answer, or is replaced", () => {
    last().open().hear(WELCOME);
    vi.advanceTimersByTime(10);
    page.dispatchEvent(new Event("online"));
    expect(sent(last())).toEqual(["hello", "ping"]);
    vi.advanceTimersByTime(PROBE_MS + 400);
    expect(Line.all).toHaveLength(2);
  });

  test("one that answers stays", () => {
    last().open().hear(WELCOME);
    vi.advanceTimersByTime(10);
    page.dispatchEvent(new Event("online"));
    vi.advanceTimersByTime(10);
    last().hear(JSON.stringify({ type: "pong", sent: 10 }));
    vi.advanceTimersByTime(PROBE_MS + 400);
    expect(Line.all).toHaveLength(1);
  });
});

describe("a server that breaks the protocol", () => {
  test("is asked anew on another connection, a few times", () => {
    for (let round = 0; round < 2; round++) {
      last().open().hear("{");
      expect(last().closed).toBe(4000);
      vi.advanceTimersByTime(20_000);
    }
    last()
      .open()
      .hear(JSON.stringify({ type: "nonsense" }));
    vi.advanceTimersByTime(100_000);
    expect(Line.all).toHaveLength(3);
    expect(connection.link).toMatchObject({ state: "offline", reload: true });
  });

  test("and speaks another version: the page must be loaded again", () => {
    last().open().hear(WELCOME.replace('"version":1', '"version":2'));
    expect(last().closed).toBe(4001);
    expect(connection.link).toMatchObject({ reload: true });
    expect(Line.all).toHaveLength(1);
  });
});
