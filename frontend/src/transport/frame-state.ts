/** What the viewer may know of a frame, and what it may ask and hear. */

import type { DecodedTile } from "../decode/tile";
import type { Manifest, Mapping } from "../streaming/manifest";
import type { Shown } from "../streaming/quality";
import type { FrameKey, Quality, WindowLevel } from "../streaming/vocabulary";
import type { Change, StudyLayout } from "../streaming/wire";

export interface Unavailable {
  readonly code: string;
  /** A sentence for the reader. */
  readonly message: string;
  readonly mayRetry: boolean;
}

/** A frame as it stands now; a new object with every change. */
export interface FrameState {
  readonly key: FrameKey;
  /** Null while nothing but its unavailability is known. */
  readonly manifest: Manifest | null;
  /** By index of the manifest's tiles; undefined while there is nothing to draw. */
  readonly tiles: readonly (DecodedTile | undefined)[];
  /** What the screen shows; never goes down while the frame is held. */
  readonly quality: Quality;
  /** At the window and region looked at; 0 when lossless, null where not known. */
  readonly rmse: number | null;
  /** The best that was shown of this frame since it was first looked at: what a note records. */
  readonly best: Shown;
  /** Rows * Columns * SamplesPerPixel * BitsStored / 8 / `bytes`; null while nothing is held. */
  readonly ratio: number | null;
  /** Segment bytes received of this frame and held, beginnings of segments included. */
  readonly bytes: number;
  /** Segment bytes still to come until everything is held. */
  readonly bytesToLossless: number;
  /** Every segment is held and every tile's digest was equal. */
  readonly complete: boolean;
  /** A tile's digest differed, and the tile was asked for again and is not yet verified. */
  readonly mismatch: boolean;
  readonly unavailable: Unavailable | null;
}

/** What is looked at now. */
export interface Look {
  readonly series: string;
  readonly position: number;
  /** Left, top, right, bottom in frame pixels: what of the frame is on the screen. */
  readonly region: readonly [number, number, number, number];
  /** Device pixels for one frame pixel. */
  readonly scale: number;
  /** In modality units; null for the frame's default. */
  readonly window: WindowLevel | null;
  /** Frames a second in which the reader scrolls, negative towards lower positions. */
  readonly speed: number;
  /** Data saver: nothing but what is looked at is sent. */
  readonly saver: boolean;
  /** Nothing better than readable is sent. */
  readonly readable: boolean;
  /** Nothing is sent now: the link is needed for something else. */
  readonly paused: boolean;
}

export type LinkState = "connected" | "connecting" | "offline";

export interface Link {
  readonly state: LinkState;
  /** A sentence for the reader where the stream cannot go on by itself (reload the page, no such study). */
  readonly stopped: string | null;
  /** The page must be loaded again: the server speaks another version. */
  readonly reload: boolean;
}

export interface StreamEvents {
  /** The frame's manifest is known (or is another one than before). */
  readonly manifest: { readonly key: FrameKey; readonly manifest: Manifest };
  /** A tile has a better picture. */
  readonly tile: { readonly key: FrameKey; readonly decoded: DecodedTile };
  /** Quality, error, completeness or bytes of a frame changed. */
  readonly quality: { readonly key: FrameKey; readonly state: FrameState };
  readonly unavailable: { readonly key: FrameKey; readonly reason: Unavailable };
  readonly study: { readonly study: StudyLayout };
  readonly changes: { readonly changes: readonly Change[]; readonly latest: number };
  readonly note_stored: { readonly id: string; readonly sequence: number; readonly storedAt: string };
  readonly note_refused: { readonly id: string; readonly code: string; readonly message: string };
  readonly link: Link;
  /** A tile's digest differed (or it did not decode); it has been asked for again. */
  readonly mismatch: { readonly key: FrameKey; readonly tile: number };
  /** Bytes of binary messages received since the stream was opened. */
  readonly bytes: { readonly received: number };
  /** A sentence about the connection as a whole, or about this browser. */
  readonly problem: { readonly code: string; readonly message: string; readonly mayRetry: boolean };
}

export interface StreamOptions {
  /** The layout as far as it is known. */
  readonly study: StudyLayout;
  readonly opening: { readonly series: string; readonly position: number };
  /** Decoded tiles kept, in bytes. */
  readonly decoded?: number;
}

export type StoredSamples = Uint8Array | Uint16Array | Int16Array | Int32Array | Uint32Array;

/** Stored samples of a frame as decoded on this page: row by row, components interleaved. */
export interface Samples {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly signed: boolean;
  /** BitsStored. */
  readonly bits: number;
  readonly data: StoredSamples;
  /** Where the samples are mapped: stored = data * slope + intercept. */
  readonly mapping?: Mapping;
}
