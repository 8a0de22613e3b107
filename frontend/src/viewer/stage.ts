/** The stage: the canvas, the Preview below it and the overlays above it, moved together. */

import { Manner, REST, shrinkOf } from "../render/pace";
import { defaultPresentation } from "../render/pipeline";
import { createRenderer } from "../render/renderer";
import {
  type DrawnFrame,
  type Placement,
  type Presentation,
  type Renderer,
  resized,
  type Tables,
} from "../render/tiles";
import type { Manifest } from "../streaming/manifest";
import { drawOverlays } from "./overlays";
import type { FrameSize, Stage } from "./view";

export interface StageParts {
  readonly root: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly preview: HTMLImageElement;
  readonly overlay: HTMLCanvasElement;
}

export function frameSize(manifest: Manifest): FrameSize {
  const { columns, rows, display } = manifest;
  return { columns, rows, aspect: display.pixel_aspect };
}

/** What is to be on the stage now. */
export interface Showing {
  readonly frame: DrawnFrame | undefined;
  readonly manifest: Manifest | undefined;
  readonly placement: Placement;
  readonly presentation: Presentation | undefined;
  readonly tables: Tables;
  /** The picture is readable by now. */
  readonly readable: boolean;
  /** The Preview belongs to this frame. */
  readonly preview: boolean;
  readonly overlays: boolean;
}

export class StagePainter {
  readonly renderer: Renderer;
  #overlayOf = "";
  #painted: (Showing & { readonly tableCount: number }) | undefined;
  #whole = false;
  /** The canvas shows nothing, as it does when a study is opened. */
  #empty = true;
  /** How it was drawn. */
  #manner: Manner = Manner.QUICK;
  /** Of the screen, in device pixels. */
  #width = 1;
  #height = 1;
  /** When the picture rests, if nothing moves it before. */
  #restsFrom = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  readonly #redraw: () => void;

  constructor(
    readonly parts: StageParts,
    forced: string | null,
    gpuBytes: number,
    redraw: () => void,
  ) {
    this.#redraw = redraw;
    this.renderer = createRenderer(parts.canvas, forced, gpuBytes, () => {
      this.forget();
      redraw();
    });
  }

  resize(stage: Stage): void {
    this.#width = Math.max(1, Math.round(stage.width * stage.density));
    this.#height = Math.max(1, Math.round(stage.height * stage.density));
    this.forget();
  }

  /** Draws; true when every part of the frame had something of its own to show. */
  paint(showing: Showing, density: number): boolean {
    const { manifest, placement, tables } = showing;
    const moved = this.#painted === undefined || !still(this.#painted, showing);
    const unchanged = !moved && this.#painted !== undefined && sameTiles(this.#painted.frame, showing.frame);
    // What is stated of a readable picture holds for every pixel of the screen: it grows as one at rest.
    if (moved || (!unchanged && !showing.readable)) this.#restsFrom = performance.now() + REST;
    const moving = performance.now() < this.#restsFrom;
    const manner = this.renderer.pace.manner(moving, this.#width * this.#height);
    if (unchanged && manner <= this.#manner) return this.#whole;
    this.#painted = { ...showing, tableCount: tables.size };
    clearTimeout(this.#rest);
    // Whether it can be drawn more finely is known once this was timed.
    if (manner !== Manner.FINE) this.#rest = setTimeout(this.#redraw, REST);
    const whole = this.#draw(showing, manner);
    this.place(this.parts.preview, showing.preview && !whole, manifest, placement, density);
    this.#overlays(showing, density);
    this.#whole = whole;
    return whole;
  }

  #draw({ frame, placement, presentation, tables }: Showing, manner: Manner): boolean {
    this.#manner = manner;
    // Drawing nothing on nothing would still cost a slow device the time of a picture.
    if (!frame && this.#empty) return false;
    this.#empty = !frame;
    const shrink = shrinkOf(manner, Math.max(placement.scaleX, placement.scaleY));
    const columns = Math.ceil(this.#width / shrink);
    const rows = Math.ceil(this.#height / shrink);
    this.renderer.resize(columns, rows);
    return this.renderer.draw({
      frame,
      placement: resized(placement, columns / this.#width, rows / this.#height),
      presentation: presentation ?? (frame ? defaultPresentation(frame.manifest) : { center: 0, width: 1 }),
      tables,
      fine: manner === Manner.FINE,
    });
  }

  /** What was drawn last, by the renderer and by the CPU reference: `?inspect=1` compares them. */
  async compare(): Promise<{ largest: number; differing: number; pixels: number; milliseconds: number } | null> {
    const { FrameArrays, renderPixels } = await import("../render/canvas");
    const { frame, placement, presentation, tables } = this.#painted ?? {};
    if (!frame || !placement || !tables) return null;
    const shown = presentation ?? defaultPresentation(frame.manifest);
    const scene = { frame, placement, presentation: shown, tables, fine: true };
    this.renderer.resize(this.#width, this.#height);
    const before = performance.now();
    this.renderer.draw(scene);
    const seen = readCanvas(this.parts.canvas);
    const milliseconds = performance.now() - before;
    const arrays = new FrameArrays(frame);
    arrays.sync(frame.tiles);
    const reference = new Uint8ClampedArray(seen.data.length);
    renderPixels(arrays, scene, seen.width, seen.height, reference);
    let largest = 0;
    let differing = 0;
    for (let i = 0; i < reference.length; i++) {
      const difference = Math.abs((reference[i] ?? 0) - (seen.data[i] ?? 0));
      if (difference > 1) differing += 1;
      largest = Math.max(largest, difference);
    }
    return { largest, differing, pixels: seen.width * seen.height, milliseconds };
  }

  dispose(): void {
    clearTimeout(this.#rest);
    this.renderer.dispose();
  }

  /** Draw the next time whatever is asked for: the canvas was emptied. */
  forget(): void {
    this.#painted = undefined;
  }

  #overlays({ manifest, overlays, placement, tables }: Showing, density: number): void {
    const wanted = overlays && manifest !== undefined && manifest.display.overlays.length > 0;
    this.place(this.parts.overlay, wanted, manifest, placement, density);
    if (!wanted) return;
    const ready = manifest.display.overlays.filter(({ table }) => tables.has(table)).length;
    const key = `${manifest.id} ${ready}`;
    if (key === this.#overlayOf) return;
    this.#overlayOf = key;
    drawOverlays(this.parts.overlay, manifest, tables);
  }

  /** Puts an element that is as large as the frame exactly under the frame's pixels. */
  place(
    element: HTMLElement,
    shown: boolean,
    manifest: Manifest | undefined,
    placement: Placement,
    density: number,
  ): void {
    element.hidden = !shown;
    if (!shown || !manifest) return;
    const { scaleX, scaleY, x, y } = placement;
    element.classList.add("placed");
    element.style.width = `${(manifest.columns * scaleX) / density}px`;
    element.style.height = `${(manifest.rows * scaleY) / density}px`;
    element.style.transform = `translate(${x / density}px, ${y / density}px)`;
  }
}

/** Nothing has moved, whatever has come: news of bytes and links come far more often than tiles. */
function still(a: Showing & { readonly tableCount: number }, b: Showing): boolean {
  if (a.frame?.id !== b.frame?.id || a.manifest !== b.manifest || a.tableCount !== b.tables.size) return false;
  if (a.preview !== b.preview || a.overlays !== b.overlays) return false;
  const [before, now] = [a, b].map(({ placement, presentation }) => JSON.stringify([placement, presentation]));
  return before === now;
}

function sameTiles(a: DrawnFrame | undefined, b: DrawnFrame | undefined): boolean {
  const before = [...(a?.tiles ?? [])];
  const now = [...(b?.tiles ?? [])];
  return before.length === now.length && now.every((tile, i) => tile === before[i]);
}

/** A copy of what a canvas shows; to be taken in the task that drew it. */
function readCanvas(canvas: HTMLCanvasElement): ImageData {
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext("2d");
  if (!context) throw new Error("This browser has no 2D canvas.");
  context.drawImage(canvas, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
