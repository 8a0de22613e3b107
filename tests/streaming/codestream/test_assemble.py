"""assemble, against a real decoder: every prefix decodes, the whole is bit-exact."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.codestream.assemble import assemble
from streaming.codestream.index import FrameIndex, IndexedTile, index_tile
from streaming.errors import CodestreamError, MissingPackets
from tests.streaming.codestream.pictures import Picture, decoded, j2k, waves

KINDS = ("grey8", "grey16", "rgb")
LAYERS = RESOLUTIONS = 4


@cache
def coded(kind: str, precincts: bool) -> tuple[Picture, IndexedTile]:
    picture = waves(70, 90, kind)
    options = {"precinct_size": (32, 32), "codeblock_size": (16, 16)} if precincts else {}
    return picture, index_tile(j2k(picture, LAYERS, RESOLUTIONS, **options))


def held(tile: IndexedTile, layers: list[int]) -> dict[tuple[int, int], bytes]:
    index = FrameIndex((tile.lengths,))
    segments = {}
    for resolution, count in enumerate(layers):
        for layer in range(count):
            offset, length = index.locate(0, layer, resolution)
            segments[resolution, layer] = tile.body[offset : offset + length]
    return segments


def error(kind: str, precincts: bool, layers: list[int]) -> float:
    picture, tile = coded(kind, precincts)
    part = assemble(tile.header, tile.packets, LAYERS, held(tile, layers))
    shown = decoded(part)
    assert shown.shape == picture.shape
    return float(np.sqrt(np.mean((shown.astype(float) - picture) ** 2)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("precincts", [False, True])
def test_the_whole_is_bit_exact(kind: str, precincts: bool) -> None:
    assert error(kind, precincts, [LAYERS] * RESOLUTIONS) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_brings_the_picture_nearer(kind: str) -> None:
    errors = [error(kind, False, [layers] * RESOLUTIONS) for layers in range(1, LAYERS + 1)]
    assert errors == sorted(errors, reverse=True)


@given(
    kind=st.sampled_from(KINDS),
    precincts=st.booleans(),
    layers=st.lists(st.integers(0, LAYERS), min_size=RESOLUTIONS, max_size=RESOLUTIONS),
)
@settings(max_examples=60, deadline=None)
def test_any_prefix_decodes(kind: str, precincts: bool, layers: list[int]) -> None:
    assert error(kind, precincts, layers) < 32_768


def test_a_part_says_what_it_is() -> None:
    part = assemble(b"header", [1, 2], 2, {(0, 0): b"first"})
    assert part == (
        b"header\xff\x90\x00\x0a\x00\x00\x00\x00\x00\x18\x00\x01\xff\x93"
        b"first\x00\x00\x00\x00\x00\xff\xd9"
    )


@pytest.mark.parametrize("key", [(2, 0), (0, 2), (-1, 0), (0, -1)])
def test_segments_of_another_tile_are_refused(key: tuple[int, int]) -> None:
    with pytest.raises(CodestreamError, match="does not have"):
        assemble(b"", [1, 1], 2, {key: b"1"})


def test_layers_must_be_a_prefix() -> None:
    with pytest.raises(MissingPackets, match="Layer 1 of resolution 0"):
        assemble(b"", [1, 1], 2, {(0, 1): b"1"})
