/** What the screen says, as pure functions: short, plain, with units. */

import type { Manifest } from "../streaming/manifest";
import type { FrameState } from "../transport/frame-state";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** "24 Nov 2026" of "2026-11-24"; empty stays empty. */
export function dateWords(date: string): string {
  const [year, month, day] = date.split("-");
  if (!year || !month || !day) return date;
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? month} ${year}`;
}

/** "03:14", or "23 Nov, 03:14" when that was another day; local time. */
export function timeWords(at: string, now: Date): string {
  const then = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  const clock = `${two(then.getHours())}:${two(then.getMinutes())}`;
  if (then.toDateString() === now.toDateString()) return clock;
  const year = then.getFullYear() === now.getFullYear() ? "" : ` ${then.getFullYear()}`;
  return `${then.getDate()} ${MONTHS[then.getMonth()] ?? ""}${year}, ${clock}`;
}

/** "640 B", "12 kB", "1.6 MB". */
export function bytesWords(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** "31 kB/s (250 kbit/s)". */
export function rateWords(bytes: number): string {
  const bits = bytes * 8;
  const speed = bits < 999_500 ? `${Math.round(bits / 1000)} kbit/s` : `${(bits / 1e6).toFixed(1)} Mbit/s`;
  return `${bytesWords(bytes)}/s (${speed})`;
}

/** "40 ms", "0.8 s", "12 s", "3 min". */
export function secondsWords(seconds: number): string {
  if (seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** "DOE, Jane" of "DOE^Jane". */
export function nameWords(name: string): string {
  const [family = "", ...given] = name.split("^");
  const rest = given.filter((part) => part !== "").join(" ");
  return [family, rest].filter((part) => part !== "").join(", ") || "Name not given";
}

/** Descriptions as some machines write them, "abdomen^liver". */
export function descriptionWords(description: string): string {
  return description.replaceAll("^", " ").trim();
}

/** Study and series in their own words, for either may be the only one to name the side; after the modality. */
export function scanWords(modality: string, study: string, series = ""): string {
  const words = [study, series].map(descriptionWords).filter((word) => word !== "");
  const said = [...new Set(words)].join(" · ") || "No description";
  return said.startsWith(`${modality} `) ? said : `${modality} ${said}`.trim();
}

/** "80", "2.5": window values without needless digits. */
export function numberWords(value: number): string {
  return String(Number(Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1)));
}

export type BadgeKind = "waiting" | "preview" | "lossy" | "lossless" | "mapped" | "mismatch" | "none";

export interface BadgeWords {
  readonly kind: BadgeKind;
  readonly text: string;
  /** A small second line. */
  readonly note: string;
}

/** The badge of a frame; `drawn`: something of it is on the screen; `moving`: and that is a cine's motion. */
export function badgeOf(frame: FrameState | undefined, drawn: boolean, moving = false): BadgeWords {
  if (moving) return { kind: "preview", text: "PREVIEW", note: "" };
  if (frame?.unavailable) return { kind: "none", text: "NOT SHOWN", note: "" };
  if (!frame || !drawn) return { kind: "waiting", text: "WAITING", note: "" };
  if (frame.mismatch) return { kind: "mismatch", text: "MISMATCH", note: "asked again" };
  const { manifest } = frame;
  const source = sourceWords(manifest);
  if (frame.quality === "preview") return { kind: "preview", text: "PREVIEW", note: "" };
  if (manifest?.mapping && !manifest.mapping.exact && frame.complete) {
    return { kind: "mapped", text: "COMPLETE · MAPPED", note: source };
  }
  if (frame.quality === "lossless") return { kind: "lossless", text: "LOSSLESS", note: source };
  const ratio = frame.ratio === null ? "" : ` ${ratioWords(frame.ratio)}`;
  return { kind: "lossy", text: `LOSSY${ratio}`, note: "" };
}

function ratioWords(ratio: number): string {
  return ratio >= 10 ? `${Math.round(ratio)}:1` : `${ratio.toFixed(1)}:1`;
}

const LOSSY_SOURCES: readonly (readonly [string, string])[] = [
  ["1.2.840.10008.1.2.4.50", "JPEG"],
  ["1.2.840.10008.1.2.4.51", "JPEG"],
  ["1.2.840.10008.1.2.4.81", "JPEG-LS"],
  ["1.2.840.10008.1.2.4.91", "JPEG 2000"],
  ["1.2.840.10008.1.2.4.203", "JPEG 2000"],
];

/** "source: JPEG" where the picture was lossy before it came here. */
export function sourceWords(manifest: Manifest | null): string {
  if (!manifest?.source.lossy) return "";
  const known = LOSSY_SOURCES.find(([uid]) => uid === manifest.source.transfer_syntax);
  return `source: ${known?.[1] ?? "lossy"}`;
}

/** What the badge means, for the sheet behind it. */
export function meaningWords(badge: BadgeWords, frame: FrameState | undefined): string {
  switch (badge.kind) {
    case "preview":
      return "A small first picture at the window the file came with. Good for finding your way, not for reading: details are missing.";
    case "lossy":
      return frame?.rmse === null || frame?.rmse === undefined
        ? "A reduced picture. Details are still missing at this size."
        : `A reduced picture. At this window grey levels are off by about ${numberWords(frame.rmse)} of 255. It keeps getting better while you look.`;
    case "lossless":
      return badge.note
        ? `Every value equals the file that was sent, checked with a SHA-256 digest. That file itself was made with loss (${badge.note.replace("source: ", "")}): what was lost before cannot come back.`
        : "Every value equals the file that was sent, checked with a SHA-256 digest.";
    case "mapped":
      return `Everything has arrived and was checked. ${frame?.manifest?.mapping?.label ?? ""}`;
    case "mismatch":
      return "A part of this picture does not match its checksum. It is asked for again; do not read from it until the badge changes.";
    case "none":
      return frame?.unavailable?.message ?? "This image cannot be shown.";
    default:
      return "Nothing of this image has arrived yet.";
  }
}

/** "S2" of a study with several series, else empty. */
export function seriesWords(series: readonly { series: string }[], shown: string): string {
  if (series.length < 2) return "";
  return `S${series.findIndex((each) => each.series === shown) + 1}`;
}

export function linkWords(state: "connected" | "connecting" | "offline"): string {
  return { connected: "Linked", connecting: "Connecting", offline: "No link" }[state];
}
