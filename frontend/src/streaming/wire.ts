/**
 * The messages of the protocol, version 2, as streaming/README.md writes them down: the twin of `streaming/wire`.
 *
 * Typed message <-> plain JSON values, in both directions; segments are in `slices.ts`. Field names are the wire's.
 */

import { VersionError, WireError } from "./errors";
import {
  type Field,
  finite,
  flag,
  integer,
  list,
  nullable,
  oneOf,
  record,
  text,
  tuple,
  uid,
  type Value,
  where,
} from "./fields";
import { type StudyLayout, studyField } from "./layout";
import { manifestField } from "./manifest";
import { changesField } from "./manifest-changes";
import {
  frameId,
  MAX_LAYERS,
  MAX_NOTE_CHARACTERS,
  MAX_RESOLUTIONS,
  MAX_SEGMENT_BYTES,
  MAX_TILES,
  PROTOCOL_VERSION,
  Quality,
} from "./vocabulary";

const MANIFEST_ID = /^[A-Za-z0-9_-]{16}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const frame = integer(1, 1_000_000);
const above0 = (max = Infinity): Field<number> => finite(Number.MIN_VALUE, max);
const position = integer(1, 100_000);
const sequence = integer(1);
const latest = integer(0);
const instant = where(text(24, INSTANT), "a day and time that there is", (value) => {
  const read = new Date(value);
  return !Number.isNaN(read.getTime()) && read.toISOString() === value;
});
const code = text(64, /^[a-z_]{1,64}$/);
const manifestId = text(16, MANIFEST_ID);
const noteId = text(36, UUID);
const sentence = text(1000);
const handle = integer(0, 2 ** 32 - 1);
const type = <T extends string>(word: T): Field<T> => oneOf(word);

// The viewer's messages

const edge = finite(-1_000_000, 1_000_000);
const viewportFields = {
  generation: integer(1),
  series: uid,
  position,
  /** Left, top, right, bottom in frame pixels. */
  region: where(
    tuple<[number, number, number, number]>(edge, edge, edge, edge),
    "left < right, top < bottom",
    ([left, top, right, bottom]) => left < right && top < bottom,
  ),
  /** Device pixels for one frame pixel. */
  scale: above0(64),
  window: nullable(record({ center: finite(), width: above0() })),
  /** Frames a second in which the reader scrolls, negative towards lower positions. */
  speed: finite(-1000, 1000),
  /** Nothing but what is looked at is wanted. */
  saver: flag,
  /** What is better than readable is not wanted. */
  readable: flag,
  /** Nothing is wanted now. */
  paused: flag,
};
const noteFields = {
  id: noteId,
  text: text(MAX_NOTE_CHARACTERS, /\S/u),
  series: uid,
  instance: uid,
  frame,
  position,
  quality: oneOf(Quality.PREVIEW, Quality.LOSSY, Quality.LOSSLESS),
  /** Grey levels that could still have been wrong; 0 when lossless, null when only the Preview was seen. */
  rmse: nullable(finite(0, 1e6)),
  written_at: instant,
};
const frameHoldings = record({
  instance: uid,
  frame,
  manifest: manifestId,
  /** Layers held for each tile and resolution, run-length coded as `count:layers` joined by commas. */
  held: where(
    text(1 << 18, /^[1-9]\d{0,4}:(\d|1[0-6])(,[1-9]\d{0,4}:(\d|1[0-6]))*$/),
    "of at most 65536 cells",
    (runs) => runs.split(",").reduce((sum, run) => sum + Number.parseInt(run, 10), 0) <= MAX_TILES * MAX_RESOLUTIONS,
  ),
  /** Beginnings of segments: tile, resolution, layer, bytes. */
  partial: list(
    tuple<[number, number, number, number]>(
      integer(0, MAX_TILES - 1),
      integer(0, MAX_RESOLUTIONS - 1),
      integer(0, MAX_LAYERS - 1),
      integer(0, MAX_SEGMENT_BYTES),
    ),
    4096,
  ),
});

const heldFields = { holdings: list(frameHoldings, 20_000), manifests: list(manifestId, 20_000) };
/** Of the room for a picture on the screen, in device pixels. */
const pixels = integer(1, 16_384);
const viewport = record(viewportFields);
/** rmse is null when only the Preview was seen, and only then; 0 when lossless. */
const noteHolds = ({ quality, rmse }: { quality: Quality; rmse: number | null }): boolean =>
  (rmse === null) === (quality === Quality.PREVIEW) && (quality !== Quality.LOSSLESS || rmse === 0);
const honest = "a note whose rmse fits its quality";
const note = where(record(noteFields), honest, noteHolds);
const viewerMessages = {
  hello: record({ type: type("hello"), ...heldFields, after: latest, viewport: nullable(viewport) }),
  open: record({
    type: type("open"),
    study: uid,
    series: nullable(uid),
    position,
    width: pixels,
    height: pixels,
    ...heldFields,
    after: latest,
  }),
  leave: record({ type: type("leave") }),
  prefetch: record({
    type: type("prefetch"),
    frames: list(record({ instance: uid, frame }), 64),
    width: pixels,
    height: pixels,
    bytes: integer(0, MAX_SEGMENT_BYTES),
  }),
  viewport: record({ type: type("viewport"), ...viewportFields }),
  ack: record({ type: type("ack"), received: integer(0) }),
  dropped: record({ type: type("dropped"), frames: list(record({ instance: uid, frame }), 20_000) }),
  again: record({
    type: type("again"),
    instance: uid,
    frame,
    tile: integer(0, MAX_TILES - 1),
    reason: oneOf("digest", "decode"),
  }),
  note: where(record({ type: type("note"), ...noteFields }), honest, noteHolds),
  ping: record({ type: type("ping"), sent: integer(-Number.MAX_SAFE_INTEGER) }),
};

// The server's messages

const storedNote = where(record({ ...noteFields, sequence, stored_at: instant }), honest, noteHolds);
const change = where(
  record({ sequence, kind: oneOf("note", "study"), at: instant, note: nullable(storedNote) }),
  "a change that carries a note when it is of kind note, and only then",
  ({ kind, note }) => (kind === "note") === (note !== null),
);
const version: Field<number> = {
  read(value, path) {
    if (integer(1).read(value, path) === PROTOCOL_VERSION) return PROTOCOL_VERSION;
    throw new VersionError("The server speaks another version of the protocol: load the page again.");
  },
  write: (value) => value,
};
const rising = (changes: readonly { readonly sequence: number }[]): boolean =>
  changes.every((each, at) => at === 0 || (changes[at - 1]?.sequence ?? 0) < each.sequence);
const named = { type: type("manifest"), handle, instance: uid, frame, id: manifestId };
const wholeManifest = where(
  record({ ...named, manifest: nullable(manifestField) }),
  "a message with a manifest of its own id and frame",
  ({ id, manifest, ...key }) => !manifest || (manifest.id === id && frameId(manifest) === frameId(key)),
);
const changedManifest = record({ ...named, like: handle, manifest: changesField });
/** With `like`, the manifest is told by what differs from that handle's. */
const manifestMessage: Field<Value<typeof wholeManifest> | Value<typeof changedManifest>> = {
  read: (value, path) => (isLike(value) ? changedManifest : wholeManifest).read(value, path),
  write: (value) => ("like" in value ? changedManifest.write(value) : wholeManifest.write(value)),
};
const isLike = (value: unknown): boolean => typeof value === "object" && value !== null && "like" in value;
const serverMessages = {
  welcome: record({ type: type("welcome"), version }),
  opened: record({ type: type("opened"), study: uid, latest }),
  study: record({ type: type("study"), study: studyField }),
  manifest: manifestMessage,
  unavailable: record({
    type: type("unavailable"),
    instance: uid,
    frame,
    code,
    message: sentence,
    may_retry: flag,
  }),
  changes: record({ type: type("changes"), changes: where(list(change, 100_000), "in rising order", rising), latest }),
  note_stored: record({ type: type("note_stored"), id: noteId, sequence, stored_at: instant }),
  note_refused: record({ type: type("note_refused"), id: noteId, code, message: sentence }),
  pong: record({ type: type("pong"), sent: integer(-Number.MAX_SAFE_INTEGER) }),
  problem: record({ type: type("problem"), code, message: sentence, may_retry: flag }),
};

export type { InstanceLayout, SeriesLayout, StudyLayout } from "./layout";
export type Viewport = Value<typeof viewport>;
export type Note = Value<typeof note>;
export type StoredNote = Value<typeof storedNote>;
export type Change = Value<typeof change>;
export type FrameHoldingsStated = Value<typeof frameHoldings>;

type ViewerMessages = { [K in keyof typeof viewerMessages]: Value<(typeof viewerMessages)[K]> };
type ServerMessages = { [K in keyof typeof serverMessages]: Value<(typeof serverMessages)[K]> };
export type ViewerMessage = ViewerMessages[keyof ViewerMessages];
export type ServerMessage = ServerMessages[keyof ServerMessages];

/** The study as embedded in the page. Raises WireError. */
export const readStudy = (value: unknown): StudyLayout => studyField.read(value, "study");

export const readViewerMessage = (value: unknown): ViewerMessage => read(viewerMessages, value);
export const readServerMessage = (value: unknown): ServerMessage => read(serverMessages, value);
export const writeViewerMessage = (message: ViewerMessage): unknown => write(viewerMessages, message);
export const writeServerMessage = (message: ServerMessage): unknown => write(serverMessages, message);

type Messages<M extends { type: string }> = Readonly<Record<string, Field<M>>>;

function read<M extends { type: string }>(messages: unknown, value: unknown): M {
  const word = (value as { type?: unknown } | null)?.type;
  const fields = messages as Messages<M>;
  const field = typeof word === "string" && Object.keys(fields).includes(word) ? fields[word] : undefined;
  if (!field) throw new WireError("The message's type is not one of the protocol's.");
  return field.read(value, word as string);
}

function write<M extends { type: string }>(messages: unknown, message: M): unknown {
  const field = (messages as Messages<M>)[message.type];
  if (!field) throw new WireError("The message's type is not one of the protocol's.");
  return field.write(message);
}

/** Opening query parameters of the stream. */
export interface Opening {
  /** The viewer holds nothing but perhaps the manifest named in `have`. */
  readonly fresh: boolean;
  /** Null: no study is opened yet. */
  readonly study: string | null;
  readonly series: string | null;
  readonly position: number;
  /** The picture's room on the screen, in device pixels. */
  readonly width: number;
  readonly height: number;
  /** Id of a manifest the page already has. */
  readonly have: string | null;
  /** The page has the study's layout as of this sequence number. */
  readonly layout: number | null;
}
