/**
 * The one link of the page: connection, protocol state and compressed segments, shared by the study list and whatever
 * study is open. At any time one of them listens.
 */

import type { KeptStudies } from "../cache/holdings-store";
import { SegmentCache } from "../cache/segments";
import { type ClientEvent, ViewerClient } from "../streaming/client";
import type { PageKnows, ScreenSize, StudyPlace } from "../streaming/opening";
import type { FrameKey } from "../streaming/vocabulary";
import { Connection, type EarlySocket } from "./connection";
import type { Link } from "./frame-state";
import { LinkMeter } from "./link-meter";

/** What is told to whoever listens. */
export interface Listener {
  readonly onEvents: (events: readonly ClientEvent[]) => void;
  readonly onLink?: (link: Link) => void;
}

export interface AppLinkOptions {
  /** Of the stream, without its query; relative to the page, or ws(s)://. */
  readonly url: string;
  readonly screen: ScreenSize;
  readonly early?: EarlySocket | undefined;
  /** Compressed segments kept in memory, in bytes. */
  readonly segments?: number;
  /** What outlives the page; nothing where this is left out. */
  readonly store?: KeptStudies;
}

/** Where nothing outlives the page. */
const NO_STORE: KeptStudies = { has: () => false, read: () => Promise.resolve([]), keep: () => undefined };

export class AppLink {
  readonly client: ViewerClient;
  readonly cache: SegmentCache;
  readonly meter = new LinkMeter();
  /** A picture is on its way. */
  expecting = false;
  readonly #connection: Connection;
  readonly #store: KeptStudies;
  #listener: Listener | null = null;
  /** What came while nobody listened; segments are in the holdings. */
  #missed: ClientEvent[] = [];
  #started = false;

  constructor({ url, screen, early, segments, store = NO_STORE }: AppLinkOptions) {
    this.client = new ViewerClient(screen);
    this.cache = new SegmentCache(segments);
    this.#store = store;
    this.#connection = new Connection({
      client: this.client,
      url,
      early,
      expecting: () => this.expecting,
      onEvents: (events) => this.#received(events),
      onLink: (link) => this.#listener?.onLink?.(link),
    });
    globalThis.document?.addEventListener("visibilitychange", this.#shownOrHidden);
    this.client.hide(globalThis.document?.visibilityState === "hidden");
  }

  get link(): Link {
    return this.#connection.link;
  }

  /** Listens instead of whoever did; returns what ends it. */
  listen(listener: Listener): () => void {
    this.#listener = listener;
    const missed = this.#missed;
    this.#missed = [];
    if (missed.length) listener.onEvents(missed);
    return () => {
      if (this.#listener === listener) this.#listener = null;
    };
  }

  /** What a listener took that is another's: the next one is told. */
  putBack(events: readonly ClientEvent[]): void {
    this.#missed.push(...events);
  }

  /** Opens a study, with what is kept of it; without one, connects for the worklist alone. */
  open(place: StudyPlace | null, knows: PageKnows = {}): void {
    if (place && this.client.place?.study === place.study) return;
    this.#missed = [];
    if (place && this.#store.has(place.study)) void this.#openKept(place, knows);
    else if (place) this.client.open(place, knows);
    this.#run();
  }

  /** No study is looked at any more. */
  leave(): void {
    this.client.leave();
    this.pump();
  }

  /** The worklist's likeliest frames, and how many bytes they may take. */
  prefetch(frames: readonly FrameKey[], bytes: number): void {
    this.client.prefetch(frames, bytes);
    this.pump();
  }

  /** Keeps what is held of frames of a study beyond the page. */
  keep(study: string, keys: Iterable<FrameKey>): void {
    for (const key of keys) {
      const frame = this.client.holdings.get(key);
      if (frame?.bytes) this.#store.keep(study, frame);
    }
  }

  /** Asks the server for a sign of life: how long a round trip takes. */
  ask(): void {
    this.client.ping(Math.round(performance.now()));
    this.pump();
  }

  /** Sends what there is to say. */
  pump(): void {
    this.#connection.pump();
  }

  #run(): void {
    if (this.#started) this.pump();
    else this.#connection.start();
    this.#started = true;
  }

  /** Before the connection's first word, or before `open`, the server must know what is held. */
  async #openKept(place: StudyPlace, knows: PageKnows): Promise<void> {
    this.client.restoring();
    this.client.open(place, knows);
    this.#received(this.client.restored(await this.#store.read(place.study)));
    this.pump();
  }

  #received(events: readonly ClientEvent[]): void {
    const now = performance.now();
    this.meter.received(this.client.received, now);
    for (const event of events) if (event.type === "pong") this.meter.answered(event.sent, now);
    if (this.#listener) this.#listener.onEvents(events);
    else this.#missed.push(...events.filter(({ type }) => type !== "segment"));
  }

  /** A hidden page needs nothing, and a locked phone shows nothing. */
  readonly #shownOrHidden = (): void => {
    this.client.hide(document.visibilityState === "hidden");
    this.pump();
  };
}
