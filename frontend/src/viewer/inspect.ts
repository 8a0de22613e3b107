/** `window.firstlight.inspect`, with `?inspect=1`: so that anyone can check the page from outside. */

import type { Viewer } from "./viewer";

export interface Inspect {
  /** Stored samples of the shown frame as decoded on this page, once all of it is held and verified. */
  samples(): Promise<unknown>;
  show(series: string, position: number): void;
  state(): unknown;
  /** Grey levels by which the drawing differs from the CPU reference. */
  compare(): unknown;
}

declare global {
  interface Window {
    firstlight?: { inspect: Inspect };
  }
}

export function installInspect(viewer: Viewer): void {
  window.firstlight = {
    inspect: {
      async samples() {
        // The stream opens with the first layout of the page, a moment after this hook is there.
        while (!viewer.stream) await new Promise(requestAnimationFrame);
        const { series, position } = viewer.state;
        return viewer.stream.samples(series, position);
      },
      show(series, position) {
        viewer.show(position, series);
      },
      compare() {
        return viewer.painter?.compare() ?? null;
      },
      state() {
        const { study, frame, notes, pending, ...rest } = viewer.state;
        return {
          ...rest,
          study: study.study,
          notes: notes.length,
          pending: pending.length,
          quality: frame?.quality ?? null,
          rmse: frame?.rmse ?? null,
          bytes: frame?.bytes ?? 0,
          manifest: frame?.manifest ?? null,
          bytesToLossless: frame?.bytesToLossless ?? null,
          complete: frame?.complete ?? false,
          render: viewer.painter?.renderer.figures() ?? null,
        };
      },
    },
  };
}
