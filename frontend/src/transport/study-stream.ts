/** One open study: the page's link, caches and decoders behind one door for the viewer. */

import { Frames } from "../decode/frames";
import { decoderIsHere, decoderModule, giveDecoder, takeDecoder, workerCount } from "../decode/workers";
import type { ClientEvent } from "../streaming/client";
import { framesOf, type Place } from "../streaming/stack";
import { Coding, type FrameKey, frameId } from "../streaming/vocabulary";
import type { Note, StudyLayout } from "../streaming/wire";
import type { AppLink } from "./app-link";
import type { FrameState, Link, Look, Samples, StreamEvents, StreamOptions } from "./frame-state";

/** Frames to either side that may be decoded ahead, as far as the budget goes. */
const MOST_AHEAD = 64;

type Handlers = { [K in keyof StreamEvents]?: Set<(detail: StreamEvents[K]) => void> };

export class StudyStream {
  study: StudyLayout;
  readonly #link: AppLink;
  readonly #frames: Frames;
  readonly #handlers: Handlers = {};
  readonly #deaf: () => void;
  #stacks = new Map<string, readonly FrameKey[]>();
  #places = new Map<string, Place>();
  #looked = "";
  /** What is looked at, as it was asked for. */
  #latest: Look | undefined;
  /** What waits for the decoder. */
  #decoder: Promise<void> | undefined;
  #at: Place;

  /** Of a study that the link has opened, or is opening. */
  constructor(link: AppLink, { study, opening, decoded }: StreamOptions) {
    this.study = study;
    this.#link = link;
    this.#at = opening;
    this.#layOut();
    this.#frames = new Frames({
      size: workerCount(),
      spawn: takeDecoder,
      release: giveDecoder,
      module: () => this.#module(),
      budget: decoded,
      distance: (key) => this.#distance(key),
      neighbours: () => this.#neighbours(),
      onTile: (key, decoded) => this.#emit("tile", { key, decoded }),
      onChange: (key) => this.#changed(key),
      onAgain: (key, tile, reason) => {
        link.client.again(key, tile, reason);
        link.pump();
        this.#emit("mismatch", { key, tile });
      },
      onUnavailable: (key, reason) => this.#emit("unavailable", { key, reason }),
    });
    this.#beginHeld();
    this.#deaf = link.listen({
      onEvents: (events) => this.#receive(events),
      onLink: (now) => this.#emit("link", now),
    });
  }

  get link(): Link {
    return this.#link.link;
  }

  /** What is looked at now. Cheap: call it on every animation frame; what changed is sent, at most every 30 ms. */
  lookAt(look: Look): void {
    this.#latest = look;
    const readable = look.readable || this.#needsDecoder(look);
    const looked = JSON.stringify([look, readable]);
    if (looked === this.#looked) return;
    this.#looked = looked;
    const [left, top, right, bottom] = look.region;
    // The protocol wants an area: an empty one (a screen not laid out yet) is a point's surroundings.
    const region = [left, top, Math.max(right, left + 1), Math.max(bottom, top + 1)] as [
      number,
      number,
      number,
      number,
    ];
    const scale = Math.min(64, Math.max(look.scale, 1 / 1024));
    this.#link.client.lookAt({ ...look, region, scale, readable });
    this.#link.pump();
    this.#at = { series: look.series, position: look.position };
    const key = this.#key(look.series, look.position);
    if (!key) return;
    this.#link.cache.look(key);
    this.#frames.lookAt(key, { region, scale, window: look.window });
    this.#expect();
  }

  /**
   * Whether what is better than readable has to wait for the decoder: on a thin link each would slow the other down,
   * and without the decoder nothing is seen at all. Once it is here, the same is looked at again.
   */
  #needsDecoder(look: Look): boolean {
    const coding = this.frame(look.series, look.position)?.manifest?.coding;
    if (decoderIsHere() || coding === undefined || coding === Coding.JPEG_SCANS) return false;
    this.#decoder ??= this.#module().then(() => {
      if (this.#latest) this.lookAt(this.#latest);
    });
    return true;
  }

  #module(): Promise<WebAssembly.Module> {
    return decoderModule((message) => this.#emit("problem", { code: "decoder", message, mayRetry: true }));
  }

  frame(series: string, position: number): FrameState | undefined {
    const key = this.#key(series, position);
    return key && this.#frames.state(key);
  }

  frameOf(key: FrameKey): FrameState | undefined {
    return this.#frames.state(key);
  }

  /** Share of the frame's segment bytes that are held, 0 to 1: for the scrubber's ticks. */
  heldShare(series: string, position: number): number {
    const state = this.frame(series, position);
    if (!state?.manifest) return 0;
    const all = state.bytes + state.bytesToLossless;
    return all ? state.bytes / all : 1;
  }

  /** Returns what ends the listening. */
  on<K extends keyof StreamEvents>(event: K, handler: (detail: StreamEvents[K]) => void): () => void {
    this.#handlers[event] ??= new Set() as NonNullable<Handlers[K]>;
    this.#handlers[event].add(handler);
    return () => this.#handlers[event]?.delete(handler);
  }

  /** Stored samples, once everything of the frame is held and verified: look at it, or it may never come. */
  samples(series: string, position: number): Promise<Samples> {
    const key = this.#key(series, position);
    if (!key) return Promise.reject(new RangeError("The stack has no such frame."));
    const start = (): Promise<Samples> | null => {
      const state = this.#frames.state(key);
      if (state?.unavailable) return Promise.reject(new Error(state.unavailable.message));
      const held = this.#link.client.holdings.get(key);
      return held ? this.#frames.samples(key, held) : null;
    };
    return (
      start() ??
      new Promise((resolve) => {
        const ends: (() => void)[] = [];
        const look = (detail: { readonly key: FrameKey }): void => {
          if (frameId(detail.key) !== frameId(key)) return;
          const samples = start();
          if (!samples) return;
          for (const end of ends) end();
          resolve(samples);
        };
        ends.push(this.on("manifest", look), this.on("unavailable", look));
      })
    );
  }

  /** Sent now and after every reconnect until it is stored or refused. */
  submitNote(note: Note): void {
    this.#link.client.submitNote(note);
    this.#link.pump();
  }

  close(): void {
    this.#latest = undefined;
    this.#deaf();
    this.#link.expecting = false;
    this.#link.client.backlog = 0;
    this.#frames.close();
    this.#link.leave();
  }

  #emit<K extends keyof StreamEvents>(event: K, detail: StreamEvents[K]): void {
    for (const handler of this.#handlers[event] ?? []) handler(detail);
  }

  #receive(events: readonly ClientEvent[]): void {
    const grown = new Map<string, FrameKey>();
    for (const event of events) {
      if (event.type === "segment") grown.set(frameId(event.frame.key), event.frame.key);
      else this.#told(event);
    }
    if (!grown.size) return;
    this.#emit("bytes", { received: this.#link.client.received });
    this.#link.keep(this.study.study, this.#ofStudy(grown.values()));
    this.#makeRoom();
    this.#frames.grown(grown.values());
    this.#expect();
  }

  #told(event: Exclude<ClientEvent, { type: "segment" }>): void {
    switch (event.type) {
      case "manifest": {
        this.#frames.begin(event.frame);
        const { key, manifest } = event.frame;
        this.#emit("manifest", { key, manifest });
        return;
      }
      case "unavailable": {
        const { instance, frame, code, message, may_retry } = event;
        this.#frames.unavailable({ instance, frame }, { code, message, mayRetry: may_retry });
        return;
      }
      case "study":
        this.study = event.study;
        this.#layOut();
        this.#emit("study", { study: event.study });
        this.#beginHeld();
        return;
      case "changes":
        this.#emit("changes", event);
        return;
      case "note_stored":
        this.#emit("note_stored", { id: event.id, sequence: event.sequence, storedAt: event.stored_at });
        return;
      case "note_refused":
        this.#emit("note_refused", event);
        return;
      case "problem":
        this.#emit("problem", { code: event.code, message: event.message, mayRetry: event.may_retry });
        return;
    }
  }

  /** Frames of which something came before this stream was there, or before they were known to be of its study. */
  #beginHeld(): void {
    const { holdings } = this.#link.client;
    const keys = [...this.#ofStudy([...holdings].map(({ key }) => key))];
    for (const key of keys) {
      const held = holdings.get(key);
      if (held) this.#frames.begin(held);
    }
    this.#link.keep(this.study.study, keys);
  }

  /** Frames of other studies come too: the worklist's. */
  *#ofStudy(keys: Iterable<FrameKey>): Generator<FrameKey> {
    for (const key of keys) if (this.#places.has(frameId(key))) yield key;
  }

  #makeRoom(): void {
    const excess = this.#link.cache.excess(this.#link.client.holdings, (key) => this.#distance(key));
    if (!excess.length) return;
    this.#link.client.drop(excess);
    this.#frames.dropped(excess);
  }

  /** What is looked at is not whole, and nothing but the link holds it back. */
  #expect(): void {
    const { looked } = this.#link.client;
    const state = looked && this.frame(looked.series, looked.position);
    const wanted = looked !== null && !looked.paused && !this.#latest?.readable;
    this.#link.expecting = wanted && !state?.complete && !state?.unavailable;
  }

  /** What waits for the decoder is not acknowledged yet; once less does, it is. */
  #weigh(): void {
    const { client } = this.#link;
    const before = client.backlog;
    client.backlog = this.#frames.backlog;
    if (client.backlog < before) this.#link.pump();
  }

  #changed(key: FrameKey): void {
    this.#weigh();
    if (this.#link.expecting) this.#expect();
    const state = this.#handlers.quality?.size ? this.#frames.state(key) : undefined;
    if (state) this.#emit("quality", { key, state });
  }

  #key(series: string, position: number): FrameKey | undefined {
    return this.#stacks.get(series)?.[position - 1];
  }

  #layOut(): void {
    this.#stacks = new Map(this.study.series.map((layout) => [layout.series, framesOf(layout)]));
    this.#places = new Map();
    for (const [series, stack] of this.#stacks) {
      for (const [index, key] of stack.entries()) this.#places.set(frameId(key), { series, position: index + 1 });
    }
  }

  #distance(key: FrameKey): number {
    const place = this.#places.get(frameId(key));
    return place?.series === this.#at.series ? Math.abs(place.position - this.#at.position) : Infinity;
  }

  /** Frames around the one looked at, nearest first, first where the reader scrolls. */
  *#neighbours(): Generator<FrameKey> {
    const { series, position } = this.#at;
    const ahead = Math.sign(this.#link.client.looked?.speed ?? 0) || 1;
    for (let step = 1; step <= MOST_AHEAD; step++) {
      for (const next of [position + step * ahead, position - step * ahead]) {
        const key = this.#key(series, next);
        if (key) yield key;
      }
    }
  }
}
