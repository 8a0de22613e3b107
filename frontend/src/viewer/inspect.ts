/** `window.firstlight.inspect`, with `?inspect=1`: so that anyone can check the page from outside. */

import type { Viewer } from "./viewer";

export interface Inspect {
  /** Stored samples of the shown frame as decoded on this page, once all of it is held and verified. */
  samples(): Promise<unknown>;
  show(series: string, position: number): void;
  state(): unknown;
}

declare global {
  interface Window {
    firstlight?: { inspect: Inspect };
  }
}

export function installInspect(viewer: Viewer): void {
  window.firstlight = {
    inspect: {
      samples() {
        const { series, position } = viewer.state;
        if (!viewer.stream) throw new Error("There is no stream: the study is empty.");
        return viewer.stream.samples(series, position);
      },
      show(series, position) {
        viewer.show(position, series);
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
          complete: frame?.complete ?? false,
          render: viewer.painter?.renderer.figures() ?? null,
        };
      },
    },
  };
}
