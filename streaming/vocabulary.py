"""The words of streaming, each with one meaning in Python, TypeScript, the wire and the docs.

The twin of this file is ``frontend/src/streaming/vocabulary.ts``; a test compares names and
numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

PROTOCOL_VERSION: Final = 2
SUBPROTOCOL: Final = "firstlight.v2"

# Limits of the wire. A message that breaks one is refused as a whole (WireError).
MAX_LAYERS: Final = 16
MAX_RESOLUTIONS: Final = 16
MAX_TILES: Final = 4096
MAX_SEGMENT_BYTES: Final = 64 * 1024 * 1024
MAX_SLICE_BYTES: Final = 16 * 1024
MAX_BATCH_BYTES: Final = 64 * 1024
MAX_CONTROL_BYTES: Final = 256 * 1024
MAX_NOTE_CHARACTERS: Final = 4000


class Coding(StrEnum):
    """How a Frame's samples are coded. Everything above it (segments, tiers, holdings) is the
    same."""

    J2K_LAYERS = "j2k-layers"
    JPEG_SCANS = "jpeg-scans"
    J2K_SOURCE = "j2k-source"


class Quality(StrEnum):
    """What the screen shows of a Frame. Never goes down while a Frame is shown.

    LOSSLESS is said only after every Tile's digest was compared and found equal.
    """

    PREVIEW = "preview"
    LOSSY = "lossy"
    LOSSLESS = "lossless"


class Tier(IntEnum):
    """Why a Segment is wanted; a lower number goes first."""

    VISIBLE_COARSE = 0
    VISIBLE = 1
    NEIGHBOUR = 2
    PREFETCH = 3
    IDLE = 4


class CloseCode(IntEnum):
    """Numbered reasons for closing the WebSocket (RFC 6455 7.4.2, private range 4000 to 4999)."""

    MALFORMED = 4000
    UNSUPPORTED_VERSION = 4001
    UNKNOWN_STUDY = 4004
    TOO_LARGE = 4009
    INTERNAL = 4500


class FrameKey(NamedTuple):
    """One 2-D image: SOP Instance UID, and frame number counted from 1 as DICOM does."""

    instance: str
    frame: int


class SegmentKey(NamedTuple):
    """All packets of one tile, resolution and layer: the unit of priority.

    ``resolution`` 0 is the smallest, ``layer`` 0 the coarsest.
    """

    frame: FrameKey
    tile: int
    resolution: int
    layer: int


@dataclass(frozen=True, slots=True)
class WindowLevel:
    """Window center and width in modality units (after rescale), as DICOM PS3.3 C.11.2.1.2."""

    center: float
    width: float
