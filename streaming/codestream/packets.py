"""How many packets a segment has, and how long each is (T.800 B.6, A.7.3)."""

from __future__ import annotations

from collections.abc import Iterable

from streaming.codestream.markers import CodingStyle, ImageSize
from streaming.errors import CodestreamError


def packets_per_segment(size: ImageSize, coding: CodingStyle) -> tuple[int, ...]:
    """Return the packets of one layer for each resolution: its precincts times the components.

    With the origin at 0, 0 a resolution has ceil(size / 2**levels) samples a side, and precincts
    are counted on that grid (T.800 B.5, B.6).
    """
    packets = []
    for resolution, (wide, high) in enumerate(coding.precincts):
        if resolution and not (wide and high):
            raise CodestreamError("A precinct of 1 sample is only allowed at resolution 0.")
        levels = coding.resolutions - 1 - resolution
        across = _ceil_shift(_ceil_shift(size.columns, levels), wide)
        down = _ceil_shift(_ceil_shift(size.rows, levels), high)
        packets.append(across * down * size.components)
    return tuple(packets)


def read_packet_lengths(contents: Iterable[bytes]) -> list[int]:
    """Return the packet lengths of a tile-part's PLT markers, in the order they are numbered.

    ``contents`` are those of the PLT markers in the codestream's order: Zplt, then 7 bits of a
    length a byte, the most significant first (T.800 A.7.3). A length may go on in the next marker.
    """
    lengths: list[int] = []
    value = used = 0
    for number, content in enumerate(contents):
        if not content or content[0] != number & 0xFF:
            raise CodestreamError("The PLT markers are not in order.")
        for byte in content[1:]:
            value = value << 7 | byte & 0x7F
            used += 1
            if used > 5:
                raise CodestreamError("A packet length in PLT is longer than 32 bits.")
            if byte < 0x80:
                lengths.append(value)
                value = used = 0
    if used:
        raise CodestreamError("The last packet length in PLT is cut off.")
    return lengths


def _ceil_shift(value: int, bits: int) -> int:
    return (value + (1 << bits) - 1) >> bits
