"""The bits of a packet header (T.800 B.10.1): after a byte 0xFF the next one's first bit is
stuffing."""

from __future__ import annotations

from typing import Final

from streaming.errors import CodestreamError

LONGEST_NUMBER: Final = 32
"""Bits of a code-block's length: more would not fit any codestream."""


class PacketBits:
    """Reads bits of ``data`` from ``place`` on, the most significant first."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self._place = place
        self._byte = 0
        self._left = 0

    def bit(self) -> int:
        """Return the next bit; raises CodestreamError past the end."""
        if not self._left:
            self._left = 7 if self._byte == 0xFF else 8
            self._byte = self._next()
        self._left -= 1
        return self._byte >> self._left & 1

    def number(self, bits: int) -> int:
        """Return the next ``bits`` bits as a number."""
        if bits > LONGEST_NUMBER:
            raise CodestreamError("A packet states a length of more than 32 bits.")
        value = 0
        for _ in range(bits):
            value = value << 1 | self.bit()
        return value

    def end(self) -> int:
        """Return the place behind the header: the rest of its last byte is padding, and a byte
        0xFF is never the last."""
        if self._byte == 0xFF:
            self._byte = self._next()
        self._left = 0
        return self._place

    def _next(self) -> int:
        if self._place >= len(self._data):
            raise CodestreamError("The codestream ends in the middle of a packet header.")
        self._place += 1
        return self._data[self._place - 1]


class PacketBitsWriter:
    """Writes what ``PacketBits`` reads."""

    def __init__(self) -> None:
        self._done = bytearray()
        self._byte = 0
        self._left = 8

    def bit(self, value: int) -> None:
        """Append a bit."""
        self._left -= 1
        self._byte |= value << self._left
        if not self._left:
            self._close()

    def number(self, value: int, bits: int) -> None:
        """Append ``value`` in ``bits`` bits."""
        for place in range(bits - 1, -1, -1):
            self.bit(value >> place & 1)

    def end(self) -> bytes:
        """Return the header, padded with 0 to whole bytes of which 0xFF is not the last."""
        stuffed = self._done[-1:] == b"\xff"
        if stuffed or self._left < 8:
            self._close()
        return bytes(self._done)

    def _close(self) -> None:
        self._done.append(self._byte)
        self._left = 7 if self._byte == 0xFF else 8
        self._byte = 0
