/**
 * From a stored value to the screen, on the CPU: PS3.4 N.2 (modality, then VOI, then presentation).
 *
 * The canvas fallback draws with it, and it is what the WebGL shader is compared with. `constants` are the
 * numbers both need, so that the rules are written once.
 */

import type { Manifest } from "../streaming/manifest";
import type { Presentation, Tables } from "./tiles";
import { applyWindow, linearBounds, lookUp, type VoiFunction, ybrToRgb } from "./voi";

export type PictureKind = "grey" | "palette" | "colour";

/** A table, ready for use: its entries and the input of entry 0. */
export interface ReadyTable {
  readonly id: string;
  readonly data: Uint8Array | Uint16Array;
  readonly first: number;
  /** Full white of a VOI LUT. */
  readonly white: number;
}

/** The numbers of one presentation of one frame. */
export interface Constants {
  readonly kind: PictureKind;
  /** For each plane: which component it adds to, how much one step is worth, and what is taken off first. */
  readonly planes: readonly {
    readonly component: number;
    readonly scale: number;
    readonly base: number;
  }[];
  /** modality value = sum(planes) * slope + intercept. */
  readonly slope: number;
  readonly intercept: number;
  readonly modality: ReadyTable | undefined;
  readonly voi: ReadyTable | undefined;
  readonly palette: ReadyTable | undefined;
  readonly voiFunction: VoiFunction;
  readonly center: number;
  readonly width: number;
  readonly inverted: boolean;
  /** Bounds of padding in sums of planes, both inclusive. */
  readonly padding: readonly [number, number] | undefined;
  /** Bounds of the window in sums of planes, where the window comes before interpolation: see `windowBounds`. */
  readonly windowed: readonly [number, number] | undefined;
  readonly ybr: boolean;
  readonly bits: number;
}

/** Whether every table the manifest names has arrived. */
export function tablesReady(manifest: Manifest, tables: Tables): boolean {
  return tablesOf(manifest).every((id) => tables.has(id));
}

/** Ids of the tables the picture itself needs (overlays come on top and may be late). */
export function tablesOf(manifest: Manifest): readonly string[] {
  const { modality_lut, palette, voi_luts } = manifest.display;
  return [modality_lut, palette, ...voi_luts].flatMap((table) => (table ? [table.id] : []));
}

export function pictureKind(manifest: Manifest): PictureKind {
  if (manifest.display.palette) return "palette";
  return manifest.display.colour !== "" || manifest.samples_per_pixel >= 3 ? "colour" : "grey";
}

/** The window a frame opens with. Colour opens with its samples as they are. */
export function defaultPresentation(manifest: Manifest): Presentation {
  const window = manifest.display.windows[0];
  const voiLut = manifest.display.voi_luts.length > 0 ? 0 : undefined;
  if (pictureKind(manifest) !== "grey" || !window) {
    const full = 2 ** Math.min(manifest.bits_stored, 16) - 1;
    return { center: full / 2, width: full };
  }
  return { center: window.center, width: window.width, voiLut };
}

/**
 * `drawn`: how many planes, from the first on; a window plane may be drawn alone.
 *
 * @throws RangeError when a table has not arrived: ask `tablesReady` first.
 */
export function constants(
  manifest: Manifest,
  presentation: Presentation,
  tables: Tables,
  drawn = manifest.planes.length,
): Constants {
  const { display, mapping } = manifest;
  const planes = manifest.planes.slice(0, drawn);
  const alone = drawn < manifest.planes.length ? manifest.planes[0]?.alone[0] : undefined;
  const offset = alone ? -alone.low : manifest.offset;
  const kind = pictureKind(manifest);
  const ready = (
    table: { id: string; first: number; output_bits: number } | null | undefined,
  ): ReadyTable | undefined => {
    if (!table) return undefined;
    const data = tables.get(table.id);
    if (!data) throw new RangeError("A lookup table of this frame has not arrived.");
    return { id: table.id, data, first: table.first, white: 2 ** table.output_bits - 1 };
  };
  // Stored = coded * mapping, then the modality's rescale.
  const mapSlope = mapping?.slope ?? 1;
  const mapIntercept = mapping?.intercept ?? 0;
  const slope = display.slope * mapSlope;
  const intercept = display.slope * mapIntercept + display.intercept;
  const voi = presentation.voiLut === undefined ? undefined : ready(display.voi_luts[presentation.voiLut]);
  // 32-bit samples do not fit a float: what is near the window's middle is taken off plane by plane,
  // while it is still an integer.
  const wide = planes.some((plane) => plane.shift > 0);
  const middle = wide ? Math.max(0, Math.round((presentation.center - intercept) / slope + offset)) : 0;
  const taken = planes.map((plane) => {
    if (!wide) return 0;
    const share = Math.floor(middle / 2 ** plane.shift);
    return planes.some((other) => other.shift > plane.shift) ? share % 65536 : share;
  });
  const base = planes.reduce((sum, plane, p) => sum + (taken[p] ?? 0) * 2 ** plane.shift, 0) - offset;
  const padding = display.padding?.map((bound) => (bound - mapIntercept) / mapSlope - base);
  const summed = intercept + slope * base;
  return {
    kind,
    planes: planes.map((plane, p) => ({
      component: plane.component ?? 0,
      scale: 2 ** plane.shift,
      base: taken[p] ?? 0,
    })),
    slope,
    intercept: summed,
    modality: ready(display.modality_lut),
    voi,
    palette: ready(display.palette),
    voiFunction: kind === "colour" ? "LINEAR_EXACT" : display.voi_function,
    center: presentation.center,
    width: presentation.width,
    inverted: display.inverted,
    padding: padding ? [padding[0] ?? 0, padding[1] ?? 0] : undefined,
    windowed: windowBounds(manifest, presentation, slope, summed),
    ybr: display.colour === "ybr_full",
    bits: manifest.bits_stored,
  };
}

/**
 * Where a frame has a window plane, its samples are held within the window before they are interpolated.
 *
 * A window plane tells nothing of how far outside its range a sample lies. Interpolating first would let that
 * distance move a magnified edge (brain beside skull), so the picture would differ from the complete one by more
 * than the error stated. Held first, both are the same up to that error, and what is drawn is what interpolating
 * the windowed picture gives, for within its bounds the window is linear. It holds for the complete frame too:
 * nothing jumps when the difference arrives.
 */
function windowBounds(
  manifest: Manifest,
  { center, width, voiLut }: Presentation,
  slope: number,
  intercept: number,
): readonly [number, number] | undefined {
  const { display, planes } = manifest;
  if (!planes[0]?.alone.length || voiLut !== undefined || display.modality_lut) return undefined;
  const bounds = linearBounds(display.voi_function, center, width);
  return bounds && [(bounds[0] - intercept) / slope, (bounds[1] - intercept) / slope];
}

/** Modality value of a sum of planes. */
export function modalityValue(numbers: Constants, sum: number): number {
  // A modality LUT takes the stored value: slope and intercept are 1 and 0 beside it, but for the offset.
  const rescaled = sum * numbers.slope + numbers.intercept;
  return numbers.modality ? lookUp(numbers.modality.data, numbers.modality.first, rescaled) : rescaled;
}

/** 0..1 on the screen of a sum of planes of a grey picture. */
export function grey(numbers: Constants, sum: number): number {
  const x = modalityValue(numbers, sum);
  const y = numbers.voi
    ? lookUp(numbers.voi.data, numbers.voi.first, x) / numbers.voi.white
    : applyWindow(numbers.voiFunction, x, numbers.center, numbers.width);
  return numbers.inverted ? 1 - y : y;
}

/** Red, green, blue 0..1 of a palette index (never of a blend of two indices). */
export function paletteColour(numbers: Constants, sum: number): readonly [number, number, number] {
  const table = numbers.palette;
  if (!table) return [0, 0, 0];
  const entries = table.data.length / 3;
  const stored = Math.round(sum * numbers.slope + numbers.intercept);
  const at = Math.min(Math.max(stored - table.first, 0), entries - 1) * 3;
  const full = table.data instanceof Uint8Array ? 255 : 65535;
  const part = (i: number) => (table.data[at + i] ?? 0) / full;
  return [part(0), part(1), part(2)];
}

/** Red, green, blue 0..1 of three samples. */
export function colour(numbers: Constants, a: number, b: number, c: number): readonly [number, number, number] {
  const [red, green, blue] = numbers.ybr ? ybrToRgb(a, b, c, numbers.bits) : [a, b, c];
  const low = numbers.center - numbers.width / 2;
  const part = (v: number) => {
    const y = Math.min(1, Math.max(0, (v - low) / numbers.width));
    return numbers.inverted ? 1 - y : y;
  };
  return [part(red), part(green), part(blue)];
}
