"""A source of one tile, its code-blocks told in layers of ours, or packet by packet as they came.

A code-block's coding passes are embedded: any number of them from the first on, with enough of
their bytes, is the same picture more coarsely (T.800 C.1, D). So a source may be cut into quality
layers as one's own codestream is, no byte of its code-blocks changed and none sent twice: only
packet headers are written anew (B.10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from streaming.codestream.assemble import EMPTY_PACKET, assemble
from streaming.codestream.index import IndexedTile
from streaming.codestream.markers import QCD, SIZ
from streaming.codestream.packet_headers import BlockPlace
from streaming.codestream.packet_writer import CodeBlock, Cut, write_precinct
from streaming.codestream.partition import Precinct
from streaming.codestream.source import read_source
from streaming.codestream.source_header import SourceHeader
from streaming.codestream.source_markers import BYPASS, TERMALL, SourceStyle
from streaming.codestream.source_weights import BandWeight, band_weights
from streaming.errors import CodestreamError
from streaming.vocabulary import MAX_SEGMENT_BYTES


class BlockKey(NamedTuple):
    resolution: int
    component: int
    precinct: int
    place: BlockPlace


Cuts = Mapping[BlockKey, Sequence[Cut]]


@dataclass(frozen=True, slots=True)
class LayeredSource:
    """The code-blocks of a source of one tile."""

    header: SourceHeader
    style: SourceStyle
    columns: int
    rows: int
    components: int
    precision: int
    """Bits of a sample."""
    signed: bool
    resolutions: tuple[tuple[Precinct, ...], ...]
    packets: tuple[int, ...]
    """Packets of one segment, for each resolution."""
    blocks: dict[BlockKey, CodeBlock]
    weights: tuple[tuple[BandWeight, ...], ...]

    def told(self, cuts: Cuts, layers: int) -> IndexedTile:
        """Return the codestream whose layers end at these cuts of each code-block."""
        segments = [
            self._segments(resolution, cuts, layers) for resolution in range(len(self.packets))
        ]
        return _indexed(
            self.header.written(layers),
            self.packets,
            [[segment[layer] for segment in segments] for layer in range(layers)],
        )

    def alone(self, resolution: int, cuts: Cuts) -> bytes:
        """Return a codestream of what one resolution adds, to one cut of each of its code-blocks,
        at the size that it is by itself."""
        counts = self.packets[: resolution + 1]
        header = self.header.reduced(resolution).written(1)
        held = {(lower, 0): EMPTY_PACKET * counts[lower] for lower in range(resolution)}
        held[resolution, 0] = self._segments(resolution, cuts, 1)[0]
        return assemble(header, counts, 1, held)

    def _segments(self, resolution: int, cuts: Cuts, layers: int) -> list[bytes]:
        told: dict[tuple[int, int], dict[BlockPlace, Sequence[Cut]]] = {}
        for key, block_cuts in cuts.items():
            if key.resolution == resolution:
                told.setdefault((key.component, key.precinct), {})[key.place] = block_cuts
        written = []
        for component in range(self.components):
            for number, precinct in enumerate(self.resolutions[resolution]):
                mine = told.get((component, number), {})
                blocks = {
                    place: self.blocks[BlockKey(resolution, component, number, place)]
                    for place in mine
                }
                written.append(write_precinct(precinct, blocks, mine, layers))
        return [b"".join(packets[layer] for packets in written) for layer in range(layers)]


def layered_source(codestream: bytes) -> LayeredSource:
    """Take a source of one tile apart into its code-blocks.

    Raises CodestreamError as ``read_source`` does; for several tiles, an origin that is not 0, 0 or
    components of different depths; and where coding passes are bypassed or terminated one by one
    (``index_source`` takes those).
    """
    source = read_source(codestream)
    (tile,) = source.tiles if len(source.tiles) == 1 else (None,)
    header = SourceHeader.of(source.markers)
    depths = set(header.content(SIZ)[36::3])
    image = source.size.image
    if tile is None or (image.left, image.top) != (0, 0) or len(depths) > 1:
        raise CodestreamError("The source is not one tile at 0, 0 of components of one depth.")
    if source.style.block_style & (BYPASS | TERMALL):
        raise CodestreamError("The source's coding passes are bypassed or terminated.")
    (depth,) = depths
    precision = (depth & 0x7F) + 1
    gathered: dict[BlockKey, tuple[int, int, list[bytes]]] = {}
    for packet in tile.packets:
        at = packet.body
        for part in packet.contributions:
            key = BlockKey(*packet.place[1:], part.block)
            _, passes, data = gathered.get(key, (0, 0, []))
            data.append(packet.data[at : at + part.length])
            gathered[key] = (part.missing, passes + part.passes, data)
            at += part.length
    return LayeredSource(
        header=header,
        style=source.style,
        columns=image.right,
        rows=image.bottom,
        components=source.size.components,
        precision=precision,
        signed=depth > 0x7F,
        resolutions=tile.resolutions,
        packets=_counted(tile.packets_of_resolution),
        blocks={
            key: CodeBlock(missing, passes, b"".join(data))
            for key, (missing, passes, data) in gathered.items()
        },
        weights=band_weights(header.content(QCD), source.style, precision),
    )


def index_source(codestream: bytes) -> IndexedTile:
    """Put the packets of a source of one tile into our order, as they came: layer by layer, the
    resolutions of each together.

    Raises CodestreamError as ``read_source`` does; for several tiles, or another origin than 0, 0.
    """
    source = read_source(codestream)
    image = source.size.image
    if len(source.tiles) != 1 or (image.left, image.top) != (0, 0):
        raise CodestreamError("The source is not one tile at 0, 0.")
    (tile,) = source.tiles
    parts: list[list[list[bytes]]] = [
        [[] for _ in range(source.style.resolutions)] for _ in range(source.style.layers)
    ]
    for packet in sorted(tile.packets, key=lambda packet: packet.place):
        parts[packet.place.layer][packet.place.resolution].append(packet.data)
    return _indexed(
        SourceHeader.of(source.markers).written(source.style.layers),
        _counted(tile.packets_of_resolution),
        [[b"".join(packets) for packets in layer] for layer in parts],
    )


def _counted(packets: tuple[int, ...]) -> tuple[int, ...]:
    if 0 in packets:
        raise CodestreamError("The source has a resolution without samples.")
    return packets


def _indexed(
    header: bytes, packets: tuple[int, ...], segments: Sequence[Sequence[bytes]]
) -> IndexedTile:
    lengths = tuple(tuple(map(len, layer)) for layer in segments)
    if max(map(max, lengths)) > MAX_SEGMENT_BYTES:
        raise CodestreamError(f"A segment is longer than {MAX_SEGMENT_BYTES} bytes.")
    return IndexedTile(header, packets, lengths, b"".join(_flat(segments)))


def _flat(segments: Iterable[Sequence[bytes]]) -> Iterable[bytes]:
    return (segment for layer in segments for segment in layer)
