"""Packets written anew around code-blocks that stay as they are (T.800 B.9, B.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streaming.codestream.packet_bits import PacketBitsWriter
from streaming.codestream.packet_headers import (
    FIRST_LENGTH_BITS,
    MOST_BIT_PLANES,
    BlockPlace,
)
from streaming.codestream.partition import Precinct
from streaming.codestream.tag_tree import TagTreeWriter


class CodeBlock(NamedTuple):
    """A whole code-block: its coding passes and their bytes, none of them changed."""

    missing: int
    passes: int
    data: bytes


class Cut(NamedTuple):
    """How far a code-block is told with a layer and those before it."""

    passes: int
    length: int


def write_precinct(
    precinct: Precinct,
    blocks: Mapping[BlockPlace, CodeBlock],
    cuts: Mapping[BlockPlace, Sequence[Cut]],
    layers: int,
) -> list[bytes]:
    """Return the packets of one precinct and component, one a layer.

    Codeword segments are not terminated within a block (neither BYPASS nor TERMALL). ``cuts`` has
    for each block as many as there are layers, never falling; 0 passes before its first layer.
    """
    bands = [
        _BandWriter(number, precinct, cuts, blocks, layers) for number in range(len(precinct.bands))
    ]
    packets = []
    for layer in range(layers):
        bits = PacketBitsWriter()
        bits.bit(1)
        body = [part for band in bands for part in band.write(bits, layer)]
        packets.append(b"".join((bits.end(), *body)))
    return packets


class _BandWriter:
    def __init__(
        self,
        number: int,
        precinct: Precinct,
        cuts: Mapping[BlockPlace, Sequence[Cut]],
        blocks: Mapping[BlockPlace, CodeBlock],
        layers: int,
    ) -> None:
        columns, rows = precinct.bands[number]
        self._places = [
            BlockPlace(number, row, column) for row in range(rows) for column in range(columns)
        ]
        self._cuts = cuts
        self._blocks = blocks
        self._length_bits = dict.fromkeys(self._places, FIRST_LENGTH_BITS)
        self._included = TagTreeWriter(
            columns, rows, [_first_layer(cuts.get(place, ()), layers) for place in self._places]
        )
        self._missing = TagTreeWriter(
            columns,
            rows,
            [
                blocks[place].missing if place in blocks else MOST_BIT_PLANES
                for place in self._places
            ],
        )

    def write(self, bits: PacketBitsWriter, layer: int) -> list[bytes]:
        """Write the band's part of a packet's header; return its part of the body."""
        body = []
        for place in self._places:
            cuts = self._cuts.get(place)
            before = cuts[layer - 1] if cuts and layer else Cut(0, 0)
            after = cuts[layer] if cuts else before
            passes = after.passes - before.passes
            if before.passes:
                bits.bit(int(passes > 0))
            else:
                self._included.tell(bits, place.column, place.row, layer + 1)
            if not passes:
                continue
            block = self._blocks[place]
            if not before.passes:
                for limit in range(1, block.missing + 2):
                    self._missing.tell(bits, place.column, place.row, limit)
            _write_passes(bits, passes)
            self._write_length(bits, place, passes, after.length - before.length)
            body.append(block.data[before.length : after.length])
        return body

    def _write_length(
        self, bits: PacketBitsWriter, place: BlockPlace, passes: int, length: int
    ) -> None:
        more = passes.bit_length() - 1
        while self._length_bits[place] + more < length.bit_length():
            bits.bit(1)
            self._length_bits[place] += 1
        bits.bit(0)
        bits.number(length, self._length_bits[place] + more)


def _first_layer(cuts: Sequence[Cut], layers: int) -> int:
    return next((layer for layer, cut in enumerate(cuts) if cut.passes), layers)


def _write_passes(bits: PacketBitsWriter, passes: int) -> None:
    if passes <= 2:
        bits.number((0b0, 0b10)[passes - 1], passes)
    elif passes <= 5:
        bits.number(0b1100 + passes - 3, 4)
    elif passes <= 36:
        bits.number(0b1111_00000 + passes - 6, 9)
    else:
        bits.number(0b1111_11111_0000000 + passes - 37, 16)
