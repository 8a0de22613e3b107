/** The viewer screen: the parts in their places, drawn anew whenever the controller says so. */

import type { JSX } from "preact";
import { useCallback, useEffect, useReducer, useRef, useState } from "preact/hooks";
import { listen } from "../gesture/surface";
import { reload } from "../pages/install";
import { hands, press } from "../viewer/hands";
import { pictureCanvas } from "../viewer/picture-canvas";
import { SETTINGS } from "../viewer/settings";
import type { Sheet } from "../viewer/state";
import type { Stage } from "../viewer/view";
import type { Viewer } from "../viewer/viewer";
import { Corners } from "./corners";
import { Header } from "./header";
import { Hint } from "./hint";
import { BadgeSheet, fetchSheets, KeysSheet, LinkSheet, MoreSheet } from "./lazy-sheets";
import { NoteSheet } from "./note-sheet";
import { Scrubber } from "./scrubber";
import { SeriesSheet } from "./series-sheet";
import { Toolbar } from "./toolbar";
import { WindowSheet } from "./window-sheet";

const SHEETS = {
  window: WindowSheet,
  series: SeriesSheet,
  note: NoteSheet,
  badge: BadgeSheet,
  more: MoreSheet,
  keys: KeysSheet,
  link: LinkSheet,
} as const satisfies Record<Sheet, unknown>;

/** A picture that is whole for so long leaves the link to what the reader may want next. */
const SHEETS_MS = 2000;

/** The strips above and below the picture that hold the corner words, in CSS pixels. */
export const STRIP = 44;

function stageOf(element: HTMLElement, sheet: number): Stage {
  const { clientWidth: width, clientHeight: height } = element;
  const strips = getComputedStyle(element).getPropertyValue("--strips").trim() !== "none";
  const part = (selector: string) => element.ownerDocument.querySelector<HTMLElement>(selector);
  const bar = part(".toolbar")?.offsetHeight ?? 0;
  const strip = strips ? STRIP : 0;
  // A sheet covers the toolbar first; the picture keeps at least a third of its room.
  const covered = strips ? Math.min(Math.max(0, sheet - bar), height * 0.66) : 0;
  const side = (part(".sheet")?.offsetWidth ?? 0) - (part(".toolbar")?.offsetWidth ?? 0);
  const beside = strips || sheet === 0 ? 0 : Math.min(Math.max(0, side), width * 0.66);
  return {
    width,
    height,
    inset: { left: 0, right: beside, top: strip, bottom: Math.max(strip, covered) },
    density: Math.min(devicePixelRatio || 1, SETTINGS.mostDensity),
  };
}

export function Screen({ viewer, forced }: { viewer: Viewer; forced: string | null }): JSX.Element {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const root = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const preview = useRef<HTMLImageElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const [covered, setCovered] = useState(0);
  const measured = useCallback((height: number) => setCovered(height), []);
  const close = useCallback(() => {
    viewer.open(null);
    viewer.setMode("scroll");
  }, [viewer]);

  useEffect(() => {
    const element = stage.current as HTMLElement;
    const canvas = pictureCanvas(forced);
    element.insertBefore(canvas, overlay.current);
    const parts = {
      root: root.current as HTMLElement,
      canvas,
      preview: preview.current as HTMLImageElement,
      overlay: overlay.current as HTMLCanvasElement,
    };
    const ends = [viewer.subscribe(() => again(undefined)), listen(element, hands(viewer))];
    viewer.start(parts, stageOf(element, 0), forced);
    const onKey = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof Element &&
        event.target.closest(event.key === " " ? "button, input, textarea" : "input, textarea");
      if (event.key === "Escape" || (!typing && !event.ctrlKey && !event.metaKey && !event.altKey)) {
        if (press(viewer, event.key)) event.preventDefault();
      }
    };
    addEventListener("keydown", onKey);
    return () => {
      for (const end of ends) end();
      removeEventListener("keydown", onKey);
    };
  }, [viewer, forced]);

  const { complete } = viewer.state.frame ?? {};
  useEffect(() => {
    if (!complete) return undefined;
    const timer = setTimeout(() => void fetchSheets(), SHEETS_MS);
    return () => clearTimeout(timer);
  }, [complete]);

  useEffect(() => {
    const element = stage.current as HTMLElement;
    let frame = 0;
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => viewer.resize(stageOf(element, covered)));
    });
    observer.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, [viewer, covered]);

  const { state } = viewer;
  const Open = state.sheet ? SHEETS[state.sheet] : undefined;
  const waiting = !state.drawn;
  const Cine = viewer.cine?.Bar;
  return (
    <div
      class={`viewer${waiting ? " waiting" : ""}${Open ? " sheeted" : ""}${Cine ? " cined" : ""}`}
      data-firstlight-viewer=""
      ref={root}
    >
      <Header state={state} openLink={() => viewer.open("link")} />
      <div class="stage" ref={stage} data-mode={state.mode}>
        <img
          class="preview"
          alt=""
          src={viewer.page.preview ?? undefined}
          hidden={viewer.page.preview === null}
          ref={preview}
        />
        <canvas class="overlay" hidden ref={overlay} />
        {state.frames === 0 ? (
          <div class="face">
            <b>This study has no images yet.</b>
            <span>They appear here as soon as they arrive.</span>
          </div>
        ) : (
          <Face viewer={viewer} />
        )}
      </div>
      {state.frames > 0 && <Corners state={state} covered={viewer.covered} openBadge={() => viewer.open("badge")} />}
      <Scrubber
        state={state}
        held={(position) => viewer.stream?.heldShare(state.series, position) ?? 0}
        show={(position) => viewer.show(position)}
      />
      <Notices viewer={viewer} />
      {Cine && <Cine />}
      <Toolbar viewer={viewer} />
      {Open && <Open viewer={viewer} close={close} measured={measured} />}
      {state.frames > 0 && <Hint frames={state.frames} />}
    </div>
  );
}

/** What stands on the stage where the picture cannot. */
function Face({ viewer }: { viewer: Viewer }): JSX.Element | null {
  const { frame, drawn, position, link } = viewer.state;
  if (frame?.unavailable) {
    return (
      <div class="face solid" role="alert">
        <b>Image {position} cannot be shown.</b>
        <span>{frame.unavailable.message}</span>
      </div>
    );
  }
  if (drawn) return null;
  return (
    <div class="face">
      <b class="large">{position}</b>
      <span>
        {link.state === "connected"
          ? "This image is on its way."
          : `${link.state === "offline" ? "No link" : "Connecting"}. This image comes when the link is back.`}
      </span>
    </div>
  );
}

function Notices({ viewer }: { viewer: Viewer }): JSX.Element {
  const { toast, link, pending, problem } = viewer.state;
  const waiting = pending.filter(({ refused }) => !refused).length;
  return (
    <div class="notices">
      {link.stopped && (
        <p class="notice bad" role="alert">
          {link.stopped}
          {link.reload && (
            <button type="button" class="plain-word" onClick={() => void reload()}>
              Reload
            </button>
          )}
        </p>
      )}
      {!link.stopped && link.state === "offline" && (
        <p class="notice" role="status">
          No link. What has arrived stays here
          {waiting > 0 ? "; your note is saved on this phone and will be sent." : "."}
        </p>
      )}
      {problem && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {toast && (
        <button type="button" class="notice toast" onClick={() => viewer.open("note")}>
          {toast}
        </button>
      )}
    </div>
  );
}
