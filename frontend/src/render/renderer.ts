/** Choosing a renderer: WebGL2 where there is one, else the 2D canvas. */

import { Pace } from "./pace";
import type { Renderer, RenderFigures, Scene } from "./tiles";
import { CONTEXT, WebglRenderer } from "./webgl";

/** A canvas that is used again brings its context and its programs along. */
const kept = new WeakMap<HTMLCanvasElement, WebglRenderer>();

/**
 * @param forced "canvas" leaves WebGL2 out (`?render=canvas`)
 * @param budget bytes of picture textures kept on the GPU
 * @param redraw called when the renderer needs drawing again by itself
 */
export function createRenderer(
  canvas: HTMLCanvasElement,
  forced: string | null,
  budget: number,
  redraw: () => void,
): Renderer {
  if (forced !== "canvas") {
    const known = kept.get(canvas);
    if (known) {
      known.restored = redraw;
      return known;
    }
    const gl = canvas.getContext("webgl2", CONTEXT);
    if (gl) {
      const renderer = new WebglRenderer(gl, canvas, budget, redraw);
      kept.set(canvas, renderer);
      return renderer;
    }
  }
  return new FetchedCanvasRenderer(canvas, redraw);
}

/** The 2D canvas, whose code is fetched only where it is needed: nearly every phone has WebGL2. */
class FetchedCanvasRenderer implements Renderer {
  readonly pace = new Pace();
  #renderer: Renderer | undefined;
  #gone = false;

  constructor(
    readonly canvas: HTMLCanvasElement,
    redraw: () => void,
  ) {
    void import("./canvas").then(({ CanvasRenderer }) => {
      if (this.#gone) return;
      this.#renderer = new CanvasRenderer(canvas);
      redraw();
    });
  }

  busy(): boolean {
    return false;
  }

  draw(scene: Scene): boolean {
    return this.#renderer?.draw(scene) ?? false;
  }

  resize(width: number, height: number): void {
    if (this.#renderer) this.#renderer.resize(width, height);
    else Object.assign(this.canvas, { width, height });
  }

  figures(): RenderFigures {
    const nothing = { uploads: 0, uploadedBytes: 0, gpuBytes: 0, draws: 0, contextLosses: 0, refusals: 0 };
    return this.#renderer?.figures() ?? { kind: "canvas", ...nothing };
  }

  dispose(): void {
    this.#gone = true;
    this.#renderer?.dispose();
  }
}
