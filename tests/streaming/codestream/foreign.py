"""Codestreams as other encoders write them, made from Pillow's: SOP and EPH markers, tile-parts."""

from __future__ import annotations

import struct
from collections.abc import Callable

from streaming.codestream.index import markers_before
from streaming.codestream.markers import COD, EOC, PLT, SIZ, SOD, SOT, code_at, marker_at
from streaming.codestream.packets import read_packet_lengths
from streaming.codestream.source import read_source


def plt_lengths(codestream: bytes) -> list[int]:
    """Return the packet lengths that the encoder itself stated, tile-part by tile-part."""
    lengths: list[int] = []
    _, place = markers_before(codestream, 2, SOT)
    while code_at(codestream, place) == SOT:
        part = marker_at(codestream, place)
        inner, _ = markers_before(codestream, part.end, SOD)
        lengths += read_packet_lengths(each.content for each in inner if each.code == PLT)
        place += int.from_bytes(part.content[2:6], "big")
    return lengths


def changed(codestream: bytes, code: int, change: Callable[[bytes], bytes]) -> bytes:
    """Return the codestream with the content of one main marker segment replaced."""
    main, _ = markers_before(codestream, 2, SOT)
    marker = next(each for each in main if each.code == code)
    content = change(marker.content)
    segment = struct.pack(">HH", code, len(content) + 2) + content
    return codestream[: marker.start] + segment + codestream[marker.end :]


def poked(codestream: bytes, code: int, at: int, value: bytes) -> bytes:
    """Return the codestream with bytes of one main marker's content replaced."""
    return changed(codestream, code, lambda old: old[:at] + value + old[at + len(value) :])


def marked(codestream: bytes, *, sop: bool, eph: bool) -> bytes:
    """Return a codestream of one tile with SOP and EPH markers between its packets (T.800 A.8)."""
    (tile,) = read_source(codestream).tiles
    body = b"".join(
        (struct.pack(">HHH", 0xFF91, 4, number & 0xFFFF) if sop else b"")
        + packet.data[: packet.body]
        + (b"\xff\x92" if eph else b"")
        + packet.data[packet.body :]
        for number, packet in enumerate(tile.packets)
    )
    used = poked(codestream, COD, 0, bytes(((2 if sop else 0) | (4 if eph else 0),)))
    return in_parts(used, [body])


def in_parts(codestream: bytes, bodies: list[bytes], *, open_end: bool = False) -> bytes:
    """Return the codestream with these tile-parts of tile 0 in the place of its own."""
    _, place = markers_before(codestream, 2, SOT)
    parts = []
    for number, body in enumerate(bodies):
        last = open_end and number == len(bodies) - 1
        length = 0 if last else 14 + len(body)
        parts.append(struct.pack(">HHHIBBH", SOT, 10, 0, length, number, len(bodies), SOD) + body)
    return b"".join((codestream[:place], *parts, EOC.to_bytes(2, "big")))


def signed(codestream: bytes) -> bytes:
    """Return the codestream with its samples declared signed."""
    return changed(
        codestream,
        SIZ,
        lambda old: (
            old[:36]
            + b"".join(
                bytes((old[at] | 0x80,)) + old[at + 1 : at + 3] for at in range(36, len(old), 3)
            )
        ),
    )
