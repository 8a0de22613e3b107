/** The stage: the canvas, the Preview below it and the overlays above it, moved together. */

import { defaultPresentation } from "../render/pipeline";
import { createRenderer } from "../render/renderer";
import type { DrawnFrame, Placement, Presentation, Renderer, Tables } from "../render/tiles";
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
  /** The Preview belongs to this frame. */
  readonly preview: boolean;
  readonly overlays: boolean;
}

export class StagePainter {
  readonly renderer: Renderer;
  #overlayOf = "";

  constructor(
    readonly parts: StageParts,
    forced: string | null,
    gpuBytes: number,
    redraw: () => void,
  ) {
    this.renderer = createRenderer(parts.canvas, forced, gpuBytes, redraw);
  }

  resize(stage: Stage): void {
    const width = Math.max(1, Math.round(stage.width * stage.density));
    const height = Math.max(1, Math.round(stage.height * stage.density));
    this.renderer.resize(width, height);
  }

  /** Draws; true when every part of the frame had something of its own to show. */
  paint(showing: Showing, density: number): boolean {
    const { frame, manifest, placement, tables } = showing;
    let whole = false;
    if (frame) {
      const presentation = showing.presentation ?? defaultPresentation(frame.manifest);
      whole = this.renderer.draw({ frame, placement, presentation, tables });
    } else {
      this.renderer.draw({ frame, placement, presentation: { center: 0, width: 1 }, tables });
    }
    this.#place(this.parts.preview, showing.preview && !whole, manifest, placement, density);
    this.#overlays(showing, density);
    return whole;
  }

  #overlays({ manifest, overlays, placement, tables }: Showing, density: number): void {
    const wanted = overlays && manifest !== undefined && manifest.display.overlays.length > 0;
    this.#place(this.parts.overlay, wanted, manifest, placement, density);
    if (!wanted) return;
    const ready = manifest.display.overlays.filter(({ table }) => tables.has(table)).length;
    const key = `${manifest.id} ${ready}`;
    if (key === this.#overlayOf) return;
    this.#overlayOf = key;
    drawOverlays(this.parts.overlay, manifest, tables);
  }

  /** Puts an element that is as large as the frame exactly under the frame's pixels. */
  #place(
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
