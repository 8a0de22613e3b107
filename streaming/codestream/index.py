"""Where each segment lies: within one tile's codestream, and within a frame's stored body."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from streaming.codestream.assemble import assemble
from streaming.codestream.markers import (
    COD,
    EOC,
    NOT_KEPT,
    NOT_MADE,
    PLT,
    PPT,
    QCD,
    SIZ,
    SOC,
    SOD,
    SOT,
    CodingStyle,
    ImageSize,
    Marker,
    code_at,
    marker_at,
    read_coding,
    read_size,
)
from streaming.codestream.packets import packets_per_segment, read_packet_lengths
from streaming.errors import CodestreamError
from streaming.fields import Fields, as_integer, as_items
from streaming.vocabulary import MAX_LAYERS, MAX_RESOLUTIONS, MAX_SEGMENT_BYTES, MAX_TILES

SegmentLengths = tuple[tuple[int, ...], ...]
"""Bytes of each segment of one tile, ``[layer][resolution]``; ``()`` for a constant tile."""


@dataclass(frozen=True, slots=True)
class IndexedTile:
    """One tile's codestream, taken apart."""

    header: bytes
    """SOC to the last marker before SOT, without COM, TLM and PLM."""
    packets: tuple[int, ...]
    """Packets of one segment, for each resolution."""
    lengths: SegmentLengths
    body: bytes
    """All packets in LRCP order: the segments by layer, then resolution."""

    def whole(self, layers: int | None = None) -> bytes:
        """Return the codestream of the first ``layers`` layers; None: of all."""
        held = {}
        start = 0
        for layer, lengths in enumerate(self.lengths[:layers]):
            for resolution, length in enumerate(lengths):
                held[resolution, layer] = self.body[start : start + length]
                start += length
        return assemble(self.header, self.packets, len(self.lengths), held)


def index_tile(codestream: bytes) -> IndexedTile:
    """Take one tile's J2K codestream apart (LRCP, one tile-part, packet lengths in PLT).

    Raises CodestreamError for any other codestream, with what about it is different.
    """
    if codestream[:2] != SOC.to_bytes(2, "big"):
        raise CodestreamError("The bytes do not begin with SOC: this is no J2K codestream.")
    main, place = markers_before(codestream, 2, SOT)
    size, coding = _read_main(main)
    part = marker_at(codestream, place)
    end = _end_of_part(codestream, part)
    inner, place = markers_before(codestream, part.end, SOD)
    if any(marker.code in NOT_MADE or marker.code in (PPT, COD) for marker in inner):
        raise CodestreamError("The tile-part header changes the order or the place of packets.")
    body = codestream[place + 2 : end]
    packets = packets_per_segment(size, coding)
    lengths = _segment_lengths(
        read_packet_lengths(marker.content for marker in inner if marker.code == PLT),
        packets,
        coding.layers,
    )
    if sum(map(sum, lengths)) != len(body):
        raise CodestreamError("The packet lengths in PLT do not add up to the tile's bytes.")
    header = codestream[:2] + b"".join(
        codestream[marker.start : marker.end] for marker in main if marker.code not in NOT_KEPT
    )
    return IndexedTile(header, packets, lengths, body)


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """Where each segment lies in a frame's body: the tiles in order, each by layer, then
    resolution.

    A constant tile has ``()`` for its lengths; a ``jpeg-scans`` frame is one tile of one
    resolution.
    """

    lengths: tuple[SegmentLengths, ...]
    total: int = field(init=False)
    """Bytes of the whole body."""
    _starts: tuple[tuple[int, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        begin = 0
        starts = []
        for tile in self.lengths:
            flat = [length for layer in tile for length in layer]
            starts.append(tuple(accumulate(flat, initial=begin)))
            begin = starts[-1][-1]
        object.__setattr__(self, "total", begin)
        object.__setattr__(self, "_starts", tuple(starts))

    def locate(self, tile: int, layer: int, resolution: int) -> tuple[int, int]:
        """Return where the segment begins in the frame's body, and its length, in bytes.

        Raises CodestreamError where the frame has no such segment.
        """
        if tile < 0 or layer < 0 or resolution < 0:
            raise CodestreamError("The frame has no such segment.")
        try:
            layers = self.lengths[tile]
            length = layers[layer][resolution]
        except IndexError:
            raise CodestreamError("The frame has no such segment.") from None
        return self._starts[tile][layer * len(layers[0]) + resolution], length

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values: ``{"lengths": [tile][layer][resolution]}``."""
        return {"lengths": [[list(layer) for layer in tile] for tile in self.lengths]}

    @classmethod
    def from_dict(cls, value: Any) -> FrameIndex:
        """From plain JSON values; raises CodestreamError on anything that is not an index."""
        fields = Fields(value, "An index", CodestreamError)
        tiles = fields.items("lengths", MAX_TILES)
        fields.done()
        return cls(tuple(_read_tile(tile) for tile in tiles))


def _read_tile(value: object) -> SegmentLengths:
    layers = as_items(value, "A tile's lengths", MAX_LAYERS, CodestreamError)
    tile = tuple(
        tuple(
            as_integer(length, "A segment's length", 1, MAX_SEGMENT_BYTES, CodestreamError)
            for length in as_items(layer, "A layer's lengths", MAX_RESOLUTIONS, CodestreamError)
        )
        for layer in layers
    )
    if tile and (not tile[0] or any(len(layer) != len(tile[0]) for layer in tile)):
        raise CodestreamError("A tile's layers do not all have the same resolutions.")
    return tile


def markers_before(codestream: bytes, place: int, stop: int) -> tuple[list[Marker], int]:
    """Return the marker segments from ``place`` up to the marker ``stop``, and where that
    stands."""
    markers: list[Marker] = []
    while code_at(codestream, place) != stop:
        marker = marker_at(codestream, place)
        markers.append(marker)
        place = marker.end
    return markers, place


def _read_main(main: list[Marker]) -> tuple[ImageSize, CodingStyle]:
    codes = [marker.code for marker in main]
    if not codes or codes[0] != SIZ or codes.count(COD) != 1 or codes.count(QCD) != 1:
        raise CodestreamError("The main header is not SIZ with one COD and one QCD.")
    if codes.count(SIZ) != 1 or NOT_MADE.intersection(codes):
        raise CodestreamError("The main header changes the order or the place of packets.")
    return read_size(main[0].content), read_coding(main[codes.index(COD)].content)


def _end_of_part(codestream: bytes, part: Marker) -> int:
    """Return where the only tile-part ends (T.800 A.4.2): Psot 0 means at EOC."""
    if len(part.content) != 8:
        raise CodestreamError("SOT has a wrong length.")
    tile = int.from_bytes(part.content[:2], "big")
    length = int.from_bytes(part.content[2:6], "big")
    end = part.start + length if length else len(codestream) - 2
    if tile != 0 or part.content[6] != 0 or part.content[7] > 1:
        raise CodestreamError("The codestream has several tile-parts; write it as one.")
    if codestream[end:] != EOC.to_bytes(2, "big"):
        raise CodestreamError("The only tile-part is not closed by EOC.")
    return end


def _segment_lengths(lengths: list[int], packets: tuple[int, ...], layers: int) -> SegmentLengths:
    if len(lengths) != layers * sum(packets):
        raise CodestreamError("PLT is missing, or does not name every packet.")
    if 0 in lengths:
        raise CodestreamError("PLT names a packet of no bytes.")
    place = 0
    segments = []
    for _ in range(layers):
        layer = []
        for count in packets:
            layer.append(sum(lengths[place : place + count]))
            place += count
        segments.append(tuple(layer))
    if max(map(max, segments)) > MAX_SEGMENT_BYTES:
        raise CodestreamError(f"A segment is longer than {MAX_SEGMENT_BYTES} bytes.")
    return tuple(segments)
