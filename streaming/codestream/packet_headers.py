"""Packet headers (T.800 B.9, B.10): which code-blocks a packet brings, and how many bytes of
each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from streaming.codestream.packet_bits import PacketBits
from streaming.codestream.partition import Precinct
from streaming.codestream.source_markers import BYPASS, TERMALL
from streaming.codestream.tag_tree import TagTree
from streaming.errors import CodestreamError

FIRST_LENGTH_BITS: Final = 3
"""Lblock to begin with (B.10.7.1)."""
MOST_BIT_PLANES: Final = 74
"""38 magnitude bits and 37 more by a region of interest (A.6.4, A.6.3); no block leaves out all."""
BEFORE_BYPASS: Final = 10
"""Passes before the first raw one (D.6)."""


class BlockPlace(NamedTuple):
    """Of a code-block in its precinct."""

    band: int
    """Place among the precinct's ``bands``."""
    row: int
    column: int


class Contribution(NamedTuple):
    """What a packet brings of one code-block."""

    block: BlockPlace
    missing: int
    """Bit-planes of only zeros, from the most significant on."""
    passes: int
    length: int
    """Bytes."""


@dataclass(slots=True)
class _Block:
    """A code-block that was included: what its next contribution depends on."""

    missing: int
    length_bits: int = FIRST_LENGTH_BITS
    passes: int = 0


@dataclass(slots=True)
class _Band:
    columns: int
    rows: int
    included: TagTree
    missing: TagTree
    blocks: dict[BlockPlace, _Block] = field(default_factory=dict)


class PrecinctReader:
    """Reads the headers of one precinct and component, layer by layer."""

    def __init__(self, precinct: Precinct, block_style: int) -> None:
        self._style = block_style
        self._bands = [
            _Band(columns, rows, TagTree(columns, rows), TagTree(columns, rows))
            for columns, rows in precinct.bands
        ]

    def read(self, data: bytes, place: int, layer: int) -> tuple[int, list[Contribution]]:
        """Read the header at ``place``: return where it ends, and what the body behind it holds.

        Raises CodestreamError where it is none.
        """
        bits = PacketBits(data, place)
        found = []
        if bits.bit():
            for number, band in enumerate(self._bands):
                for row in range(band.rows):
                    for column in range(band.columns):
                        at = BlockPlace(number, row, column)
                        block = _included(bits, band, at, layer)
                        if block is not None:
                            found.append(self._contribution(bits, at, block))
        return bits.end(), found

    def _contribution(self, bits: PacketBits, at: BlockPlace, block: _Block) -> Contribution:
        passes = _read_passes(bits)
        while bits.bit():
            block.length_bits += 1
        length = sum(
            bits.number(block.length_bits + run.bit_length() - 1)
            for run in _runs(self._style, block.passes, passes)
        )
        block.passes += passes
        return Contribution(at, block.missing, passes, length)


def _included(bits: PacketBits, band: _Band, at: BlockPlace, layer: int) -> _Block | None:
    """Read whether the packet brings something of a code-block (B.10.4, B.10.5)."""
    block = band.blocks.get(at)
    if block is not None:
        return block if bits.bit() else None
    if not band.included.below(bits, at.column, at.row, layer + 1):
        return None
    missing = 0
    while not band.missing.below(bits, at.column, at.row, missing + 1):
        missing += 1
        if missing == MOST_BIT_PLANES:
            raise CodestreamError("A code-block leaves out more bit-planes than there are.")
    block = band.blocks[at] = _Block(missing)
    return block


def _read_passes(bits: PacketBits) -> int:
    """Return the number of coding passes (Table B.4): 1 to 164."""
    if not bits.bit():
        return 1
    if not bits.bit():
        return 2
    for width, base in ((2, 3), (5, 6)):
        value = bits.number(width)
        if value < (1 << width) - 1:
            return base + value
    return 37 + bits.number(7)


def _runs(style: int, before: int, passes: int) -> list[int]:
    """Return how many of the passes share each codeword segment (B.10.7.2).

    With TERMALL each pass is one; with BYPASS alone the two raw passes of a bit-plane, and its
    cleanup pass, from the 11th pass on; else all of a packet's are one.
    """
    if style & TERMALL:
        return [1] * passes
    if not style & BYPASS:
        return [passes]
    runs = []
    while passes:
        if before < BEFORE_BYPASS:
            room = BEFORE_BYPASS - before
        else:
            room = (2, 1, 1)[(before - BEFORE_BYPASS) % 3]
        run = min(room, passes)
        runs.append(run)
        before += run
        passes -= run
    return runs
