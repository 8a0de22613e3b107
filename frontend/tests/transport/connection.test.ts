/** The connection's judgement of a link, with the clock and the network in the test's hand. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ViewerClient } from "../../src/streaming/client";
import {
  ANSWER_MS,
  Connection,
  type EarlySocket,
  NO_LINK,
  OVERDUE_MS,
  SILENT_MS,
  SPARE_MS,
  UNANSWERED,
} from "../../src/transport/connection";
import type { Link } from "../../src/transport/frame-state";
import { greyManifest } from "../grey-frame";
import { Line, named, segments, WELCOME } from "./line";

const { instance } = greyManifest;
const STUDY = "1.2";
const NAMED = named(instance, 1);

let links: Link[] = [];
let expecting = false;
let told: string[] = [];
let connection: Connection;
const page = new EventTarget();
const last = (): Line => Line.last;
const sent = (line: Line): string[] => line.types;

function connectionOf(early?: EarlySocket): Connection {
  const client = new ViewerClient({ width: 360, height: 640 });
  client.open({ study: STUDY, series: "1.2.3", position: 1 }, { have: greyManifest });
  return new Connection({
    client,
    url: "https://reader.example/stream",
    early,
    expecting: () => expecting,
    onEvents: (events) => told.push(...events.map(({ type }) => type)),
    onLink: (link) => links.push(link),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  Line.all = [];
  links = [];
  expecting = false;
  told = [];
  connection = connectionOf();
  connection.start();
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
  line.hear(segments(1, 1));
}

describe("connecting", () => {
  test("fresh at first, with what is held after a cut", () => {
    expect(last().url).toContain("wss://reader.example/stream?v=2&fresh=1&study=1.2&");
    expect(last().protocol).toBe("firstlight.v2");
    progress(last());
    expect(sent(last())).toEqual(["hello", "ack"]);
    expect(links).toMatchObject([{ state: "connected" }]);
    last().cut();
    vi.advanceTimersByTime(400);
    expect(Line.all).toHaveLength(2);
    expect(last().url).toContain("fresh=0");
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

  test("while a picture is waited for, often at first", () => {
    expecting = true;
    const waits: number[] = [];
    for (let failure = 0; failure < 30; failure++) {
      const before = Line.all.length;
      last().cut();
      let waited = 0;
      for (; Line.all.length === before; waited += 50) vi.advanceTimersByTime(50);
      waits.push(waited);
    }
    expect(Math.max(...waits.slice(0, 20))).toBeLessThanOrEqual(600);
    expect(waits[29]).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(20_050);
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
    const line = last().open();
    line.hear(WELCOME);
    for (let minute = 0; minute < 30; minute++) {
      vi.advanceTimersByTime(55_000);
      line.hear(JSON.stringify({ type: "pong", sent: 1 }));
      expect(Line.all.filter((each) => each.readyState !== 3)).toEqual([line]);
    }
    expect(connection.link.state).toBe("connected");
  });

  test("is asked when silent, and another is tried beside it when it does not answer", () => {
    const line = last().open();
    line.hear(WELCOME);
    vi.advanceTimersByTime(SILENT_MS + 1);
    expect(sent(line)).toEqual(["hello", "ping"]);
    expect(Line.all).toHaveLength(1);
    vi.advanceTimersByTime(ANSWER_MS + 1);
    expect(Line.all).toHaveLength(2);
    expect(last().url.toString()).toContain("fresh=0");
    expect(line.readyState).toBe(1);
    expect(connection.link.state).toBe("connecting");
    line.hear(JSON.stringify({ type: "pong", sent: 1 }));
    expect(last().readyState).toBe(3);
    expect(connection.link.state).toBe("connected");
  });

  test("is asked sooner while a picture is on its way", () => {
    expecting = true;
    last().open().hear(WELCOME);
    vi.advanceTimersByTime(OVERDUE_MS + 1);
    expect(sent(last())).toEqual(["hello", "ping"]);
  });

  test("that is dead gives way to the one that says something", () => {
    const dead = last();
    progress(dead);
    vi.advanceTimersByTime(SILENT_MS + ANSWER_MS + 2);
    const spare = last();
    expect(spare).not.toBe(dead);
    spare.open();
    expect(sent(spare)).toEqual([]);
    spare.hear(WELCOME);
    expect(dead.readyState).toBe(3);
    expect(spare.sent[0]).toMatchObject({ type: "hello", holdings: [{ instance }] });
    expect(connection.link.state).toBe("connected");
    dead.hear(WELCOME);
    expect(Line.all).toHaveLength(2);
  });

  test("that says nothing for long is said to be no link, and in the end given up", () => {
    const line = last().open();
    line.hear(WELCOME);
    vi.advanceTimersByTime(SILENT_MS + NO_LINK * ANSWER_MS + 10);
    expect(connection.link.state).toBe("offline");
    expect(line.readyState).toBe(1);
    vi.advanceTimersByTime(UNANSWERED * ANSWER_MS);
    expect(line.readyState).toBe(3);
  });

  test("that does not even open is tried anew beside itself, one at a time", () => {
    vi.advanceTimersByTime(ANSWER_MS + 1);
    expect(Line.all).toHaveLength(2);
    vi.advanceTimersByTime(3 * SPARE_MS);
    expect(Line.all.filter((each) => each.readyState !== 3)).toHaveLength(2);
    expect(Line.all.length).toBeLessThanOrEqual(5);
  });

  test("acknowledgements go out at once", () => {
    last().open().hear(WELCOME);
    last().hear(NAMED);
    last().hear(segments(1, 1));
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

  test("a connection that may be dead is asked, and another is tried beside it", () => {
    const line = last().open();
    line.hear(WELCOME);
    vi.advanceTimersByTime(10);
    page.dispatchEvent(new Event("online"));
    expect(sent(line)).toEqual(["hello", "ping"]);
    expect(Line.all).toHaveLength(2);
    vi.advanceTimersByTime(10);
    line.hear(JSON.stringify({ type: "pong", sent: 10 }));
    expect(Line.all.map(({ readyState }) => readyState)).toEqual([1, 3]);
  });
});

describe("a server that breaks the protocol", () => {
  test("is asked anew on another connection, a few times", () => {
    for (let round = 0; round < 2; round++) {
      last().open().hear("{");
      expect(last().closed).toBe(4000);
      vi.advanceTimersByTime(700);
    }
    last()
      .open()
      .hear(JSON.stringify({ type: "nonsense" }));
    vi.advanceTimersByTime(100_000);
    expect(Line.all).toHaveLength(3);
    expect(connection.link).toMatchObject({ state: "offline", reload: true });
  });

  test("and speaks another version: the page must be loaded again", () => {
    last().open().hear(WELCOME.replace('"version":2', '"version":3'));
    expect(last().closed).toBe(4001);
    expect(connection.link).toMatchObject({ reload: true });
    expect(Line.all).toHaveLength(1);
  });
});

describe("a socket that the page opened before its scripts were there", () => {
  const QUERY = `wss://reader.example/stream?v=2&fresh=1&study=${STUDY}`;

  function early(...received: (string | ArrayBuffer)[]): EarlySocket & { readonly line: Line } {
    connection.close();
    Line.all = [];
    const line = new Line(QUERY, "firstlight.v2");
    return { line, socket: line as unknown as WebSocket, received };
  }

  function adopt(socket: EarlySocket): void {
    connection = connectionOf(socket);
    connection.start();
  }

  test("is waited for while it connects", () => {
    const socket = early();
    adopt(socket);
    expect(Line.all).toEqual([socket.line]);
    expect(socket.line.binaryType).toBe("arraybuffer");
    socket.line.open().hear(WELCOME);
    expect(sent(socket.line)).toEqual(["hello"]);
    expect(links).toMatchObject([{ state: "connected" }]);
  });

  test("is greeted where it is open, and what came through it is taken in, in order", () => {
    const socket = early(WELCOME, NAMED, segments(1, 1).buffer);
    socket.line.readyState = Line.OPEN;
    adopt(socket);
    expect(Line.all).toHaveLength(1);
    expect(sent(socket.line)).toEqual(["hello", "ack"]);
    expect(told).toEqual(["welcome", "manifest", "segment"]);
    socket.line.tell({ type: "pong", sent: 1 });
    expect(told).toEqual(["welcome", "manifest", "segment", "pong"]);
  });

  test("and left since, for another study: that one is opened on it", () => {
    const socket = early(WELCOME);
    socket.line.readyState = Line.OPEN;
    (socket.line as { url: string }).url = QUERY.replace("study=1.2", "study=9.9");
    adopt(socket);
    expect(socket.line.sent).toMatchObject([
      { type: "hello", viewport: null },
      { type: "open", study: STUDY },
    ]);
  });

  test("and closed already, is replaced, and nothing of it is taken in", () => {
    const socket = early(WELCOME, NAMED);
    socket.line.readyState = 3;
    adopt(socket);
    expect(told).toEqual([]);
    expect(Line.all).toHaveLength(2);
    expect(last().url).toContain("fresh=1&study=1.2");
    progress(last());
    expect(links).toMatchObject([{ state: "connected" }]);
  });

  test("and cut later, is replaced as any other", () => {
    const socket = early(WELCOME, NAMED, segments(1, 1).buffer);
    socket.line.readyState = Line.OPEN;
    adopt(socket);
    socket.line.cut();
    vi.advanceTimersByTime(400);
    expect(Line.all).toHaveLength(2);
    last().open();
    expect(last().sent).toMatchObject([{ type: "hello", holdings: [{ instance }] }]);
  });

  test("through which what breaks the protocol came, is closed, and the rest of it is passed over", () => {
    const socket = early(WELCOME, "{", NAMED);
    socket.line.readyState = Line.OPEN;
    adopt(socket);
    expect(socket.line.closed).toBe(4000);
    expect(told).toEqual(["welcome"]);
    vi.advanceTimersByTime(1000);
    expect(Line.all).toHaveLength(2);
  });
});
