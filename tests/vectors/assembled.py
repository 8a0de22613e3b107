"""Vectors of reassembly: which segments are held, and the bytes a decoder must be given."""

from __future__ import annotations

from typing import Any

from streaming.codestream.assemble import assemble
from streaming.codestream.index import FrameIndex, IndexedTile
from streaming.codestream.scans import join_scans, split_scans
from tests.vectors import examples

Key = tuple[int, int]


def segments_of(tile: IndexedTile) -> dict[Key, bytes]:
    """Return the segments of a tile by (resolution, layer)."""
    index = FrameIndex((tile.lengths,))
    segments = {}
    for layer, lengths in enumerate(tile.lengths):
        for resolution in range(len(lengths)):
            offset, length = index.locate(0, layer, resolution)
            segments[resolution, layer] = tile.body[offset : offset + length]
    return segments


def assembled() -> dict[str, Any]:
    """Small codestreams of some prefixes each: layers held of each resolution."""
    return {
        "codestreams": [
            _codestream("grey16.j2k", [[0, 0, 0], [1, 0, 0], [1, 1, 1], [3, 2, 0], [3, 3, 3]]),
            _codestream("rgb8.j2k", [[1, 1, 0], [3, 3, 3]]),
        ],
        "refused": [
            {"name": "layer 1 without layer 0", "held": [[0, 1]]},
            {"name": "a resolution too many", "held": [[3, 0]]},
            {"name": "a layer too many", "held": [[0, 0], [0, 1], [0, 2], [0, 3]]},
        ],
    }


def _codestream(name: str, prefixes: list[list[int]]) -> dict[str, Any]:
    tile = examples.indexed(name)
    segments = segments_of(tile)
    layers = len(tile.lengths)
    return {
        "name": name,
        "source": (examples.SOURCES / name).read_bytes().hex(),
        "header": tile.header.hex(),
        "packets": list(tile.packets),
        "layers": layers,
        "lengths": [list(layer) for layer in tile.lengths],
        "segments": [
            {"resolution": resolution, "layer": layer, "data": data.hex()}
            for (resolution, layer), data in segments.items()
        ],
        "assembled": [
            {
                "layers_held": held,
                "hex": assemble(
                    tile.header,
                    tile.packets,
                    layers,
                    {key: data for key, data in segments.items() if key[1] < held[key[0]]},
                ).hex(),
            }
            for held in prefixes
        ],
    }


def scans() -> dict[str, Any]:
    """A progressive JPEG, its scans, and what each prefix is joined to."""
    jpeg = (examples.SOURCES / "rgb8.jpg").read_bytes()
    parts = split_scans(jpeg)
    return {
        "jpeg": jpeg.hex(),
        "scans": [part.hex() for part in parts],
        "joined": [
            {"scans_held": held, "hex": join_scans(parts[:held]).hex()}
            for held in (1, len(parts) // 2, len(parts))
        ],
    }
