"""Binary messages: slices of segments, server to viewer (README.md, "Segments")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from streaming.errors import MessageTooLarge, WireError
from streaming.vocabulary import (
    MAX_BATCH_BYTES,
    MAX_LAYERS,
    MAX_RESOLUTIONS,
    MAX_SEGMENT_BYTES,
    MAX_SLICE_BYTES,
    MAX_TILES,
)

SEGMENTS: Final = 0x01
MAX_HANDLE: Final = 2**32 - 1
MAX_RECORD_HEADER: Final = 5 + 2 + 1 + 4 + 4 + 3
"""Bytes of a record before its own bytes, at the most."""


@dataclass(frozen=True, slots=True)
class SegmentSlice:
    """Some bytes of a segment, the viewer knowing its frame by ``handle``."""

    handle: int
    tile: int
    layer: int
    resolution: int
    total: int
    """Bytes of the whole segment."""
    offset: int
    """Where ``data`` begins in it."""
    data: bytes


def encode_slices(slices: Iterable[SegmentSlice]) -> bytes:
    """Return one binary message; raises WireError where a limit would be broken."""
    message = bytearray((SEGMENTS,))
    for piece in slices:
        _check(piece)
        for value in (piece.handle, piece.tile):
            _write_varint(message, value)
        message.append(piece.layer << 4 | piece.resolution)
        for value in (piece.total, piece.offset, len(piece.data)):
            _write_varint(message, value)
        message += piece.data
    if len(message) == 1:
        raise WireError("A binary message must carry at least one slice.")
    if len(message) > MAX_BATCH_BYTES:
        raise MessageTooLarge(f"A binary message is longer than {MAX_BATCH_BYTES} bytes.")
    return bytes(message)


def decode_slices(message: bytes) -> tuple[SegmentSlice, ...]:
    """Read one binary message.

    Raises MessageTooLarge above 64 KiB, WireError for anything else that breaks the protocol.
    """
    if len(message) > MAX_BATCH_BYTES:
        raise MessageTooLarge(f"A binary message is longer than {MAX_BATCH_BYTES} bytes.")
    if message[:1] != bytes((SEGMENTS,)):
        raise WireError("A binary message of an unknown kind.")
    if len(message) == 1:
        raise WireError("A binary message must carry at least one slice.")
    slices = []
    place = 1
    while place < len(message):
        handle, place = _read_varint(message, place)
        tile, place = _read_varint(message, place)
        if place == len(message):
            raise WireError("A binary message is cut off.")
        layer, resolution = divmod(message[place], 16)
        total, place = _read_varint(message, place + 1)
        offset, place = _read_varint(message, place)
        length, place = _read_varint(message, place)
        if place + length > len(message):
            raise WireError("A slice is longer than its message.")
        data = message[place : place + length]
        place += length
        piece = SegmentSlice(handle, tile, layer, resolution, total, offset, data)
        _check(piece)
        slices.append(piece)
    return tuple(slices)


def _check(piece: SegmentSlice) -> None:
    if not (
        0 <= piece.handle <= MAX_HANDLE
        and 0 <= piece.tile < MAX_TILES
        and 0 <= piece.layer < MAX_LAYERS
        and 0 <= piece.resolution < MAX_RESOLUTIONS
        and 1 <= piece.total <= MAX_SEGMENT_BYTES
        and 1 <= len(piece.data) <= MAX_SLICE_BYTES
    ):
        raise WireError("A slice's numbers break a limit.")
    if not 0 <= piece.offset <= piece.total - len(piece.data):
        raise WireError("A slice reaches beyond its segment.")


def _write_varint(message: bytearray, value: int) -> None:
    while value >= 0x80:
        message.append(value & 0x7F | 0x80)
        value >>= 7
    message.append(value)


def _read_varint(message: bytes, place: int) -> tuple[int, int]:
    """Read LEB128 in its shortest form, at most 5 bytes; return the value and where it ends."""
    value = 0
    for count, byte in enumerate(message[place : place + 5]):
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            if byte == 0 and count:
                raise WireError("A number is not written in its shortest form.")
            return value, place + count + 1
    raise WireError("A number is cut off, or longer than 5 bytes.")
