/**
 * The words of streaming: the twin of `streaming/vocabulary.py`. A test compares names and numbers.
 */

export const PROTOCOL_VERSION = 2;
export const SUBPROTOCOL = "firstlight.v2";

// Limits of the wire. A message that breaks one is refused as a whole (WireError).
export const MAX_LAYERS = 16;
export const MAX_RESOLUTIONS = 16;
export const MAX_TILES = 4096;
export const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;
export const MAX_SLICE_BYTES = 16 * 1024;
export const MAX_BATCH_BYTES = 64 * 1024;
export const MAX_CONTROL_BYTES = 256 * 1024;
export const MAX_NOTE_CHARACTERS = 4000;

/** How a Frame's samples are coded. Everything above it is the same. */
export const Coding = { J2K_LAYERS: "j2k-layers", JPEG_SCANS: "jpeg-scans", J2K_SOURCE: "j2k-source" } as const;
export type Coding = (typeof Coding)[keyof typeof Coding];

/** What the screen shows of a Frame; never goes down while a Frame is shown. */
export const Quality = { PREVIEW: "preview", LOSSY: "lossy", LOSSLESS: "lossless" } as const;
export type Quality = (typeof Quality)[keyof typeof Quality];

/** Why a Segment is wanted; a lower number goes first. */
export const Tier = { VISIBLE_COARSE: 0, VISIBLE: 1, NEIGHBOUR: 2, PREFETCH: 3, IDLE: 4 } as const;
export type Tier = (typeof Tier)[keyof typeof Tier];

/** Numbered reasons for closing the WebSocket (RFC 6455 7.4.2, private range 4000 to 4999). */
export const CloseCode = {
  MALFORMED: 4000,
  UNSUPPORTED_VERSION: 4001,
  UNKNOWN_STUDY: 4004,
  TOO_LARGE: 4009,
  INTERNAL: 4500,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** One 2-D image: SOP Instance UID, and frame number counted from 1 as DICOM does. */
export interface FrameKey {
  readonly instance: string;
  readonly frame: number;
}

/** All packets of one tile, resolution (0 the smallest) and layer (0 the coarsest). */
export interface SegmentKey {
  readonly frame: FrameKey;
  readonly tile: number;
  readonly resolution: number;
  readonly layer: number;
}

/** Window center and width in modality units (after rescale), as DICOM PS3.3 C.11.2.1.2. */
export interface WindowLevel {
  readonly center: number;
  readonly width: number;
}

/** The key as one string, for maps. */
export function frameId(key: FrameKey): string {
  return `${key.instance}#${key.frame}`;
}
