/**
 * The WebSocket that drives a ViewerClient: connects, reconnects, and judges a thin link by progress.
 *
 * No time-out ends a connection on which anything arrives. Where nothing does, it is asked (`ping`), and only several
 * unanswered questions in a row end it.
 */

import type { ClientEvent, ViewerClient } from "../streaming/client";
import { StreamingError, VersionError } from "../streaming/errors";
import { CloseCode, SUBPROTOCOL } from "../streaming/vocabulary";
import { readServerMessage, writeViewerMessage } from "../streaming/wire";
import type { Link, LinkState } from "./frame-state";

/** Nothing came for this long: ask. */
export const SILENT_MS = 15_000;
/** The same while a picture is on its way. */
export const OVERDUE_MS = 3_000;
/** An answer that takes longer may never come: another connection is tried beside this one. */
export const ANSWER_MS = 4_000;
/** Questions without any answer until the reader is told that there is no link. */
export const NO_LINK = 3;
/** Questions without any answer until the connection is given up, though no other came up beside it. */
export const UNANSWERED = 15;
/** A connection tried beside another is given this long before the next is. */
export const SPARE_MS = 10_000;
/** A connection that has not opened by then is tried anew. */
export const PROBE_MS = 10_000;
const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 20_000;
/** So often it is tried at least every 0.6 s while a reader waits for a picture: a server starts anew in seconds. */
const EAGER = 20;
/** Faults of the protocol in a row, without progress between them, until no more is tried. */
const MOST_FAULTS = 3;

const RELOAD = "The server was renewed. Load the page again.";
const STOPPED: Readonly<Record<number, string>> = {
  [CloseCode.MALFORMED]: "The server did not understand this page. Load it again.",
  [CloseCode.UNSUPPORTED_VERSION]: RELOAD,
  [CloseCode.UNKNOWN_STUDY]: "The server does not have this study any more. Go back to the list.",
  [CloseCode.TOO_LARGE]: "This page sent more than the server takes. Load it again.",
};

/** A socket that the page opened before its scripts were there, and what has come through it. */
export interface EarlySocket {
  readonly socket: WebSocket;
  readonly received: (string | ArrayBuffer)[];
}

export interface ConnectionOptions {
  readonly client: ViewerClient;
  /** Of the stream, without query: ws(s)://, http(s):// or relative to the page. */
  readonly url: string;
  readonly early?: EarlySocket | undefined;
  /** Something is on its way, so silence means that the link is cut, or worse. */
  readonly expecting?: () => boolean;
  readonly onEvents: (events: readonly ClientEvent[]) => void;
  readonly onLink: (link: Link) => void;
}

export class Connection {
  link: Link = { state: "connecting", stopped: null, reload: false };
  readonly #options: ConnectionOptions;
  #socket: WebSocket | null = null;
  /** Tried while the socket says nothing: a network that changed, or a cut that TCP waits out, leaves it dead. */
  #spare: EarlySocket | null = null;
  #dialled = 0;
  #since = 0;
  #heard = 0;
  #asked = 0;
  #unanswered = 0;
  /** Attempts without progress. */
  #failures = 0;
  #faults = 0;
  #timers: { pump?: number; opening?: number; retry?: number; silence?: number } = {};
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    globalThis.addEventListener?.("online", this.#returned);
    globalThis.document?.addEventListener("visibilitychange", this.#returned);
  }

  /** Connects; the client must know by now what it opens. */
  start(): void {
    const { early } = this.#options;
    if (early && early.socket.readyState <= WebSocket.OPEN) this.#adopt(early);
    else this.#connect();
  }

  /** Sends what the client has to say now. */
  pump(): void {
    const { client } = this.#options;
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    const now = performance.now();
    for (const message of client.messagesToSend(now)) {
      socket.send(JSON.stringify(writeViewerMessage(message)));
    }
    clearTimeout(this.#timers.pump);
    const deadline = client.nextDeadline();
    if (deadline !== null) this.#timers.pump = this.#after(deadline - now, () => this.pump());
  }

  close(): void {
    this.#closed = true;
    globalThis.removeEventListener?.("online", this.#returned);
    globalThis.document?.removeEventListener("visibilitychange", this.#returned);
    this.#drop();
  }

  #after(milliseconds: number, action: () => void): number {
    return setTimeout(action, Math.max(0, milliseconds)) as unknown as number;
  }

  #say(state: LinkState, stopped: string | null = null, reload = false): void {
    const before = this.link;
    if (before.state === state && before.stopped === stopped) return;
    this.link = { state, stopped, reload };
    this.#options.onLink(this.link);
  }

  #connect(): void {
    this.#drop();
    if (this.link.state !== "offline") this.#say("connecting");
    this.#attach(this.#dial(this.#options.client.openingQuery()));
  }

  #dial(query: string): WebSocket {
    const address = new URL(this.#options.url, globalThis.location?.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.search = query;
    return new WebSocket(address, SUBPROTOCOL);
  }

  /** Another connection beside this one; whichever says something first goes on. */
  #trySpare(): void {
    const now = performance.now();
    if (this.#spare && now - this.#dialled < SPARE_MS) return;
    this.#dropSpare();
    this.#dialled = now;
    // It waits for `hello`, so that nothing is sent twice while both live.
    const socket = this.#dial(this.#options.client.openingQuery().replace("fresh=1", "fresh=0"));
    const spare: EarlySocket = { socket, received: [] };
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      spare.received.push(data);
      if (this.#spare !== spare) return;
      if (this.#heard > now) this.#dropSpare();
      else this.#adopt(spare);
    };
    this.#spare = spare;
  }

  #dropSpare(): void {
    this.#spare?.socket.close();
    this.#spare = null;
  }

  /** What came before the scripts did is taken in first. */
  #adopt({ socket, received }: EarlySocket): void {
    if (this.#spare?.socket === socket) this.#spare = null;
    this.#drop();
    this.#attach(socket);
    if (socket.readyState === WebSocket.OPEN) this.#opened(socket);
    for (const data of received) if (this.#socket === socket) this.#receive(data);
  }

  #attach(socket: WebSocket): void {
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#since = performance.now();
    this.#timers.opening = this.#after(ANSWER_MS, () => this.#overdue());
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#receive(data);
    socket.onclose = ({ code }) => this.#ended(code);
  }

  /** It is still not open: its first packets may have been lost, and TCP waits longer and longer. */
  #overdue(): void {
    this.#trySpare();
    this.#timers.opening = this.#after(ANSWER_MS, () => this.#overdue());
  }

  #opened({ url }: WebSocket): void {
    clearTimeout(this.#timers.opening);
    this.#options.client.connected(new URL(url).searchParams.get("study"));
    this.#watch();
    this.pump();
  }

  #receive(data: string | ArrayBuffer): void {
    const { client, onEvents } = this.#options;
    this.#heard = performance.now();
    this.#unanswered = 0;
    if (this.#spare) this.#dropSpare();
    try {
      const events =
        typeof data === "string"
          ? client.receiveText(readServerMessage(JSON.parse(data)))
          : client.receiveBinary(new Uint8Array(data));
      this.#say("connected");
      if (typeof data !== "string") {
        this.#failures = 0;
        this.#faults = 0;
      }
      onEvents(events);
    } catch (error) {
      if (!(error instanceof StreamingError || error instanceof SyntaxError)) throw error;
      this.#broken(error);
      return;
    }
    this.pump();
  }

  /** What the server sent breaks the protocol: the state is told anew on another connection, a few times. */
  #broken(error: Error): void {
    const code = error instanceof StreamingError ? error.closeCode : CloseCode.MALFORMED;
    this.#socket?.close(code, error.message.slice(0, 100));
    this.#drop();
    if (error instanceof VersionError) this.#say("offline", RELOAD, true);
    else if (++this.#faults >= MOST_FAULTS)
      this.#say("offline", "The server and this page do not understand each other. Load it again.", true);
    else this.#retryLater();
  }

  #ended(code: number): void {
    this.#drop();
    const stopped = STOPPED[code];
    if (stopped) this.#say("offline", stopped, code !== CloseCode.UNKNOWN_STUDY);
    else this.#retryLater();
  }

  #retryLater(): void {
    if (this.#closed) return;
    const failures = this.#failures++;
    const doubled = this.#options.expecting?.() ? Math.max(Math.min(failures, 1), failures - EAGER) : failures;
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** doubled);
    this.#say(this.#failures > 1 ? "offline" : "connecting");
    // Spread out: after a server's restart not every phone comes at once.
    this.#timers.retry = this.#after(wait * (0.5 + Math.random() / 2), () => this.#connect());
  }

  /** Lets go of the socket and the timers, whatever state they are in. */
  #drop(): void {
    this.#dropSpare();
    const socket = this.#socket;
    this.#socket = null;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#timers = {};
    this.#options.client.disconnected();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** Asks where nothing comes, tries another connection where nothing answers, and in the end gives this one up. */
  #watch(): void {
    this.#heard = performance.now();
    this.#unanswered = 0;
    const look = (): void => {
      const patience = this.#unanswered ? ANSWER_MS : this.#options.expecting?.() ? OVERDUE_MS : SILENT_MS;
      const silent = performance.now() - Math.max(this.#heard, this.#asked);
      let wait = patience - silent;
      if (wait <= 1) {
        if (this.#unanswered >= UNANSWERED) {
          this.#ended(0);
          return;
        }
        if (this.#unanswered) {
          this.#say(this.#unanswered < NO_LINK ? "connecting" : "offline");
          this.#trySpare();
        }
        this.#ask();
        wait = ANSWER_MS;
      }
      this.#timers.silence = this.#after(Math.min(wait, OVERDUE_MS), look);
    };
    look();
  }

  #ask(): void {
    this.#unanswered++;
    this.#asked = performance.now();
    this.#options.client.ping(Math.round(this.#asked));
    this.pump();
  }

  /** The network or the page came back: what waits is tried now, and beside what may be dead another is. */
  readonly #returned = (event: Event): void => {
    if (this.#closed || this.link.stopped || globalThis.document?.visibilityState === "hidden") return;
    const socket = this.#socket;
    if (!socket) {
      this.#failures = 0;
      this.#connect();
    } else if (socket.readyState === WebSocket.OPEN) {
      this.#ask();
      if (event.type === "online") this.#trySpare();
    } else if (performance.now() - this.#since > PROBE_MS) {
      this.#connect();
    }
  };
}
