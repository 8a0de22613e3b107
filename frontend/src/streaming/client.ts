/**
 * The viewer's side of a connection, without I/O: the twin of `streaming/client.py`.
 *
 * A connection belongs to the page: at any time one study is open, or none. Messages come in (`receiveText`,
 * `receiveBinary`), events go out (returned), messages to send are asked for (`messagesToSend`), and `nextDeadline`
 * says when to ask again. Times are in milliseconds of any steady clock.
 */

import { Acks } from "./acks";
import { WireError } from "./errors";
import { type HeldFrame, Holdings, type KeptFrame, type Stated, stateFrames } from "./holdings";
import type { Manifest } from "./manifest";
import { applyChanges } from "./manifest-changes";
import {
  firstLook,
  type Looked,
  type PageKnows,
  type ScreenSize,
  type StudyPlace,
  screenOf,
  writeOpening,
} from "./opening";
import { decodeSlices } from "./slices";
import type { FrameKey } from "./vocabulary";
import type { Note, ServerMessage, ViewerMessage, Viewport } from "./wire";

/** Viewports go out no closer than this; the last one always does. */
export const VIEWPORT_MS = 30;
type Prefetch = Extract<ViewerMessage, { type: "prefetch" }>;

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

export class ViewerClient {
  readonly holdings = new Holdings();
  /** Bytes of all binary messages of all connections. */
  received = 0;
  /**
   * Bytes held that the decoder has still to take for what is on the screen, as whoever decodes says. Beyond
   * `BACKLOG_BYTES` they are not acknowledged. What is held only as bytes (other frames, tiles off the screen) is none
   * of it.
   */
  backlog = 0;
  readonly #handles = new Map<number, HeldFrame>();
  readonly #notes = new Map<string, Note>();
  /** Held, but never told on this connection. */
  readonly #untold = new Set<HeldFrame>();
  /** Named in this connection's opening request. */
  #asked: string | null = null;
  /** What the server said last to be open: what it tells is of that one. */
  #opened: string | null = null;
  /** The study's last change, as the server said when it opened it. */
  #latest = 0;
  #screen: ScreenSize;
  #place: StudyPlace | null = null;
  #knows: PageKnows = {};
  #after = 0;
  #looked: Looked | null = null;
  #generation = 0;
  #viewportWaits = false;
  #viewportSent = -Infinity;
  #prefetch: Prefetch | null = null;
  #hidden = false;
  #queue: ViewerMessage[] = [];
  #connected = false;
  #helloDue = false;
  #openDue = false;
  /** Stores being read. */
  #held = 0;
  #acks = new Acks();

  constructor(screen: ScreenSize) {
    this.#screen = screenOf(screen);
  }

  /** The picture's room on the screen, in device pixels. */
  get screen(): ScreenSize {
    return this.#screen;
  }

  /** What is looked at; null before anything is. */
  get looked(): Looked | null {
    return this.#looked;
  }

  /** The study that is open, or is being opened. */
  get place(): StudyPlace | null {
    return this.#place;
  }

  /** Highest sequence number of the open study's changes seen. */
  get after(): number {
    return this.#after;
  }

  /** Notes of the open study that are neither stored nor refused yet. */
  get notesWaiting(): readonly Note[] {
    return [...this.#notes.values()];
  }

  resize(screen: ScreenSize): void {
    this.#screen = screenOf(screen);
  }

  /** Query of the next connection's opening request, without the question mark. */
  openingQuery(): string {
    const fresh = !this.#held && [...this.holdings].every((frame) => !frame.bytes);
    return writeOpening({
      fresh,
      study: this.#place?.study ?? null,
      series: this.#looked?.series ?? this.#place?.series ?? null,
      position: this.#looked?.position ?? this.#place?.position ?? 1,
      ...this.#screen,
      have: this.#knows.have?.id ?? null,
      layout: this.#knows.layout ?? null,
    });
  }

  /** Holdings are being read from the store: neither `hello` nor `open` is said before `restored`. */
  restoring(): void {
    this.#held++;
  }

  /** Frames that were held in an earlier life of the page. */
  restored(kept: Iterable<KeptFrame>): ClientEvent[] {
    this.#held--;
    const events: ClientEvent[] = [];
    for (const each of kept) {
      const frame = this.holdings.restore(each);
      if (!frame) continue;
      this.#untold.add(frame);
      events.push({ type: "manifest", frame }, { type: "segment", frame, tile: 0, whole: true });
    }
    return events;
  }

  /** Looks at a study instead of what was open. `knows` where the page that asked for it has something of it. */
  open(place: StudyPlace, knows: PageKnows = {}): void {
    this.#place = place;
    this.#knows = knows;
    this.#forgetStudy();
    this.#generation++;
    if (knows.have) this.holdings.begin(knows.have);
    this.#looked = firstLook(place, this.#screen, knows.have ?? null);
    this.#openDue = this.#connected && !this.#helloDue;
  }

  /** Looks at no study. */
  leave(): void {
    this.#place = this.#looked = null;
    this.#knows = {};
    this.#forgetStudy();
    this.#send({ type: "leave" });
  }

  /** Frames to have readable before their study is opened, for at most so many bytes together. */
  prefetch(keys: readonly FrameKey[], bytes: number): void {
    const frames = keys.map(({ instance, frame }) => ({ instance, frame }));
    this.#prefetch = { type: "prefetch", frames, ...this.#screen, bytes };
    this.#send(this.#worklist(this.#prefetch));
  }

  /**
   * A connection is open: `hello` goes first, and whatever the last one left unanswered goes again. `asked` is the
   * study that its opening request named; it may have been left meanwhile.
   */
  connected(asked: string | null): void {
    this.#connected = true;
    this.#helloDue = true;
    this.#openDue = false;
    this.#asked = asked;
    this.#opened = null;
    this.#handles.clear();
    this.holdings.settle();
    this.#acks = new Acks();
    this.#queue = [];
  }

  disconnected(): void {
    this.#connected = false;
    this.#helloDue = this.#openDue = false;
    this.#queue = [];
  }

  lookAt(looked: Looked): void {
    if (!this.#place || JSON.stringify(looked) === JSON.stringify(this.#looked)) return;
    this.#looked = looked;
    this.#generation++;
    this.#viewportWaits = true;
  }

  /** The page is hidden, or is seen again: nothing is sent meanwhile. */
  hide(hidden: boolean): void {
    if (this.#hidden === hidden) return;
    this.#hidden = hidden;
    if (this.#looked) {
      this.#generation++;
      this.#viewportWaits = true;
    }
    if (this.#prefetch) this.#send(this.#worklist(this.#prefetch));
  }

  submitNote(note: Note): void {
    if (this.#notes.has(note.id)) return;
    this.#notes.set(note.id, note);
    // A note is of the study that is open on the server: it goes behind `open`.
    if (!this.#openDue) this.#send({ type: "note", ...note });
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

  /**
   * Takes a text message in; what is told of a study that was left meanwhile is nothing. Raises StreamingError, after
   * which the connection must be closed.
   */
  receiveText(message: ServerMessage): ClientEvent[] {
    switch (message.type) {
      case "manifest":
        return [{ type: "manifest", frame: this.#named(message) }];
      case "opened":
        this.#opened = message.study;
        this.#latest = message.latest;
        break;
      case "study":
        if (!this.#isOpen()) return [];
        this.#knows = { ...this.#knows, layout: this.#latest };
        break;
      case "changes":
        if (!this.#isOpen()) return [];
        for (const { sequence } of message.changes) this.#after = Math.max(this.#after, sequence);
        // A layout that a change brought came ahead of it.
        if (this.#knows.layout != null) {
          this.#knows = { ...this.#knows, layout: Math.max(this.#knows.layout, this.#after) };
        }
        break;
      case "note_stored":
      case "note_refused":
        this.#notes.delete(message.id);
        break;
    }
    return [message];
  }

  /** Takes a binary message in. Raises StreamingError, after which the connection must be closed. */
  receiveBinary(message: Uint8Array): ClientEvent[] {
    this.received += message.length;
    this.#acks.take(message.length);
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
    if (!this.#connected || (this.#helloDue && this.#held)) return [];
    if (this.#helloDue) this.#greet();
    if (this.#openDue && !this.#held) this.#sayOpen();
    const messages = this.#queue;
    this.#queue = [];
    if (this.#viewportWaits && !this.#openDue && this.#looked && now >= this.#viewportSent + VIEWPORT_MS) {
      this.#viewportWaits = false;
      this.#viewportSent = now;
      messages.push({ type: "viewport", ...this.#viewport(this.#looked) });
    }
    const received = this.#acks.owed(now, this.backlog);
    if (received !== null) messages.push({ type: "ack", received });
    return messages;
  }

  /** When to ask for messages again though nothing came; null for not before something does. */
  nextDeadline(): number | null {
    if (!this.#connected || this.#helloDue) return null;
    const viewport = this.#viewportWaits && !this.#openDue ? this.#viewportSent + VIEWPORT_MS : Infinity;
    const due = Math.min(viewport, this.#acks.due);
    return due === Infinity ? null : due;
  }

  /** Before `hello` nothing is queued: it says all that is to be said. */
  #send(message: ViewerMessage): void {
    if (this.#connected && !this.#helloDue) this.#queue.push(message);
  }

  #greet(): void {
    this.#helloDue = false;
    const { holdings, manifests } = this.#stated(this.holdings);
    const here = this.#asked === (this.#place?.study ?? null);
    const viewport = here && this.#looked ? this.#viewport(this.#looked) : null;
    this.#queue = [{ type: "hello", holdings, manifests, after: here ? this.#after : 0, viewport }];
    if (this.#prefetch) this.#queue.push(this.#worklist(this.#prefetch));
    if (here) {
      this.#viewportWaits = false;
      this.#queueNotes();
    } else if (this.#place) this.#openDue = true;
    else this.#queue.push({ type: "leave" });
  }

  #sayOpen(): void {
    this.#openDue = false;
    if (!this.#place) return;
    const { holdings, manifests } = this.#stated(this.#untold);
    this.#queue.push({ type: "open", ...this.#place, ...this.#screen, holdings, manifests, after: this.#after });
    this.#queueNotes();
  }

  #queueNotes(): void {
    for (const note of this.#notes.values()) this.#queue.push({ type: "note", ...note });
  }

  #forgetStudy(): void {
    this.#after = 0;
    this.#opened = null;
    this.#notes.clear();
    this.#viewportWaits = this.#openDue = false;
  }

  #isOpen(): boolean {
    return this.#place !== null && this.#place.study === this.#opened;
  }

  #viewport(looked: Looked): Viewport {
    return { generation: this.#generation, ...looked, paused: looked.paused || this.#hidden };
  }

  #worklist(prefetch: Prefetch): Prefetch {
    return { ...prefetch, ...this.#screen, bytes: this.#hidden ? 0 : prefetch.bytes };
  }

  #named(message: Extract<ServerMessage, { type: "manifest" }>): HeldFrame {
    const manifest = this.#body(message);
    if (!manifest) throw new WireError("A manifest is left out that this viewer does not have.");
    const frame = this.holdings.begin(manifest);
    this.#handles.set(message.handle, frame);
    return frame;
  }

  #body(message: Extract<ServerMessage, { type: "manifest" }>): Manifest | null {
    if ("like" in message) {
      const known = this.#handles.get(message.like);
      return known ? applyChanges(known.manifest, message.manifest, message.id, message) : null;
    }
    const held = this.holdings.get(message);
    return message.manifest ?? (held?.manifest.id === message.id ? held.manifest : null);
  }

  #stated(frames: Iterable<HeldFrame>): Stated {
    const stated = stateFrames(frames);
    this.#untold.clear();
    return stated;
  }
}
