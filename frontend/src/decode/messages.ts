/** What passes between the page and a decoding worker. Buffers are transferred, never copied. */

/** One picture to decode. `columns`, `rows` and `channels` are what must come out, at `level`. */
export interface DecodeRequest {
  readonly type: "decode";
  readonly id: number;
  readonly coding: "j2k-layers" | "jpeg-scans" | "j2k-source";
  /** A whole, valid codestream or JPEG. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Resolutions discarded. */
  readonly level: number;
  readonly columns: number;
  readonly rows: number;
  readonly channels: number;
  /** Base64 digest to compare; null where something is still missing. With it, `level` is 0 where it is of samples. */
  readonly sha256: string | null;
  /** False: only the comparison is wanted, the picture is not sent back. */
  readonly keep: boolean;
}

/** The decoder's compiled module: once, before the first J2K picture. */
export interface LoadRequest {
  readonly type: "load";
  readonly module: WebAssembly.Module;
}

export interface Decoded {
  readonly type: "decoded";
  readonly id: number;
  /** Null where `keep` was false. */
  readonly data: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | ImageBitmap | null;
  /** Whether the digest was equal; null where none was given. */
  readonly equal: boolean | null;
}

/** decode: the bytes are no picture; worker: it died or has no memory; load: this browser cannot run the decoder. */
export type FailureReason = "decode" | "worker" | "load";

export interface DecodeFailed {
  readonly type: "failed";
  readonly id: number;
  /** The bytes are wrong, or this worker is. */
  readonly reason: FailureReason;
  /** A sentence for a log, without patient data. */
  readonly message: string;
}

export type ToWorker = DecodeRequest | LoadRequest;
export type FromWorker = Decoded | DecodeFailed;

/** The bytes are there but they do not become the picture that the manifest describes. */
export class DecodeError extends Error {}
