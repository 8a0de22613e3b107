/**
 * The cine player: plays the multi-frame image that is looked at, at its own rate.
 *
 * Where the browser decodes the motion document, its small video stands for the picture, on a canvas in the same
 * place, and the stream rests. Elsewhere the stream's own pictures are shown one after the other, as far as they
 * are here. Either way the viewer's position is the frame that is shown, so that numbers, notes and keys agree.
 */

import { type Cine, cineAt } from "../viewer/places";
import type { Viewer } from "../viewer/viewer";
import { MotionLoader } from "./loader";
import { canDecode, MotionPictures } from "./pictures";
import { advance, ahead, enough, type Head, type Order, SPEEDS, startAt } from "./sequence";
import { MotionStage } from "./stage";
import type { Phase, Saying } from "./words";

/** Frames decoded before they are due. */
const LOOK_AHEAD = 30;
/** The server's word for having no encoder: then the images themselves are played. */
const NO_ENCODER = "motion_unavailable";

export class Player {
  phase: Phase = "paused";
  speed = 1;
  order: Order = "loop";
  readonly #viewer: Viewer;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #cine: Cine | undefined;
  #how: "motion" | "images" | undefined;
  /** The server can make motion. */
  #made = true;
  #loader: MotionLoader | undefined;
  #pictures: MotionPictures | undefined;
  #stage: MotionStage | undefined;
  #head: Head = { frame: 1, direction: 1, left: 0 };
  #request = 0;
  #last = 0;
  /** For tests and tools: what the clock did, on the viewer's element. */
  readonly #figures = { frames: 0, ms: 0, waited: 0, drawn: 0, stalls: 0 };

  constructor(viewer: Viewer) {
    this.#viewer = viewer;
    this.#unsubscribe = viewer.subscribe(() => this.#viewerChanged());
    document.addEventListener("visibilitychange", this.#hidden);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get saying(): Saying {
    const loader = this.#loader;
    const timing = loader?.head?.timing;
    return {
      phase: this.phase,
      share: loader?.head ? loader.held / loader.head.frames : 0,
      cut: this.#how === "images" ? this.#viewer.state.link.state === "offline" : (loader?.cut ?? false),
      images: this.#how === "images",
      rate: timing ? 1000 / timing.milliseconds : null,
      speed: this.speed,
      note: timing?.note ?? "",
      refusal: loader?.refusal?.message ?? "",
    };
  }

  get active(): boolean {
    return this.phase === "playing" || this.phase === "loading" || this.phase === "stalled";
  }

  toggle(): void {
    if (this.active) this.pause();
    else this.play();
  }

  play(): void {
    const { state } = this.#viewer;
    const cine = cineAt(state.study, state.series, state.position);
    if (!cine) return;
    if (cine.instance !== this.#cine?.instance) this.#begin(cine);
    const frame = state.position - cine.first + 1;
    this.#head = { frame, direction: 1, left: 0 };
    if (this.#rhythm) this.#head = startAt(this.#rhythm, frame);
    this.#enter("loading");
    this.#viewer.move(state.position, this.#how === "images" ? null : "loading");
    if (this.#loader && this.#loader.missing > 0 && this.#how !== "images") {
      void this.#loader.start("VideoDecoder" in globalThis ? frame : 0);
    }
    this.#last = performance.now();
    this.#request ||= requestAnimationFrame(this.#tick);
  }

  pause(): void {
    if (!this.active) return;
    const shown = this.#viewer.state.motion === "playing";
    this.#enter("paused");
    this.#viewer.move(this.#viewer.state.position, shown ? "still" : null);
  }

  /** Shows the frame before or after, standing still; false where no cine is open. */
  step(by: number): boolean {
    const cine = this.#cine;
    if (!cine || !this.#shows(cine)) return false;
    this.#enter("paused");
    const { frame } = this.#head;
    const next = ((frame - 1 + by + cine.frames) % cine.frames) + 1;
    this.#head = { frame: next, direction: 1, left: 0 };
    const picture = this.#pictures?.get(next);
    if (picture) this.#stage?.draw(picture);
    this.#viewer.move(cine.first + next - 1, picture ? "still" : null);
    this.#pictures?.want([next, (next % cine.frames) + 1, ((next + cine.frames - 2) % cine.frames) + 1]);
    return true;
  }

  faster(): void {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length] ?? 1;
    this.#notify();
  }

  turn(): void {
    this.order = this.order === "loop" ? "sweep" : "loop";
    this.#notify();
  }

  close(): void {
    this.pause();
    this.#viewer.move(this.#viewer.state.position, null);
    this.#forget();
    this.#unsubscribe();
    document.removeEventListener("visibilitychange", this.#hidden);
  }

  #begin(cine: Cine): void {
    this.#forget();
    this.#cine = cine;
    const url = `/studies/${this.#viewer.state.study.study}/instances/${cine.instance}/motion`;
    this.#loader = new MotionLoader(url, () => void this.#arrived());
  }

  #forget(): void {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
    this.#loader?.stop();
    this.#pictures?.close();
    this.#stage?.close();
    this.#loader = this.#pictures = this.#stage = this.#how = this.#cine = undefined;
  }

  get #rhythm() {
    const head = this.#loader?.head;
    return head && { frames: head.frames, milliseconds: head.timing.milliseconds, each: head.timing.each };
  }

  async #arrived(): Promise<void> {
    const loader = this.#loader;
    if (loader?.refusal && this.active) {
      if (loader.refusal.code === NO_ENCODER) {
        // There is still the head, which knows the rate.
        this.#made = false;
        if (loader.head) this.#playImages();
        else void loader.start(0);
      } else {
        this.#enter("refused");
        this.#viewer.move(this.#viewer.state.position, null);
      }
    }
    const head = loader?.head;
    if (head && !this.#how) {
      this.#how = "images"; // until it is known to be otherwise, so that this is asked once
      if (head.sweeps) this.order = "sweep";
      this.#head = startAt(this.#rhythm ?? { ...head, milliseconds: 0, each: [] }, this.#head.frame);
      // Letters that change from frame to frame come with the images, not with the video.
      const decodes = this.#made && head.same_geometry && (await canDecode(head));
      if (loader !== this.#loader) return;
      if (decodes) this.#playMotion(loader);
      else this.#playImages();
    }
    this.#notify();
  }

  #playMotion(loader: MotionLoader): void {
    const { head } = loader;
    if (!head) return;
    this.#how = "motion";
    this.#stage = new MotionStage(this.#viewer, head);
    this.#pictures = new MotionPictures(
      head,
      (frame) => loader.chunks[frame],
      () => this.#playImages(),
    );
  }

  #playImages(): void {
    this.#loader?.stop();
    this.#pictures?.close();
    this.#stage?.close();
    this.#pictures = this.#stage = undefined;
    this.#how = "images";
    if (this.active) this.#viewer.move(this.#viewer.state.position, null);
  }

  readonly #hidden = (): void => {
    if (document.hidden) this.pause();
  };

  #viewerChanged(): void {
    this.#followReader();
    this.#stage?.follow();
  }

  /** Whoever goes elsewhere sees the picture there, not the motion. */
  #followReader(): void {
    if (this.#cine && this.active && !this.#shows(this.#cine)) this.#enter("paused");
  }

  /** The viewer stands at the frame that this clock shows. */
  #shows({ instance, first }: Cine): boolean {
    const { study, series, position } = this.#viewer.state;
    const now = cineAt(study, series, position);
    return now?.instance === instance && (!this.active || position === first + this.#head.frame - 1);
  }

  readonly #tick = (now: number): void => {
    this.#request = 0;
    const elapsed = now - this.#last;
    this.#last = now;
    this.#followReader();
    if (!this.active) return;
    this.#request = requestAnimationFrame(this.#tick);
    const rhythm = this.#rhythm;
    if (!rhythm || !this.#how) return;
    this.#pictures?.want(ahead(this.#head, rhythm.frames, this.order, LOOK_AHEAD));
    if (this.phase !== "playing" && this.#supplied()) this.#enter("playing");
    if (this.phase !== "playing") return;
    const { head, passed, ran, stalled } = advance(this.#head, elapsed, this.speed, rhythm, this.order, (frame) =>
      this.#ready(frame),
    );
    this.#head = head;
    this.#figures.frames += passed;
    this.#figures.ms += ran;
    this.#figures.waited += Math.max(0, elapsed - ran);
    if (passed > 0 || this.#viewer.state.motion === "loading") this.#show(head.frame);
    if (stalled && !this.#held(ahead(head, rhythm.frames, this.order, 2)[1])) {
      this.#figures.stalls += 1;
      this.#enter("stalled");
    }
  };

  #show(frame: number): void {
    const position = (this.#cine?.first ?? 1) + frame - 1;
    const picture = this.#pictures?.get(frame);
    if (picture) this.#stage?.draw(picture);
    this.#figures.drawn += 1;
    this.#viewer.move(position, picture ? "playing" : null);
    this.#figuresTold();
  }

  /** Decoded, or as an image of the stream at whatever quality. */
  #ready(frame: number): boolean {
    if (this.#how === "motion") return this.#pictures?.get(frame) !== undefined;
    const { series } = this.#viewer.state;
    const state = this.#viewer.stream?.frame(series, (this.#cine?.first ?? 1) + frame - 1);
    return state?.tiles.some((tile) => tile !== undefined) ?? false;
  }

  /** Its bytes are here: what is left to do is done by this device. */
  #held(frame = 0): boolean {
    if (this.#how === "motion") return this.#loader?.chunks[frame] !== undefined;
    const position = (this.#cine?.first ?? 1) + frame - 1;
    return (this.#viewer.stream?.heldShare(this.#viewer.state.series, position) ?? 0) > 0;
  }

  #supplied(): boolean {
    const { frames, milliseconds } = this.#rhythm ?? { frames: 0, milliseconds: 1 };
    const coming = ahead(this.#head, frames, this.order, frames);
    if (!this.#ready(this.#head.frame)) return false;
    if (this.#how === "images") return this.#ready(coming[1] ?? 0);
    if (!this.#stage?.follow()) return false;
    const gap = coming.findIndex((frame) => !this.#held(frame));
    return enough({
      ahead: gap < 0 ? frames : gap,
      missing: this.#loader?.missing ?? Infinity,
      rate: this.#loader?.rate(performance.now()) ?? 0,
      pace: milliseconds / this.speed,
    });
  }

  #enter(phase: Phase): void {
    this.phase = phase;
    // Who stands still waits for the picture: the link is the stream's then.
    if (phase === "paused") this.#loader?.stop();
    this.#figuresTold();
    this.#notify();
  }

  #figuresTold(): void {
    const data = this.#viewer.painter?.parts.root.dataset;
    if (!data) return;
    data.cine = this.phase;
    data.cineFigures = JSON.stringify({ ...this.#figures, by: this.#how ?? null });
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
