"""A JPEG 2000 codestream that others made, taken apart packet by packet and put into our order.

What a packet holds does not depend on where it stands, so a source's packets may be sent in the
order that serves a viewer: LRCP, all packets of one resolution and layer together. Their bytes stay
as they are; SOP and EPH markers (T.800 A.8), which only repeat where a packet begins, are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from streaming.codestream.index import IndexedTile, markers_before
from streaming.codestream.markers import (
    COC,
    COD,
    COM,
    EOC,
    NOT_KEPT,
    PLT,
    POC,
    PPM,
    QCD,
    RGN,
    SIZ,
    SOC,
    SOD,
    SOT,
    SOT_BYTES,
    Marker,
    code_at,
    marker_at,
)
from streaming.codestream.packet_headers import PrecinctReader
from streaming.codestream.partition import partition
from streaming.codestream.progression import Place, packet_order
from streaming.codestream.source_markers import (
    EPH_USED,
    SOP_USED,
    Area,
    SourceSize,
    SourceStyle,
    read_source_size,
    read_source_style,
)
from streaming.errors import CodestreamError
from streaming.vocabulary import MAX_SEGMENT_BYTES

SOP: Final = b"\xff\x91\x00\x04"
EPH: Final = b"\xff\x92"
SOP_BYTES: Final = 6
MAX_PACKETS: Final = 1 << 20
CAP: Final = 0xFF50
NOT_READ: Final = frozenset({COC, RGN, POC, PPM, CAP})
"""Main markers that change the packets of one component, their order or their place, or that ask
for more than Part 1."""
SIGNED: Final = 0x80


class Packet(NamedTuple):
    place: Place
    data: bytes
    """Header and body, without SOP and EPH."""


@dataclass(frozen=True, slots=True)
class SourceTile:
    area: Area
    packets_of_resolution: tuple[int, ...]
    """In one layer, of all components."""
    packets: tuple[Packet, ...]
    """In the source's order."""


@dataclass(frozen=True, slots=True)
class Source:
    """A codestream taken apart."""

    size: SourceSize
    style: SourceStyle
    markers: tuple[Marker, ...]
    """Of the main header, SIZ first."""
    tiles: tuple[SourceTile, ...]


def read_source(codestream: bytes) -> Source:
    """Take a Part 1 codestream apart, whatever its progression, precincts, tiles and tile-parts.

    Bytes 0 behind EOC (DICOM pads to an even length) are passed over.

    Raises
    ------
    CodestreamError
        It is damaged or cut off, or has what is not read here: subsampled components, a component
        coded differently from the others, a region of interest, changes of the progression
        order, packed packet headers, high-throughput blocks.
    """
    if codestream[:2] != SOC.to_bytes(2, "big"):
        raise CodestreamError("The bytes do not begin with SOC: this is no J2K codestream.")
    main, place = markers_before(codestream, 2, SOT)
    codes = [marker.code for marker in main]
    if not codes or codes[0] != SIZ or codes.count(COD) != 1 or codes.count(QCD) != 1:
        raise CodestreamError("The main header is not SIZ with one COD and one QCD.")
    if codes.count(SIZ) != 1 or NOT_READ.intersection(codes):
        raise CodestreamError("The main header has markers that are not read here.")
    size = read_source_size(main[0].content)
    style = read_source_style(main[codes.index(COD)].content)
    bodies = _tile_bodies(codestream, place, size.across * size.down)
    room = MAX_PACKETS
    tiles = []
    for area, body in zip(size.tiles(), bodies, strict=True):
        tile = _read_tile(area, body, size.components, style, room)
        room -= len(tile.packets)
        tiles.append(tile)
    return Source(size, style, tuple(main), tuple(tiles))


def index_source(codestream: bytes) -> IndexedTile:
    """Take a source of one tile with its origin at 0, 0 apart into our segments.

    Its header is the source's, changed in three ways that no packet depends on: the progression is
    LRCP, no SOP and EPH markers are used, and signed samples are declared unsigned, which adds
    half of their range to each (T.800 G.1.2).

    Raises CodestreamError as ``read_source``, and for several tiles or another origin.
    """
    source = read_source(codestream)
    image = source.size.image
    if len(source.tiles) != 1 or (image.left, image.top) != (0, 0):
        raise CodestreamError("The source has several tiles, or does not begin at 0, 0.")
    (tile,) = source.tiles
    if 0 in tile.packets_of_resolution:
        raise CodestreamError("The source has a resolution without samples.")
    parts: list[list[list[bytes]]] = [
        [[] for _ in range(source.style.resolutions)] for _ in range(source.style.layers)
    ]
    for packet in sorted(tile.packets):
        parts[packet.place.layer][packet.place.resolution].append(packet.data)
    segments = [[b"".join(packets) for packets in layer] for layer in parts]
    lengths = tuple(tuple(map(len, layer)) for layer in segments)
    if max(map(max, lengths)) > MAX_SEGMENT_BYTES:
        raise CodestreamError(f"A segment is longer than {MAX_SEGMENT_BYTES} bytes.")
    body = b"".join(segment for layer in segments for segment in layer)
    header = b"".join(_header(codestream, source.markers))
    return IndexedTile(header, tile.packets_of_resolution, lengths, body)


def _header(codestream: bytes, markers: Iterable[Marker]) -> Iterator[bytes]:
    yield codestream[:2]
    for marker in markers:
        segment = bytearray(codestream[marker.start : marker.end])
        if marker.code in NOT_KEPT:
            continue
        if marker.code == COD:
            segment[4] &= ~(SOP_USED | EPH_USED)
            segment[5] = 0  # LRCP
        if marker.code == SIZ:
            for component in range(40, len(segment), 3):
                segment[component] &= ~SIGNED
        yield bytes(segment)


def _tile_bodies(codestream: bytes, place: int, tiles: int) -> list[bytes]:
    """Return the packets of each tile, all its tile-parts in a row (T.800 A.4.2)."""
    bodies: list[list[bytes]] = [[] for _ in range(tiles)]
    while code_at(codestream, place) == SOT:
        part = marker_at(codestream, place)
        if len(part.content) != 8:
            raise CodestreamError("SOT has a wrong length.")
        tile = int.from_bytes(part.content[:2], "big")
        length = int.from_bytes(part.content[2:6], "big")
        if length:
            end = place + length
        else:  # the last tile-part, up to EOC
            end = len(codestream.rstrip(b"\x00")) - 2
        inner, start = markers_before(codestream, part.end, SOD)
        if any(marker.code not in (PLT, COM) for marker in inner):
            raise CodestreamError("A tile-part header has markers that are not read here.")
        if tile >= tiles or part.content[6] != len(bodies[tile]) & 0xFF:
            raise CodestreamError("A tile-part is of no tile, or out of order.")
        if not place + SOT_BYTES < start + 2 <= end <= len(codestream):
            raise CodestreamError("A tile-part ends before it begins, or behind the codestream.")
        bodies[tile].append(codestream[start + 2 : end])
        place = end
    if code_at(codestream, place) != EOC or codestream[place + 2 :].strip(b"\x00"):
        raise CodestreamError("The codestream is not closed by EOC.")
    return [b"".join(parts) for parts in bodies]


def _read_tile(
    area: Area, body: bytes, components: int, style: SourceStyle, room: int
) -> SourceTile:
    resolutions = partition(area, style)
    counts = tuple(len(precincts) * components for precincts in resolutions)
    if sum(counts) * style.layers > room:
        raise CodestreamError("The codestream has too many packets.")
    readers: dict[tuple[int, int, int], PrecinctReader] = {}
    packets = []
    place = 0
    for number, each in enumerate(packet_order(style, components, resolutions)):
        key = each[1:]
        if key not in readers:
            precinct = resolutions[each.resolution][each.precinct]
            readers[key] = PrecinctReader(precinct, style.block_style)
        if style.marks & SOP_USED and body.startswith(SOP, place):
            if body[place + 4 : place + SOP_BYTES] != (number & 0xFFFF).to_bytes(2, "big"):
                raise CodestreamError("The packets are not numbered in their order.")
            place += SOP_BYTES
        start = place
        place, length = readers[key].read(body, start, each.layer)
        header = body[start:place]
        if style.marks & EPH_USED and body.startswith(EPH, place):
            place += len(EPH)
        if place + length > len(body):
            raise CodestreamError("The codestream is cut off in the middle of a packet.")
        packets.append(Packet(each, header + body[place : place + length]))
        place += length
    if place != len(body):
        raise CodestreamError("There are bytes behind a tile's last packet.")
    return SourceTile(area, counts, tuple(packets))
