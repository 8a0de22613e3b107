/**
 * The viewer's side of one study's stream, without I/O: the twin of `streaming/client.py`.
 *
 * Messages come in (`receiveText`, `receiveBinary`), events go out (returned), messages to send are asked for
 * (`messagesToSend`), and `nextDeadline` says when to ask again. Times are in milliseconds of any steady clock.
 */

import { WireError } from "./errors";
import { type HeldFrame, Holdings } from "./holdings";
import type { Manifest } from "./manifest";
import { decodeSlices } from "./slices";
import { fittedScale, whole } from "./viewport";
import { type FrameKey, MAX_CONTROL_BYTES, PROTOCOL_VERSION } from "./vocabulary";
import type { FrameHoldingsStated, Note, ServerMessage, StudyLayout, ViewerMessage, Viewport } from "./wire";

/** An ack goes out at the latest after this many bytes, messages or milliseconds. */
export const ACK_BYTES = 8 * 1024;
export const ACK_MESSAGES = 2;
export const ACK_MS = 100;
/** Viewports go out no closer than this; the last one always does. */
export const VIEWPORT_MS = 30;
/** Of the 256 KiB a message may have, what is left for all but the holdings. */
const HELLO_ROOM = 48 * 1024;

export type Looked = Omit<Viewport, "generation">;

export type ClientEvent =
  | Exclude<ServerMessage, { type: "manifest" }>
  | { readonly type: "manifest"; readonly frame: HeldFrame }
  | {
      readonly type: "segment";
      readonly frame: HeldFrame;
      readonly tile: number;
      /** A whole segment is there, not only more bytes of one. */
      readonly whole: boolean;
    };

export interface ClientOptions {
  readonly opening: { readonly series: string; readonly position: number };
  /** The picture's room on the screen, in device pixels. */
  readonly screen: { readonly width: number; readonly height: number };
  /** The opening frame's manifest, where the page has it. */
  readonly have: Manifest | null;
  /** Sequence number of the last change seen, 0 for none. */
  readonly after: number;
}

export class ViewerClient {
  readonly holdings = new Holdings();
  /** The study as the server last described it; null before that. */
  study: StudyLayout | null = null;
  /** Bytes of all binary messages of all connections. */
  received = 0;
  readonly #options: ClientOptions;
  readonly #handles = new Map<number, HeldFrame>();
  readonly #notes = new Map<string, Note>();
  #after: number;
  #looked: Looked;
  #generation = 1;
  #viewportWaits = false;
  #viewportSent = -Infinity;
  #queue: ViewerMessage[] = [];
  #connected = false;
  #receivedHere = 0;
  #acknowledged = 0;
  #unacknowledged = 0;
  #ackDue = Infinity;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#after = options.after;
    if (options.have) this.holdings.begin(options.have);
    this.#looked = {
      ...options.opening,
      // Without a manifest the size is not known: a region that no frame exceeds, coarse until it is.
      region: options.have ? [...whole(options.have)] : [0, 0, 65_535, 65_535],
      scale: options.have ? fittedScale(options.have, options.screen.width, options.screen.height) : 1 / 4,
      window: null,
      direction: 0,
      saver: false,
    };
  }

  get looked(): Looked {
    return this.#looked;
  }

  /** Highest sequence number of the changes seen. */
  get after(): number {
    return this.#after;
  }

  /** Notes that are neither stored nor refused yet. */
  get notesWaiting(): readonly Note[] {
    return [...this.#notes.values()];
  }

  /** Query of the next connection's opening request, without the question mark. */
  openingQuery(): string {
    const { have, screen } = this.#options;
    const fresh = [...this.holdings].every((frame) => !frame.bytes);
    const { series, position } = this.#looked;
    const query: [string, string | number][] = [
      ["v", PROTOCOL_VERSION],
      ["fresh", fresh ? 1 : 0],
      ["series", series],
      ["position", position],
      ["width", clampScreen(screen.width)],
      ["height", clampScreen(screen.height)],
    ];
    if (have) query.push(["have", have.id]);
    return query.map(([name, value]) => `${name}=${value}`).join("&");
  }

  /** A connection is open: `hello` goes first, and whatever the last one left unanswered goes again. */
  connected(): void {
    this.#connected = true;
    this.#handles.clear();
    this.holdings.settle();
    this.#receivedHere = 0;
    this.#acknowledged = 0;
    this.#unacknowledged = 0;
    this.#ackDue = Infinity;
    this.#viewportWaits = false;
    this.#queue = [this.#hello(), ...this.notesWaiting.map((note) => ({ type: "note" as const, ...note }))];
  }

  disconnected(): void {
    this.#connected = false;
    this.#queue = [];
    this.#ackDue = Infinity;
  }

  lookAt(looked: Looked): void {
    if (JSON.stringify(looked) === JSON.stringify(this.#looked)) return;
    this.#looked = looked;
    this.#generation++;
    this.#viewportWaits = true;
  }

  submitNote(note: Note): void {
    if (this.#notes.has(note.id)) return;
    this.#notes.set(note.id, note);
    this.#send({ type: "note", ...note });
  }

  ping(sent: number): void {
    this.#send({ type: "ping", sent });
  }

  /** The budget is full: what is held of these frames goes. */
  drop(keys: readonly FrameKey[]): void {
    const frames = keys.filter((key) => this.holdings.get(key)?.clear());
    if (frames.length) {
      this.#send({ type: "dropped", frames: frames.map(({ instance, frame }) => ({ instance, frame })) });
    }
  }

  /** The tile's digest differed or it did not decode: its segments go, and it is asked for anew. */
  again({ instance, frame }: FrameKey, tile: number, reason: "digest" | "decode"): void {
    this.holdings.get({ instance, frame })?.forget(tile);
    this.#send({ type: "again", instance, frame, tile, reason });
  }

  /** Takes a text message in. Raises StreamingError, after which the connection must be closed. */
  receiveText(message: ServerMessage): ClientEvent {
    switch (message.type) {
      case "study":
        this.study = message.study;
        return message;
      case "manifest":
        return { type: "manifest", frame: this.#named(message) };
      case "changes":
        for (const { sequence } of message.changes) this.#after = Math.max(this.#after, sequence);
        return message;
      case "note_stored":
      case "note_refused":
        this.#notes.delete(message.id);
        return message;
      default:
        return message;
    }
  }

  /** Takes a binary message in. Raises StreamingError, after which the connection must be closed. */
  receiveBinary(message: Uint8Array, now: number): ClientEvent[] {
    this.#receivedHere += message.length;
    this.received += message.length;
    this.#unacknowledged++;
    this.#ackDue = Math.min(this.#ackDue, now + ACK_MS);
    const events: ClientEvent[] = [];
    for (const slice of decodeSlices(message)) {
      const frame = this.#handles.get(slice.handle);
      if (!frame) throw new WireError("A slice is of a frame that was not named.");
      const taken = frame.take(slice);
      if (taken !== "nothing") {
        events.push({ type: "segment", frame, tile: slice.tile, whole: taken === "segment" });
      }
    }
    return events;
  }

  /** What goes out now, in order. */
  messagesToSend(now: number): ViewerMessage[] {
    if (!this.#connected) return [];
    const messages = this.#queue;
    this.#queue = [];
    if (this.#viewportWaits && now >= this.#viewportSent + VIEWPORT_MS) {
      this.#viewportWaits = false;
      this.#viewportSent = now;
      messages.push({ type: "viewport", ...this.#viewport() });
    }
    const owed = this.#receivedHere - this.#acknowledged;
    if (owed && (owed >= ACK_BYTES || this.#unacknowledged >= ACK_MESSAGES || now >= this.#ackDue)) {
      this.#acknowledged = this.#receivedHere;
      this.#unacknowledged = 0;
      this.#ackDue = Infinity;
      messages.push({ type: "ack", received: this.#receivedHere });
    }
    return messages;
  }

  /** When to ask for messages again though nothing came; null for not before something does. */
  nextDeadline(): number | null {
    if (!this.#connected) return null;
    const viewport = this.#viewportWaits ? this.#viewportSent + VIEWPORT_MS : Infinity;
    const due = Math.min(viewport, this.#ackDue);
    return due === Infinity ? null : due;
  }

  #send(message: ViewerMessage): void {
    if (this.#connected) this.#queue.push(message);
  }

  #named(message: Extract<ServerMessage, { type: "manifest" }>): HeldFrame {
    const held = this.holdings.get(message);
    let manifest = message.manifest;
    if (!manifest && held?.manifest.id === message.id) manifest = held.manifest;
    if (!manifest) throw new WireError("A manifest is left out that this viewer does not have.");
    const frame = this.holdings.begin(manifest);
    this.#handles.set(message.handle, frame);
    return frame;
  }

  #viewport(): Viewport {
    return { generation: this.#generation, ...this.#looked };
  }

  #hello(): ViewerMessage {
    const holdings: FrameHoldingsStated[] = [];
    const manifests: string[] = [];
    let room = MAX_CONTROL_BYTES - HELLO_ROOM;
    for (const frame of [...this.holdings].reverse()) {
      manifests.push(frame.manifest.id);
      if (!frame.bytes) continue;
      const stated = frame.stated();
      room -= JSON.stringify(stated).length + 20;
      // What is not stated would be sent again, and passed over: dearer, never wrong.
      if (room < 0) break;
      holdings.push(stated);
    }
    return { type: "hello", holdings, manifests, after: this.#after, viewport: this.#viewport() };
  }
}

function clampScreen(pixels: number): number {
  return Math.max(1, Math.min(16_384, Math.round(pixels)));
}
