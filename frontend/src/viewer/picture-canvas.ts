/**
 * The canvas that pictures are drawn on: one for all studies of the page. Making a context and compiling its programs
 * takes a phone some tenths of a second, which a reader who taps a study should not wait for.
 */

import { createRenderer } from "../render/renderer";
import { WebglRenderer } from "../render/webgl";
import { SETTINGS } from "./settings";

let canvas: HTMLCanvasElement | undefined;

/** A canvas keeps the kind of context it once had: one that is forced to another is another. */
export function pictureCanvas(forced: string | null): HTMLCanvasElement {
  if (forced !== null) return made();
  canvas ??= made();
  return canvas;
}

/** Makes context and programs ready, one at a time, while nothing else is to be done. */
export function warmPicture(): void {
  if (canvas) return; // it was warmed, or a study was opened before there was time
  const renderer = createRenderer(pictureCanvas(null), null, SETTINGS.gpuBytes, () => undefined);
  if (!(renderer instanceof WebglRenderer)) return;
  const next = (): void => {
    if (renderer.warm()) idle(next);
  };
  idle(next);
}

function idle(act: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(act);
  else setTimeout(act, 100);
}

function made(): HTMLCanvasElement {
  const element = document.createElement("canvas");
  element.className = "picture";
  return element;
}
