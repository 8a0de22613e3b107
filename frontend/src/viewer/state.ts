/** What the viewer screen shows, as one immutable value; the controller replaces it, components read it. */

import type { Pending } from "../consult/outbox";
import type { StoredNote, StudyLayout } from "../streaming/wire";
import type { FrameState, Link } from "../transport/frame-state";
import type { Preset } from "./presets";
import type { View } from "./view";

export type Sheet = "window" | "series" | "note" | "badge" | "more" | "keys" | "link";

/** How the reader windows: as the frame comes, by their own window, or through one of the file's VOI LUTs. */
export type WindowChoice =
  | { readonly kind: "default" }
  | { readonly kind: "window"; readonly center: number; readonly width: number; readonly name: string }
  | { readonly kind: "lut"; readonly index: number; readonly name: string };

export interface ViewerState {
  readonly study: StudyLayout;
  readonly series: string;
  readonly modality: string;
  /** From 1. */
  readonly position: number;
  readonly frames: number;
  /** How many frames there are is not known yet. */
  readonly provisional: boolean;
  readonly frame: FrameState | undefined;
  /**
   * The cine's motion: on its way; playing in the picture's place; or standing still there until the picture itself
   * is drawn. Null while there is none: the picture is what is seen.
   */
  readonly motion: "loading" | "playing" | "still" | null;
  /** Something of this very frame is on the screen (its Preview counts). */
  readonly drawn: boolean;
  /** The picture on the screen is the Preview alone. */
  readonly previewOnly: boolean;
  readonly view: View;
  readonly choice: WindowChoice;
  /** The window in force, in modality units. */
  readonly center: number;
  readonly width: number;
  readonly mode: "scroll" | "window";
  readonly sheet: Sheet | null;
  readonly overlays: boolean;
  /** Nothing but what is looked at is sent. */
  readonly saver: boolean;
  /** Until the reader chooses otherwise, that turns `saver` on. */
  readonly lowBattery: boolean;
  /** Nothing better than readable is sent. */
  readonly readable: boolean;
  readonly link: Link;
  readonly received: number;
  /** Newest first. */
  readonly notes: readonly StoredNote[];
  /** Of this study, oldest first. */
  readonly pending: readonly Pending[];
  /** False when this browser keeps no note beyond the page. */
  readonly durable: boolean;
  readonly draft: string;
  readonly toast: string | null;
  readonly presets: readonly Preset[];
  readonly problem: string | null;
}

/** Motion stands in the picture's place. */
export function inMotion({ motion }: Pick<ViewerState, "motion">): boolean {
  return motion === "playing" || motion === "still";
}
