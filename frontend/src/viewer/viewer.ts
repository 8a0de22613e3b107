/**
 * The viewer's controller: study, stream, stage and outbox in one place, driven by the reader's wishes.
 *
 * Every wish replaces a part of the state; everything seen (picture, data-* attributes, words) follows in
 * the next animation frame, once, however many wishes there were. The rule for a frame of which nothing is
 * held: its number shows at once, the old picture stays, clearly dimmed, under the words that the new one is
 * on its way; it is replaced by the first tile, never by black, and never stands bright under a wrong number.
 */

// Long because: it is the one place where stream, state and stage meet; what can be pure is in view, words, state.

import type { CineControl } from "../cine/cine";
import { newNote, newNoteId } from "../consult/note";
import { type Outbox, openOutbox } from "../consult/outbox";
import { constants, defaultPresentation, tablesReady } from "../render/pipeline";
import type { DrawnFrame, Presentation } from "../render/tiles";
import type { Manifest } from "../streaming/manifest";
import { READABLE } from "../streaming/quality";
import { frameId } from "../streaming/vocabulary";
import type { Note, StoredNote, StudyLayout } from "../streaming/wire";
import type { AppLink } from "../transport/app-link";
import type { FrameState } from "../transport/frame-state";
import { StudyStream } from "../transport/study-stream";
import { autoWindow } from "./auto-window";
import { watchBattery } from "./battery";
import { cineAt, frameAt, placeOf, seriesOf, stackLength } from "./places";
import { presetsFor } from "./presets";
import { ScrollSpeed } from "./scroll-speed";
import { SETTINGS } from "./settings";
import { frameSize, type Showing, StagePainter, type StageParts } from "./stage";
import { inMotion, type Sheet, type ViewerState, type WindowChoice } from "./state";
import { TableStore } from "./tables";
import { FIT, limited, panned, placementOf, regionOf, type Stage, toggled, type View, zoomedAbout } from "./view";

/** What the page embeds. */
export interface Opening {
  readonly study: StudyLayout;
  readonly opening: { readonly series: string; readonly position: number };
  readonly manifest: Manifest | null;
  readonly preview: string | null;
  /** Sequence number of the study's last change that the page knows. */
  readonly latest: number;
  /** The layout is a part of the study's: the whole one is on its way. */
  readonly provisional?: boolean;
}

const GRAPHICS_REFUSED =
  "This device's graphics did not take the picture, so do not rely on it. Close other pages and load this one again.";
const TOAST_MS = 6000;

export class Viewer {
  state: ViewerState;
  readonly tables: TableStore;
  /** Once something was played. */
  cine: CineControl | undefined;
  #cineOpening: Promise<CineControl> | undefined;
  #stream: StudyStream | undefined;
  #outbox: Outbox | undefined;
  #painter: StagePainter | undefined;
  #stage: Stage | undefined;
  readonly #speed = new ScrollSpeed();
  #moving = false;
  /** By the reader: the battery turns it neither on nor off any more. */
  #saverChosen = false;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #toastTimer: ReturnType<typeof setTimeout> | undefined;
  #deafToBattery: (() => void) | undefined;
  #frameRequest = 0;
  #telling = false;
  #last: Showing | undefined;
  #lastShown = "";
  readonly #mine = new Set<string>();
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly page: Opening,
    readonly link: AppLink,
  ) {
    const { study, opening, manifest } = page;
    const first = seriesOf(study, opening.series) ?? study.series[0];
    const window = manifest ? defaultPresentation(manifest) : { center: 0, width: 0 };
    this.tables = new TableStore(() => this.redraw());
    if (manifest) this.tables.want(manifest);
    this.state = {
      study,
      series: first?.series ?? "",
      modality: first?.modality ?? "",
      position: opening.position,
      frames: first ? stackLength(first) : 0,
      provisional: page.provisional === true,
      frame: undefined,
      motion: null,
      drawn: page.preview !== null,
      previewOnly: true,
      view: FIT,
      choice: { kind: "default" },
      center: window.center,
      width: window.width,
      mode: "scroll",
      sheet: null,
      overlays: true,
      saver: false,
      lowBattery: false,
      readable: false,
      link: link.link,
      received: 0,
      notes: [],
      pending: [],
      durable: true,
      draft: "",
      toast: null,
      presets: first ? presetsFor(first.modality, manifest) : [],
      problem: null,
    };
  }

  get stream(): StudyStream | undefined {
    return this.#stream;
  }

  get painter(): StagePainter | undefined {
    return this.#painter;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens the link and begins to draw. `root` is the element that carries the data-* attributes. */
  start(parts: StageParts, stage: Stage, forced: string | null): void {
    this.#painter = new StagePainter(parts, forced, SETTINGS.gpuBytes, () => this.redraw());
    this.resize(stage);
    if (this.state.frames > 0) this.#open(stage);
    void this.#openOutbox();
    this.#deafToBattery = watchBattery((lowBattery) =>
      this.#set(this.#saverChosen ? { lowBattery } : { lowBattery, saver: lowBattery }),
    );
    this.redraw();
  }

  /** Lets go of the study; what was received stays with the page's link. */
  close(): void {
    clearTimeout(this.#restTimer);
    clearTimeout(this.#toastTimer);
    this.#deafToBattery?.();
    cancelAnimationFrame(this.#frameRequest);
    this.#stream?.close();
    this.#stream = undefined;
    this.#painter?.dispose();
    this.#painter = undefined;
  }

  #open(stage: Stage): void {
    const { page, state, link } = this;
    const place = { series: state.series, position: state.position };
    link.client.resize({
      width: (stage.width - stage.inset.left - stage.inset.right) * stage.density,
      height: (stage.height - stage.inset.top - stage.inset.bottom) * stage.density,
    });
    link.open(
      { study: page.study.study, ...place },
      { have: page.manifest, layout: page.provisional ? null : page.latest },
    );
    const stream = new StudyStream(link, { study: page.study, opening: place, decoded: SETTINGS.decodedBytes });
    this.#stream = stream;
    stream.on("manifest", ({ manifest }) => {
      this.tables.want(manifest);
      this.redraw();
    });
    stream.on("tile", ({ key }) => this.#ifShown(key));
    stream.on("quality", ({ key }) => this.#ifShown(key));
    stream.on("unavailable", ({ key }) => this.#ifShown(key));
    stream.on("mismatch", ({ key }) => this.#ifShown(key));
    stream.on("bytes", ({ received }) => this.#set({ received }));
    stream.on("link", (now) => this.#set({ link: now }));
    // A socket that was open before us has said so already.
    this.#set({ link: stream.link, received: link.client.received });
    stream.on("problem", ({ message }) => this.#set({ problem: message }));
    stream.on("study", ({ study }) => this.#studyChanged(study));
    stream.on("changes", ({ changes }) => this.#notesArrived(changes.flatMap(({ note }) => note ?? [])));
    stream.on("note_stored", ({ id }) => void this.#stored(id));
    stream.on("note_refused", ({ id, message }) => void this.#refused(id, message));
  }

  #ifShown(key: { instance: string; frame: number }): void {
    const { study, series, position } = this.state;
    const shown = frameAt(study, series, position);
    // The scrubber's ticks follow too, but may wait for the next thing that is drawn.
    if (shown && frameId(shown) === frameId(key)) this.redraw();
    else this.#notify();
  }

  #studyChanged(study: StudyLayout): void {
    const { series, position } = this.state;
    const key = frameAt(this.state.study, series, position);
    const place = key && placeOf(study, key);
    const now = seriesOf(study, place?.series ?? series) ?? study.series[0];
    if (!now) return;
    this.#set({
      study,
      provisional: false,
      series: now.series,
      modality: now.modality,
      frames: stackLength(now),
      position: place?.position ?? Math.min(position, stackLength(now)),
    });
    if (!this.#stream && this.#stage) this.#open(this.#stage);
  }

  // What the reader wishes

  /** The stage's size or its room changed. */
  resize(stage: Stage): void {
    this.#stage = stage;
    this.#painter?.resize(stage);
    this.#setView(this.state.view);
    this.redraw();
  }

  show(position: number, series = this.state.series): void {
    const layout = seriesOf(this.state.study, series);
    if (!layout) return;
    const frames = stackLength(layout);
    const next = Math.min(Math.max(Math.round(position), 1), frames);
    const sameSeries = series === this.state.series;
    if (sameSeries && next === this.state.position) return;
    const now = performance.now();
    if (sameSeries) this.#speed.step(next - this.state.position, now);
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => this.redraw(), this.#speed.restsIn(now));
    this.#set({ position: next, motion: null });
    if (!sameSeries) {
      this.#set({
        series,
        frames,
        modality: layout.modality,
        view: FIT,
        choice: { kind: "default" },
      });
    }
  }

  /** Plays the cine, or pauses it; the player is loaded when it is first wanted. */
  async play(): Promise<void> {
    const { study, series, position } = this.state;
    if (!cineAt(study, series, position)) return;
    try {
      this.#cineOpening ??= import("../cine/cine").then(({ openCine }) => openCine(this));
      this.cine = await this.#cineOpening;
      this.cine.toggle();
    } catch {
      this.#cineOpening = undefined;
      this.#toast("Playing did not load. Try again.");
    }
  }

  closeCine(): void {
    this.cine = this.#cineOpening = undefined;
    this.redraw();
  }

  /** For the cine: what its motion shows. */
  move(position: number, motion: ViewerState["motion"]): void {
    this.#set({ position, motion });
  }

  /** Puts the motion's canvas where the picture lies; false while that is not known. */
  placeMotion(canvas: HTMLElement, shown: boolean): boolean {
    const { manifest, placement } = this.#last ?? {};
    if (!manifest || !placement || !this.#stage) return false;
    this.#painter?.place(canvas, shown, manifest, placement, this.#stage.density);
    return true;
  }

  zoom(ratio: number, x: number, y: number): void {
    this.#withFrame((stage, size) => this.#set({ view: zoomedAbout(this.state.view, stage, size, ratio, x, y) }));
  }

  pan(dx: number, dy: number): void {
    this.#withFrame((stage, size) => this.#set({ view: panned(this.state.view, stage, size, dx, dy) }));
  }

  toggleZoom(x: number, y: number): void {
    this.#withFrame((stage, size) => this.#set({ view: toggled(this.state.view, stage, size, x, y) }));
  }

  fit(): void {
    this.#set({ view: FIT });
  }

  /** The middle of the stage, in CSS pixels. */
  middle(): { x: number; y: number } {
    return { x: (this.#stage?.width ?? 0) / 2, y: (this.#stage?.height ?? 0) / 2 };
  }

  /** What a sheet covers of the stage, in CSS pixels. */
  get covered(): { bottom: number; right: number } {
    const { top = 0, bottom = 0, right = 0 } = this.#stage?.inset ?? {};
    return { bottom: bottom > top ? bottom : 0, right };
  }

  get stageHeight(): number {
    return this.#stage?.height ?? 1;
  }

  choose(choice: WindowChoice): void {
    this.#set({ choice });
  }

  chooseAuto(): void {
    const { frame } = this.state;
    if (!frame?.manifest || !tablesReady(frame.manifest, this.tables.tables)) return;
    const numbers = constants(frame.manifest, defaultPresentation(frame.manifest), this.tables.tables);
    const window = autoWindow(frame.tiles, numbers);
    if (window) this.choose({ kind: "window", name: "Auto", ...window });
  }

  setMode(mode: ViewerState["mode"]): void {
    this.#set({ mode });
  }

  open(sheet: Sheet | null): void {
    this.#set({ sheet });
  }

  set(change: Partial<Pick<ViewerState, "overlays" | "saver" | "readable" | "draft" | "toast">>): void {
    if (change.saver !== undefined) this.#saverChosen = true;
    this.#set(change);
  }

  // Notes

  async #openOutbox(): Promise<void> {
    this.#outbox = await openOutbox();
    const pending = await this.#outbox.list(this.state.study.study);
    this.#set({ pending, durable: this.#outbox.durable });
    for (const each of pending) {
      this.#mine.add(each.id);
      if (!each.refused) this.#stream?.submitNote(each.note);
    }
  }

  /** Keeps the note on this phone, then sends it. Resolves when it is kept. */
  async writeNote(text: string): Promise<void> {
    const { study, series, position, frame } = this.state;
    const key = frameAt(study, series, position);
    if (!key || !this.#outbox) return;
    const best = (!inMotion(this.state) && frame?.best) || { quality: "preview" as const, rmse: null };
    // A note's error is never left out: where it is not known it may be anything.
    const rmse = best.quality === "preview" ? null : (best.rmse ?? 255);
    const seen = { series, position, ...key, quality: best.quality, rmse };
    const note: Note = newNote(text, seen, new Date(), newNoteId());
    this.#mine.add(note.id);
    const pending = { id: note.id, study: study.study, note };
    await this.#outbox.put(pending);
    this.#set({ pending: [...this.state.pending, pending], draft: "" });
    this.#stream?.submitNote(note);
  }

  /** Takes a refused note back into the text field. */
  async editRefused(id: string): Promise<void> {
    const pending = this.state.pending.find((each) => each.id === id);
    if (!pending) return;
    await this.#outbox?.remove(id);
    this.#set({
      draft: pending.note.text,
      pending: this.state.pending.filter((each) => each.id !== id),
    });
  }

  async #stored(id: string): Promise<void> {
    await this.#outbox?.remove(id);
    this.#set({ pending: this.state.pending.filter((each) => each.id !== id) });
  }

  async #refused(id: string, message: string): Promise<void> {
    const pending = this.state.pending.map((each) => (each.id === id ? { ...each, refused: message } : each));
    const changed = pending.find((each) => each.id === id);
    if (changed) await this.#outbox?.put(changed);
    this.#set({ pending });
  }

  #notesArrived(arrived: readonly StoredNote[]): void {
    const known = new Set(this.state.notes.map(({ id }) => id));
    const fresh = arrived.filter(({ id }) => !known.has(id));
    if (fresh.length === 0) return;
    const notes = [...this.state.notes, ...fresh].sort((a, b) => b.sequence - a.sequence);
    this.#set({ notes });
    for (const note of fresh) {
      // Our own note whose answer was lost: the change feed tells as well that it is durable.
      if (this.#mine.has(note.id)) void this.#stored(note.id);
      else if (note.sequence > this.page.latest) this.#toast(`New note: ${note.text}`);
    }
  }

  #toast(text: string): void {
    clearTimeout(this.#toastTimer);
    this.#set({ toast: text });
    this.#toastTimer = setTimeout(() => this.#set({ toast: null }), TOAST_MS);
  }

  // Drawing

  redraw(): void {
    this.#tell();
    this.#frameRequest ||= requestAnimationFrame(() => {
      this.#frameRequest = 0;
      // Picture and frame number change together, and never faster than the picture can be drawn.
      if (this.#painter?.renderer.busy()) {
        this.redraw();
        return;
      }
      this.#paint();
      this.#notify();
    });
  }

  #set(change: Partial<ViewerState>): void {
    this.state = { ...this.state, ...change };
    this.redraw();
  }

  #setView(view: View): void {
    this.#withFrame((stage, size) => this.#set({ view: limited(view, stage, size) }));
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #withFrame(act: (stage: Stage, size: ReturnType<typeof frameSize>) => void): void {
    const manifest = this.#manifest();
    if (this.#stage && manifest) act(this.#stage, frameSize(manifest));
  }

  #manifest(): Manifest | undefined {
    const { series, position } = this.state;
    const now = this.#stream?.frame(series, position)?.manifest;
    return now ?? this.#last?.manifest ?? this.page.manifest ?? undefined;
  }

  /** The Preview in the page is of this frame. */
  #isOpeningFrame(): boolean {
    const { opening, study } = this.page;
    const first = seriesOf(study, opening.series) ?? study.series[0];
    return this.state.series === first?.series && this.state.position === opening.position;
  }

  #presentation(manifest: Manifest): Presentation {
    const { choice } = this.state;
    const standard = defaultPresentation(manifest);
    if (choice.kind === "window") return { center: choice.center, width: choice.width };
    if (choice.kind === "lut" && choice.index < manifest.display.voi_luts.length) {
      return { ...standard, voiLut: choice.index };
    }
    return standard;
  }

  #paint(): void {
    const stage = this.#stage;
    const painter = this.#painter;
    if (!stage || !painter) return;
    const { series, position, choice, motion } = this.state;
    const covered = inMotion(this.state);
    const frame = this.#stream?.frame(series, position);
    const opening = this.#isOpeningFrame();
    const manifest = frame?.manifest ?? (opening ? this.page.manifest : null);
    const preview = opening && this.page.preview !== null;
    const held = frame?.tiles.some((tile) => tile !== undefined) ?? false;
    const ready = manifest !== null && held && tablesReady(manifest, this.tables.tables);
    const drawn = ready || preview || covered;
    const shown = frameAt(this.state.study, series, position);
    if (drawn && manifest && shown && motion !== "playing") {
      const presentation = this.#presentation(manifest);
      this.#last = {
        frame: ready && frame ? drawnFrame(frameId(shown), manifest, frame) : undefined,
        manifest,
        placement: placementOf(this.state.view, stage, frameSize(manifest)),
        presentation,
        tables: this.tables.tables,
        readable: (frame?.rmse ?? Infinity) <= READABLE,
        preview,
        overlays: this.state.overlays,
      };
      this.state = {
        ...this.state,
        center: presentation.center,
        width: presentation.width,
        presets: presetsFor(this.state.modality, manifest),
      };
    } else if (this.#last?.manifest && choice) {
      // The old picture stays, dimmed by the style of `waiting`.
      const { manifest: old } = this.#last;
      const placement = placementOf(this.state.view, stage, frameSize(old));
      this.#last = { ...this.#last, placement, preview: this.#last.preview && !this.#last.frame };
    }
    const whole = this.#last ? painter.paint(this.#last, stage.density) : false;
    const refused = painter.renderer.figures().refusals > 0;
    const problem = refused ? GRAPHICS_REFUSED : this.state.problem;
    // The motion goes once every part of the picture below it has something to show: never black between.
    const still = motion === "still" && !frame?.unavailable && !(ready && whole);
    this.state = {
      ...this.state,
      frame: motion === "playing" ? this.state.frame : frame,
      drawn: drawn && !refused,
      motion: motion === "still" && !still ? null : motion,
      previewOnly: !ready || covered,
      problem,
    };
    this.#attributes(shown, frame, !inMotion(this.state) && drawn && !refused && (whole || ready || preview));
  }

  /**
   * Tells the stream what is looked at, as soon as all that belongs together is set. Never with the picture: the
   * next animation frame comes only once the last drawing is done, and the link need not wait for a slow one.
   */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      const stage = this.#stage;
      if (!stage || !this.#stream) return;
      const { series, position, motion } = this.state;
      const opening = this.#isOpeningFrame() ? this.page.manifest : null;
      // While motion is fetched or plays, the link is its alone: that is said once, not at each of its frames.
      const moving = motion === "loading" || motion === "playing";
      if (!(moving && this.#moving))
        this.#look(this.#stream.frame(series, position)?.manifest ?? opening, stage, moving);
      this.#moving = moving;
    });
  }

  /** A frame of which nothing is known is as large as the one before, or a slice. */
  #look(manifest: Manifest | null, stage: Stage, moving: boolean): void {
    const { series, position, saver, readable, view, choice } = this.state;
    const wishes = { series, position, speed: this.#speed.at(performance.now()), saver, readable, paused: moving };
    const known = manifest ?? this.#last?.manifest ?? this.page.manifest;
    if (!known) {
      const scale = (Math.min(stage.width, stage.height) * stage.density) / 512;
      this.#stream?.lookAt({ ...wishes, region: [0, 0, 512, 512], scale, window: null });
      return;
    }
    const size = frameSize(known);
    const placement = placementOf(view, stage, size);
    const region = regionOf(placement, stage, size);
    const scale = Math.min(64, Math.max(placement.scaleX, placement.scaleY));
    const window = choice.kind === "window" ? { center: choice.center, width: choice.width } : null;
    this.#stream?.lookAt({ ...wishes, region, scale, window });
  }

  #attributes(shown: { instance: string; frame: number } | undefined, frame: FrameState | undefined, drawn: boolean) {
    const root = this.#painter?.parts.root;
    if (!root) return;
    const { study, series, position, frames, link } = this.state;
    const mapped = frame?.manifest?.mapping && !frame.manifest.mapping.exact;
    const values: Record<string, string | undefined> = {
      study: study.study,
      series,
      frame: String(position),
      frames: String(frames),
      instance: shown?.instance,
      instanceFrame: shown ? String(shown.frame) : undefined,
      quality: (drawn && frame?.quality) || "preview",
      rmse: frame?.rmse === null || frame === undefined ? "" : String(frame.rmse),
      bytes: String(frame?.bytes ?? 0),
      mapped: mapped ? "true" : undefined,
      complete: frame?.complete ? "true" : "false",
      link: link.state,
      unavailable: frame?.unavailable?.code,
    };
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete root.dataset[name];
      else if (root.dataset[name] !== value) root.dataset[name] = value;
    }
    const { quality, rmse, bytes } = root.dataset;
    const now = [root.dataset.instance, root.dataset.instanceFrame, quality, rmse, bytes].join(" ");
    if (now === this.#lastShown) return;
    this.#lastShown = now;
    const detail = {
      frame: position,
      position,
      instance: shown?.instance,
      instance_frame: shown?.frame,
      quality,
      rmse: frame?.rmse ?? null,
      bytes: frame?.bytes ?? 0,
    };
    root.dispatchEvent(new CustomEvent("firstlight:quality", { detail, bubbles: true }));
  }
}

function drawnFrame(id: string, manifest: Manifest, frame: FrameState): DrawnFrame {
  return {
    id: `${id} ${manifest.id}`,
    manifest,
    tiles: frame.tiles.flatMap((tile) => tile ?? []),
  };
}
