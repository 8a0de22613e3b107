/** The error tree of the streaming core: the twin of `streaming/errors.py`. */

import { CloseCode } from "./vocabulary";

/** Base of all errors of the core. The message is one sentence, without patient data. */
export class StreamingError extends Error {
  readonly closeCode: CloseCode = CloseCode.MALFORMED;
  readonly mayRetry: boolean = false;
}

/** A message breaks the protocol written down in streaming/README.md. */
export class WireError extends StreamingError {}

/** A message is longer than the protocol allows. */
export class MessageTooLarge extends WireError {
  override readonly closeCode: CloseCode = CloseCode.TOO_LARGE;
}

/** The far side speaks a protocol version this side does not. */
export class VersionError extends WireError {
  override readonly closeCode: CloseCode = CloseCode.UNSUPPORTED_VERSION;
}

/** A manifest contradicts itself or breaks a limit. */
export class ManifestError extends StreamingError {}

/** Bytes that are no codestream of the kind Firstlight makes (T.800 Annex A, T.81 Annex B). */
export class CodestreamError extends StreamingError {}

/** A layer is held whose lower layers of the same tile and resolution are not. */
export class MissingPackets extends CodestreamError {
  override readonly mayRetry: boolean = true;
}

/** Holdings name tiles, resolutions or layers that the manifest does not have. */
export class HoldingsError extends StreamingError {}
