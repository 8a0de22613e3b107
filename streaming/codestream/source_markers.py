"""SIZ and COD of a codestream that others made (T.800 A.5.1, A.6.1): what decides where packets
are."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from streaming.errors import CodestreamError
from streaming.vocabulary import MAX_LAYERS, MAX_RESOLUTIONS, MAX_TILES

PRECINCTS_SAID: Final = 1
SOP_USED: Final = 2
EPH_USED: Final = 4

BYPASS: Final = 0x01
TERMALL: Final = 0x04
KNOWN_STYLES: Final = 0x3F
"""Code-block styles of Part 1 (Table A.19); bit 6 says high throughput (T.814)."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the reference grid: from ``left``, ``top`` to before ``right``, ``bottom``."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class SourceSize:
    """SIZ: the image on the reference grid, and how that is cut into tiles. No subsampling."""

    image: Area
    first: tuple[int, int]
    """Left, top of the first tile."""
    step: tuple[int, int]
    """Columns, rows of a tile."""
    components: int

    @property
    def across(self) -> int:
        return -(-(self.image.right - self.first[0]) // self.step[0])

    @property
    def down(self) -> int:
        return -(-(self.image.bottom - self.first[1]) // self.step[1])

    def tiles(self) -> Iterator[Area]:
        """Yield the tiles' areas (B.3)."""
        for row in range(self.down):
            for column in range(self.across):
                left = self.first[0] + column * self.step[0]
                top = self.first[1] + row * self.step[1]
                yield Area(
                    max(left, self.image.left),
                    max(top, self.image.top),
                    min(left + self.step[0], self.image.right),
                    min(top + self.step[1], self.image.bottom),
                )


@dataclass(frozen=True, slots=True)
class SourceStyle:
    """COD, the same for all components. ``precincts``, ``block``: exponents of width, height."""

    order: int
    """0 to 4: LRCP, RLCP, RPCL, PCRL, CPRL (Table A.16)."""
    layers: int
    resolutions: int
    precincts: tuple[tuple[int, int], ...]
    """For each resolution, smallest first."""
    block: tuple[int, int]
    block_style: int
    marks: int
    """SOP_USED, EPH_USED."""
    reversible: bool


def read_source_size(content: bytes) -> SourceSize:
    """Read SIZ; raises CodestreamError where it is not sound, or a component is subsampled."""
    if len(content) < 36:
        raise CodestreamError("SIZ is too short.")
    _, right, bottom, left, top, *grid, components = struct.unpack(">HIIIIIIIIH", content[:36])
    columns, rows, first, above = grid
    if len(content) != 36 + 3 * components or not 1 <= components <= 4:
        raise CodestreamError("SIZ does not describe 1 to 4 components.")
    if any(content[36 + 3 * i + 1 : 36 + 3 * i + 3] != b"\x01\x01" for i in range(components)):
        raise CodestreamError("A component is subsampled.")
    sound = first <= left < first + columns and above <= top < above + rows
    if not (sound and left < right and top < bottom):
        raise CodestreamError("SIZ describes no image, or one that its first tile does not touch.")
    size = SourceSize(Area(left, top, right, bottom), (first, above), (columns, rows), components)
    if size.across * size.down > MAX_TILES:
        raise CodestreamError(f"The codestream has more than {MAX_TILES} tiles.")
    return size


def read_source_style(content: bytes) -> SourceStyle:
    """Read COD; raises CodestreamError where it is not sound, or not of Part 1."""
    if len(content) < 10:
        raise CodestreamError("COD is too short.")
    marks, order, layers = content[0], content[1], int.from_bytes(content[2:4], "big")
    resolutions = content[5] + 1
    if not (1 <= layers <= MAX_LAYERS and resolutions <= MAX_RESOLUTIONS):
        raise CodestreamError(
            f"More than {MAX_LAYERS} layers or {MAX_RESOLUTIONS} resolutions, or none."
        )
    if len(content) != 10 + (resolutions if marks & PRECINCTS_SAID else 0):
        raise CodestreamError("COD has a wrong length for its precinct sizes.")
    sizes = content[10:] or b"\xff" * resolutions
    block = (content[6] + 2, content[7] + 2)
    if order > 4 or marks > 7 or content[8] & ~KNOWN_STYLES or content[9] > 1:
        raise CodestreamError("COD asks for what Part 1 does not have.")
    if max(block) > 10 or sum(block) > 12:
        raise CodestreamError("Code-blocks are larger than T.800 allows.")
    precincts = tuple((size & 15, size >> 4) for size in sizes)
    if any(not (wide and high) for wide, high in precincts[1:]):
        raise CodestreamError("A precinct of 1 sample is only allowed at resolution 0.")
    return SourceStyle(
        order=order,
        layers=layers,
        resolutions=resolutions,
        precincts=precincts,
        block=block,
        block_style=content[8],
        marks=marks & ~PRECINCTS_SAID,
        reversible=content[9] == 1,
    )
