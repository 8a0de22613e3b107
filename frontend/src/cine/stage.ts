/** The canvas on which motion is drawn: exactly where the picture lies, above it, below overlays and words. */

import { inMotion } from "../viewer/state";
import type { Viewer } from "../viewer/viewer";

export class MotionStage {
  readonly #canvas = document.createElement("canvas");
  readonly #context = this.#canvas.getContext("2d", { alpha: false });

  constructor(
    readonly viewer: Viewer,
    size: { readonly width: number; readonly height: number },
  ) {
    this.#canvas.className = "motion";
    this.#canvas.hidden = true;
    this.#canvas.width = size.width;
    this.#canvas.height = size.height;
    viewer.painter?.parts.canvas.after(this.#canvas);
  }

  draw(picture: ImageBitmap): void {
    this.#context?.drawImage(picture, 0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** Follows zoom and pan; seen only while the viewer says that motion stands for the picture. False: no place yet. */
  follow(): boolean {
    return this.viewer.placeMotion(this.#canvas, inMotion(this.viewer.state));
  }

  close(): void {
    this.#canvas.remove();
  }
}
