"""The markers of a JPEG 2000 main header and tile-part (T.800 Annex A)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from streaming.errors import CodestreamError
from streaming.vocabulary import MAX_LAYERS, MAX_RESOLUTIONS

SOC: Final = 0xFF4F
SIZ: Final = 0xFF51
COD: Final = 0xFF52
COC: Final = 0xFF53
TLM: Final = 0xFF55
PLM: Final = 0xFF57
PLT: Final = 0xFF58
QCD: Final = 0xFF5C
QCC: Final = 0xFF5D
RGN: Final = 0xFF5E
POC: Final = 0xFF5F
PPM: Final = 0xFF60
PPT: Final = 0xFF61
COM: Final = 0xFF64
SOT: Final = 0xFF90
SOD: Final = 0xFF93
EOC: Final = 0xFFD9

SOT_BYTES: Final = 12
LRCP: Final = 0

NOT_KEPT: Final = frozenset({COM, TLM, PLM})
"""Left out of the header given to viewers: a comment, and lengths that are not true of a part."""
NOT_MADE: Final = frozenset({COC, RGN, POC, PPM})
"""Markers that change the order or the place of packets. Our encoder never writes them."""


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker segment: its code, where it begins, where it ends, and its content (without
    Lxxx)."""

    code: int
    start: int
    end: int
    content: bytes


@dataclass(frozen=True, slots=True)
class ImageSize:
    """SIZ (T.800 A.5.1), of an image that is one tile with its origin at 0, 0."""

    columns: int
    rows: int
    components: int


@dataclass(frozen=True, slots=True)
class CodingStyle:
    """COD (T.800 A.6.1). ``precincts``: exponents of width, height for each resolution, smallest
    first."""

    layers: int
    resolutions: int
    precincts: tuple[tuple[int, int], ...]


def code_at(codestream: bytes, place: int) -> int:
    """Return the marker code at ``place``; raises CodestreamError past the end."""
    if place + 2 > len(codestream):
        raise CodestreamError("The codestream ends where a marker should stand.")
    return int.from_bytes(codestream[place : place + 2], "big")


def marker_at(codestream: bytes, place: int) -> Marker:
    """Read the marker segment at ``place`` (T.800 A.1.1): code, length, content."""
    code = code_at(codestream, place)
    if code < 0xFF00:
        raise CodestreamError(f"There is no marker where one should stand ({place}).")
    length = code_at(codestream, place + 2)
    end = place + 2 + length
    if length < 2 or end > len(codestream):
        raise CodestreamError("A marker segment is longer than the codestream.")
    return Marker(code, place, end, codestream[place + 4 : end])


def read_size(content: bytes) -> ImageSize:
    """Read SIZ; raises CodestreamError unless it is one tile, origin 0, 0, without subsampling."""
    if len(content) < 36:
        raise CodestreamError("SIZ is too short.")
    values = struct.unpack(">HIIIIIIIIH", content[:36])
    columns, rows, left, top, tile_columns, tile_rows, tile_left, tile_top = values[1:9]
    components = values[9]
    if len(content) != 36 + 3 * components or not 1 <= components <= 4:
        raise CodestreamError("SIZ does not describe 1 to 4 components.")
    if columns == 0 or rows == 0:
        raise CodestreamError("The codestream codes no pixel.")
    if (left, top, tile_left, tile_top) != (0, 0, 0, 0):
        raise CodestreamError("The image does not begin at 0, 0.")
    if tile_columns < columns or tile_rows < rows:
        raise CodestreamError("The codestream has more than one tile; code each tile on its own.")
    if any(content[36 + 3 * i + 1 : 36 + 3 * i + 3] != b"\x01\x01" for i in range(components)):
        raise CodestreamError("A component is subsampled.")
    return ImageSize(columns, rows, components)


def read_coding(content: bytes) -> CodingStyle:
    """Read COD; raises CodestreamError unless it is LRCP without SOP and EPH markers."""
    if len(content) < 10:
        raise CodestreamError("COD is too short.")
    style, order, layers = content[0], content[1], int.from_bytes(content[2:4], "big")
    resolutions = content[5] + 1
    if order != LRCP:
        raise CodestreamError("The progression is not LRCP (T.800 B.12.1.1).")
    if style & ~1:
        raise CodestreamError("SOP or EPH markers stand between the packets.")
    if not (1 <= layers <= MAX_LAYERS and resolutions <= MAX_RESOLUTIONS):
        raise CodestreamError(
            f"More than {MAX_LAYERS} layers or {MAX_RESOLUTIONS} resolutions, or none."
        )
    if len(content) != 10 + (resolutions if style & 1 else 0):
        raise CodestreamError("COD has a wrong length for its precinct sizes.")
    sizes = content[10:] if style & 1 else b"\xff" * resolutions
    return CodingStyle(layers, resolutions, tuple((size & 15, size >> 4) for size in sizes))
