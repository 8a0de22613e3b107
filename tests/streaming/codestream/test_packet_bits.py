"""Bits of packet headers, and tag trees, as they are written and read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.codestream.packet_bits import PacketBits, PacketBitsWriter
from streaming.codestream.packet_headers import PrecinctReader
from streaming.codestream.partition import Precinct
from streaming.codestream.tag_tree import TagTree, TagTreeWriter
from streaming.errors import CodestreamError


@given(st.lists(st.booleans()), st.binary(max_size=3))
def test_bits_come_back_whatever_stands_around_them(bits: list[bool], around: bytes) -> None:
    writer = PacketBitsWriter()
    for bit in bits:
        writer.bit(int(bit))
    written = writer.end()
    reader = PacketBits(around + written + around, len(around))
    assert [reader.bit() for _ in bits] == [int(bit) for bit in bits]
    assert reader.end() == len(around) + len(written)


@given(st.lists(st.booleans(), min_size=1))
def test_a_header_never_looks_like_a_marker(bits: list[bool]) -> None:
    writer = PacketBitsWriter()
    for bit in bits:
        writer.bit(int(bit))
    written = writer.end()
    assert written[-1] != 0xFF
    assert all(two < 0x80 for one, two in pairwise(written) if one == 0xFF)


def test_after_ff_a_bit_is_stuffed() -> None:
    reader = PacketBits(b"\xff\x7f\x80", 0)
    assert reader.number(16) == 0b1111_1111_1111_1111
    assert reader.end() == 3


def test_ends_where_bytes_end() -> None:
    reader = PacketBits(b"\xff", 0)
    reader.number(8)
    with pytest.raises(CodestreamError, match="middle of a packet header"):
        reader.end()
    with pytest.raises(CodestreamError, match="middle of a packet header"):
        PacketBits(b"", 0).bit()


def test_a_number_has_at_most_32_bits() -> None:
    with pytest.raises(CodestreamError, match="32 bits"):
        PacketBits(bytes(10), 0).number(33)


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    columns, rows = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    size = columns * rows
    return columns, rows, draw(st.lists(st.integers(0, 12), min_size=size, max_size=size))


@given(tables(), st.data())
def test_a_tag_tree_tells_what_it_was_given(
    table: tuple[int, int, list[int]], data: st.DataObject
) -> None:
    """In any order of questions, each with its own limit."""
    columns, rows, values = table
    questions = data.draw(
        st.lists(
            st.tuples(st.integers(0, columns - 1), st.integers(0, rows - 1), st.integers(1, 14))
        )
    )
    bits = PacketBitsWriter()
    tree = TagTreeWriter(columns, rows, values)
    for question in questions:
        tree.tell(bits, *question)
    bits.bit(1)  # a sentinel: no bit more is read than was written
    reader = PacketBits(bits.end(), 0)
    told = TagTree(columns, rows)
    for column, row, limit in questions:
        expected = values[row * columns + column] < limit
        assert told.below(reader, column, row, limit) is expected
    assert reader.bit() == 1


def test_a_tag_tree_tells_minima_first() -> None:
    """Figure B.13's table, read by hand: the value 1 at 0, 0 below the root's 1 is 01 1 1."""
    bits = PacketBitsWriter()
    tree = TagTreeWriter(6, 3, [1, 3, 2, 3, 2, 3, 2, 2, 1, 4, 3, 2, 2, 2, 2, 2, 1, 2])
    for limit in (1, 2):
        tree.tell(bits, 0, 0, limit)
    for limit in (1, 2, 3, 4):
        tree.tell(bits, 1, 0, limit)
    reader = PacketBits(bits.end(), 0)
    assert reader.number(5) == 0b01111
    assert reader.number(3) == 0b001


def test_a_packet_that_says_it_is_empty_has_nothing_and_ends_with_its_byte() -> None:
    reader = PrecinctReader(Precinct((0, 0), ((1, 1),)), 0)
    assert reader.read(b"\0\xff", 0, 0) == (1, [])
