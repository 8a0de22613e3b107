"""The error tree of the streaming core.

StreamingError
├── WireError            a message that breaks the protocol (closes the connection, 4000)
│   ├── MessageTooLarge  longer than a limit of the protocol (4009)
│   └── VersionError     a protocol version this side does not speak (4001)
├── ManifestError        a manifest that contradicts itself or breaks a limit
├── CodestreamError      bytes that are no codestream of the kind we make
│   └── MissingPackets   a segment asked for, or assembled, whose lower layers are not held
└── HoldingsError        holdings that do not fit the manifest they speak of

Every error carries ``close_code`` and ``may_retry``: what the far side should make of it.
"""

from __future__ import annotations

from typing import ClassVar

from streaming.vocabulary import CloseCode


class StreamingError(Exception):
    """Base of all errors of the core. ``str()`` is one sentence fit for a log, without patient
    data."""

    close_code: ClassVar[CloseCode] = CloseCode.MALFORMED
    may_retry: ClassVar[bool] = False


class WireError(StreamingError):
    """A message breaks the protocol written down in streaming/README.md."""


class MessageTooLarge(WireError):
    """A message is longer than the protocol allows."""

    close_code = CloseCode.TOO_LARGE


class VersionError(WireError):
    """The far side speaks a protocol version this side does not."""

    close_code = CloseCode.UNSUPPORTED_VERSION


class ManifestError(StreamingError):
    """A manifest contradicts itself or breaks a limit."""


class CodestreamError(StreamingError):
    """Bytes that are no codestream of the kind Firstlight makes (T.800 Annex A, T.81 Annex B)."""


class MissingPackets(CodestreamError):
    """A layer is held whose lower layers of the same tile and resolution are not."""

    may_retry = True


class HoldingsError(StreamingError):
    """Holdings name tiles, resolutions or layers that the manifest does not have."""
