/** Choosing a renderer: WebGL2 where there is one, else the 2D canvas. */

import { CanvasRenderer } from "./canvas";
import type { Renderer } from "./tiles";
import { CONTEXT, WebglRenderer } from "./webgl";

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
    const gl = canvas.getContext("webgl2", CONTEXT);
    if (gl) return new WebglRenderer(gl, canvas, budget, redraw);
  }
  return new CanvasRenderer(canvas);
}
