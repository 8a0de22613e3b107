/**
 * The Manifest: what a viewer must know of a Frame before its first Segment. The twin of `streaming/manifest.py`.
 *
 * Field names are the wire's, which are DICOM's or Python's. Sizes are in pixels, lengths in bytes. Absent
 * optional fields are filled in with their defaults when read, and left out again when written.
 */

import { ManifestError, WireError } from "./errors";
import {
  bytes,
  type Field,
  finite,
  flag,
  integer,
  list,
  oneOf,
  optional,
  record,
  text,
  tuple,
  uid,
  type Value,
  where,
} from "./fields";
import { Coding, MAX_LAYERS, MAX_RESOLUTIONS, MAX_TILES } from "./vocabulary";

const pixels = integer(1, 65_535);
const above0 = finite(Number.MIN_VALUE);
const hash = text(64, /^[0-9a-f]{64}$/);

const value = integer(-(2 ** 32), 2 ** 32);
const layers = list(finite(0), MAX_LAYERS, 1);

/** What the window plane alone leaves, through windows within a range of stored values. */
const reach = record({ low: value, high: value, layers });

/** One coded plane. A stored sample is the sum of its planes << shift, less offset. */
const plane = record({
  component: optional(integer(0, 3), null),
  shift: integer(0, 48),
  /** RMSE in display grey levels (0..255 at the default window) left after each layer; the last is 0. */
  layers,
  /** Of a window plane: each range within the next. Alone it shows its samples plus the first range's `low`. */
  alone: optional(list(reach, 8), [] as readonly Value<typeof reach>[]),
});

/** A J2K main header shared by tiles, and the packets in one segment of each resolution. */
const header = record({ data: bytes, packets: list(integer(1, 1 << 24), MAX_RESOLUTIONS, 1) });

/** One tile of one plane: `constant` is its only sample value(s), or it has a codestream. */
const tile = record({
  plane: optional(integer(0, 255), 0),
  /** Left pixel of the tile in the frame. */
  column: integer(0, 65_535),
  /** Top pixel of the tile in the frame. */
  row: integer(0, 65_535),
  columns: pixels,
  rows: pixels,
  /** Base64 SHA-256 of the coded samples (j2k-layers), or of the whole JPEG's or codestream's bytes (the others). */
  sha256: text(44, /^[A-Za-z0-9+/]{43}=$/),
  header: optional(integer(0, MAX_TILES), null),
  constant: optional(list(integer(0, 65535), 4, 1), null),
  /** Bytes of each layer, all resolutions together. */
  bytes: optional(list(integer(1), MAX_LAYERS), [] as readonly number[]),
});

const window_ = record({ center: finite(), width: above0, explanation: optional(text(), "") });

/** A lookup table or bit plane, fetched once from `/tables/{id}`. */
const table = record({
  id: hash,
  entries: integer(1, 65_536),
  first: optional(integer(-(2 ** 32), 2 ** 32), 0),
  bits: optional(oneOf(1, 8, 16), 16 as const),
  output_bits: optional(integer(1, 16), 16),
  explanation: optional(text(), ""),
});

const overlay = record({
  group: integer(0, 0xffff),
  table: hash,
  rows: integer(1),
  columns: integer(1),
  /** Row and column of its first pixel in the frame, counted from 0 (may lie beyond it). */
  row: integer(-(2 ** 31)),
  column: integer(-(2 ** 31)),
  label: optional(text(), ""),
});

/** From stored value to screen: PS3.4 N.2 (modality, then VOI, then presentation). */
const display = record({
  slope: optional(finite(), 1),
  intercept: optional(finite(), 0),
  unit: optional(text(64), ""),
  modality_lut: optional(table, null),
  /** Never empty for grey frames; the first is the default window. */
  windows: optional(list(window_, 256), [] as readonly Value<typeof window_>[]),
  voi_function: optional(oneOf("LINEAR", "LINEAR_EXACT", "SIGMOID"), "LINEAR" as const),
  /** Where present, the first is the default instead of windows[0]. */
  voi_luts: optional(list(table, 256), [] as readonly Value<typeof table>[]),
  /** The lowest value is white. */
  inverted: optional(flag, false),
  /** Stored values from, to (inclusive) that are padding: black, whatever the window. */
  padding: optional(
    where(
      tuple<[number, number]>(integer(-(2 ** 53 - 1)), integer(-(2 ** 53 - 1))),
      "two integers, the lower first",
      ([first, last]) => first <= last,
    ),
    null,
  ),
  palette: optional(table, null),
  /** "" for grey and palette; "rgb" or "ybr_full" for three components. */
  colour: optional(oneOf("", "rgb", "ybr_full"), "" as const),
  /** Height, width of one pixel in any common unit. */
  pixel_aspect: optional(tuple<[number, number]>(finite(1e-3, 1e3), finite(1e-3, 1e3)), [1, 1] as [number, number]),
  overlays: optional(list(overlay, 16), [] as readonly Value<typeof overlay>[]),
});

const letters = text(64);

/** Where the picture lies in the patient. */
const geometry = record({
  /** Letters at the left, top, right and bottom edge; empty where the file does not say. */
  edges: optional(tuple<[string, string, string, string]>(letters, letters, letters, letters), ["", "", "", ""] as [
    string,
    string,
    string,
    string,
  ]),
  laterality: optional(oneOf("", "L", "R", "B", "U"), "" as const),
  /** Distance between rows, between columns, in mm. */
  spacing_mm: optional(tuple<[number, number]>(above0, above0), null),
});

/** What the frame was before Firstlight coded it. */
const source = record({ transfer_syntax: text(64), bytes: integer(0), lossy: optional(flag, false) });

/** stored = coded * slope + intercept, for samples that do not fit 16-bit planes. */
const mapping = record({ slope: finite(), intercept: finite(), exact: flag, label: text() });

const manifest = record({
  version: integer(1, 1),
  id: text(16, /^[A-Za-z0-9_-]{16}$/),
  instance: uid,
  frame: integer(1, 2 ** 31),
  coding: oneOf(Coding.J2K_LAYERS, Coding.JPEG_SCANS, Coding.J2K_SOURCE),
  rows: pixels,
  columns: pixels,
  samples_per_pixel: integer(1, 4),
  bits_stored: integer(1, 64),
  signed: flag,
  /** What was added to the stored value before coding, so that it is not negative. */
  offset: integer(-(2 ** 53 - 1)),
  photometric_interpretation: text(64),
  resolutions: integer(1, MAX_RESOLUTIONS),
  planes: list(plane, 256, 1),
  headers: list(header, MAX_TILES),
  tiles: list(tile, MAX_TILES, 1),
  display,
  geometry,
  source,
  mapping: optional(mapping, null),
  warnings: optional(list(text(), 1000), [] as readonly string[]),
});

export type Plane = Value<typeof plane>;
export type Header = Value<typeof header>;
export type Tile = Value<typeof tile>;
export type Window = Value<typeof window_>;
export type Table = Value<typeof table>;
export type Overlay = Value<typeof overlay>;
export type Display = Value<typeof display>;
export type Geometry = Value<typeof geometry>;
export type Source = Value<typeof source>;
export type Mapping = Value<typeof mapping>;
export type Manifest = Value<typeof manifest>;

/** From plain JSON values; raises ManifestError on anything that is not a sound manifest. */
export function readManifest(value: unknown): Manifest {
  let result: Manifest;
  try {
    result = manifest.read(value, "manifest");
  } catch (error) {
    throw error instanceof WireError ? new ManifestError(error.message) : error;
  }
  checkFrame(result);
  return result;
}

/** As plain JSON values; what stands at its default is left out. */
export function writeManifest(value: Manifest): unknown {
  return manifest.write(value);
}

/** The manifest as a field of a message. */
export const manifestField: Field<Manifest> = { read: readManifest, write: writeManifest };

function insist(holds: boolean, what: string): asserts holds {
  if (!holds) throw new ManifestError(`The manifest contradicts itself: ${what}.`);
}

function checkFrame(frame: Manifest): void {
  const { planes, headers, tiles, resolutions, rows, columns, samples_per_pixel, display: shown } = frame;
  const scans = frame.coding === Coding.JPEG_SCANS;
  insist(
    planes.every((each) => each.layers[each.layers.length - 1] === 0 && (each.component ?? 0) < samples_per_pixel),
    "a plane's last layer leaves an error, or its component is not there",
  );
  insist(samples_per_pixel === (shown.colour ? 3 : 1), "its colour does not fit its samples a pixel");
  insist(samples_per_pixel > 1 || shown.palette !== null || shown.windows.length > 0, "a grey frame has no window");
  checkWindowPlane(frame);
  insist(!scans || tiles.length * planes.length * resolutions === 1, "a jpeg-scans frame is one tile");
  insist(!scans || (!headers.length && !tiles[0]?.constant), "a jpeg-scans frame is its scans alone");
  insist(
    frame.coding !== Coding.J2K_SOURCE ||
      (tiles.length * planes.length * headers.length === 1 && !tiles[0]?.constant && !planes[0]?.shift),
    "a j2k-source frame is one tile",
  );
  insist(
    headers.every((each) => each.packets.length <= resolutions),
    "a header has more resolutions than the frame",
  );
  for (const each of tiles) checkTile(frame, each, scans);
  const areas = planes.map(() => 0);
  for (const each of tiles) areas[each.plane] = (areas[each.plane] ?? 0) + each.rows * each.columns;
  insist(
    areas.every((area) => area === rows * columns),
    "its tiles do not cover each plane once",
  );
}

function checkWindowPlane({ planes, coding, samples_per_pixel, display: shown, mapping: mapped }: Manifest): void {
  const [first, ...others] = planes;
  insist(
    others.every((each) => !each.alone.length),
    "a plane after the first is a window plane",
  );
  if (!first?.alone.length) return;
  insist(
    planes.length === 2 &&
      planes.every((each) => each.component === null && !each.shift) &&
      coding === Coding.J2K_LAYERS &&
      samples_per_pixel === 1 &&
      !shown.palette &&
      !shown.voi_luts.length &&
      !shown.modality_lut &&
      !mapped &&
      shown.slope > 0 &&
      shown.voi_function !== "SIGMOID" &&
      !shown.inverted,
    "its window plane cannot be shown alone",
  );
  first.alone.forEach(({ low, high, layers: left }, i) => {
    const inner = first.alone[i - 1];
    insist(low < high && left.length === first.layers.length, "a reach is no range, or not of its plane's layers");
    insist(!inner || (low <= inner.low && high >= inner.high), "a reach does not hold the one before it");
  });
}

function checkTile(frame: Manifest, each: Tile, scans: boolean): void {
  const coded = frame.planes[each.plane];
  insist(coded !== undefined, "a tile is of a plane that is not there");
  insist(
    each.column + each.columns <= frame.columns && each.row + each.rows <= frame.rows,
    "a tile reaches beyond the frame",
  );
  if (each.constant) {
    const together = coded.component === null ? frame.samples_per_pixel : 1;
    insist(each.constant.length === together, "a constant tile has too many values, or too few");
    insist(each.header === null && !each.bytes.length, "a constant tile has a codestream");
    return;
  }
  insist(each.bytes.length === coded.layers.length, "a tile has not as many layers as its plane");
  insist((each.header === null) === scans, "every J2K tile has a header, and no JPEG has one");
  insist(scans || (each.header ?? 0) < frame.headers.length, "a tile names a header that is not there");
}
