"""A JPEG 2000 codestream that others made, taken apart packet by packet (T.800 Annex A, B)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from streaming.codestream.index import markers_before
from streaming.codestream.markers import (
    COC,
    COD,
    COM,
    EOC,
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
from streaming.codestream.packet_headers import Contribution, PrecinctReader
from streaming.codestream.partition import Precinct, partition
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

SOP: Final = b"\xff\x91\x00\x04"
EPH: Final = b"\xff\x92"
SOP_BYTES: Final = 6
PADDING: Final = b"\x00\xff"
"""Behind EOC: DICOM pads to an even length with 0, some writers with 0xFF."""
MAX_PACKETS: Final = 1 << 18
MAX_TOLD: Final = 1 << 19
"""Code-blocks times layers: a few bytes could else ask for minutes of looking at each."""
CAP: Final = 0xFF50
NOT_READ: Final = frozenset({COC, RGN, POC, PPM, CAP})
"""Main markers that change the packets of one component, their order or their place, or that ask
for more than Part 1."""


class Packet(NamedTuple):
    place: Place
    data: bytes
    """Header and body, without SOP and EPH."""
    body: int
    """Where in ``data`` the body begins."""
    contributions: list[Contribution]
    """Whose bytes follow one another in the body."""


@dataclass(frozen=True, slots=True)
class SourceTile:
    resolutions: tuple[tuple[Precinct, ...], ...]
    """The precincts of each resolution."""
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

    Padding behind EOC is passed over.

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


def _tile_bodies(codestream: bytes, place: int, tiles: int) -> list[bytes]:
    """Return the packets of each tile, all its tile-parts in a row (T.800 A.4.2)."""
    bodies: list[list[bytes]] = [[] for _ in range(tiles)]
    while code_at(codestream, place) == SOT:
        part = marker_at(codestream, place)
        if len(part.content) != 8:
            raise CodestreamError("SOT has a wrong length.")
        tile = int.from_bytes(part.content[:2], "big")
        length = int.from_bytes(part.content[2:6], "big")
        # Psot 0: the last tile-part, up to EOC
        end = place + length if length else len(codestream.rstrip(PADDING)) - 2
        inner, start = markers_before(codestream, part.end, SOD)
        if any(marker.code not in (PLT, COM) for marker in inner):
            raise CodestreamError("A tile-part header has markers that are not read here.")
        if tile >= tiles or part.content[6] != len(bodies[tile]) & 0xFF:
            raise CodestreamError("A tile-part is of no tile, or out of order.")
        if not place + SOT_BYTES < start + 2 <= end <= len(codestream):
            raise CodestreamError("A tile-part ends before it begins, or behind the codestream.")
        bodies[tile].append(codestream[start + 2 : end])
        place = end
    if code_at(codestream, place) != EOC or codestream[place + 2 :].strip(PADDING):
        raise CodestreamError("The codestream is not closed by EOC.")
    return [b"".join(parts) for parts in bodies]


def _read_tile(
    area: Area, body: bytes, components: int, style: SourceStyle, room: int
) -> SourceTile:
    resolutions = partition(area, style)
    counts = tuple(len(precincts) * components for precincts in resolutions)
    blocks = sum(
        across * down
        for precincts in resolutions
        for precinct in precincts
        for across, down in precinct.bands
    )
    if sum(counts) * style.layers > room or blocks * components * style.layers > MAX_TOLD:
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
        place, found = readers[key].read(body, start, each.layer)
        length = sum(part.length for part in found)
        header = body[start:place]
        if style.marks & EPH_USED and body.startswith(EPH, place):
            place += len(EPH)
        if place + length > len(body):
            raise CodestreamError("The codestream is cut off in the middle of a packet.")
        data = header + body[place : place + length]
        packets.append(Packet(each, data, len(header), found))
        place += length
    if place != len(body):
        raise CodestreamError("There are bytes behind a tile's last packet.")
    return SourceTile(resolutions, counts, tuple(packets))
