"""layered_source and index_source: a source in our order, and cut into layers of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.codestream import source_layers
from streaming.codestream.markers import COM, QCD, SIZ
from streaming.codestream.packet_writer import Cut
from streaming.codestream.source import read_source
from streaming.codestream.source_layers import LayeredSource, index_source, layered_source
from streaming.codestream.source_markers import read_source_style
from streaming.codestream.source_weights import band_weights
from streaming.errors import CodestreamError
from tests.streaming.codestream.foreign import changed, poked, signed
from tests.streaming.codestream.pictures import decoded, j2k, waves

FOREIGN = Path(__file__).parent / "foreign"
SMALL: dict[str, Any] = {"precinct_size": (32, 32), "codeblock_size": (16, 16)}


def lossy(kind: str = "grey16", layers: int = 1, resolutions: int = 4, **options: Any) -> bytes:
    return j2k(waves(95, 123, kind), layers, resolutions, irreversible=True, **options)


def whole(source: LayeredSource) -> dict[Any, list[Cut]]:
    return {key: [Cut(block.passes, len(block.data))] for key, block in source.blocks.items()}


@pytest.mark.parametrize("options", [{}, SMALL], ids=["large", "small"])
@pytest.mark.parametrize("kind", ["grey8", "grey16", "rgb"])
@pytest.mark.parametrize("progression", ["LRCP", "RPCL", "CPRL"])
def test_told_in_one_layer_it_is_the_source_byte_for_byte(
    progression: str, kind: str, options: dict[str, Any]
) -> None:
    codestream = lossy(kind, progression=progression, **options)
    source = layered_source(codestream)
    told = source.told(whole(source), 1)
    own = index_source(codestream)
    assert told.packets == own.packets
    packets = read_source(codestream).tiles[0].packets
    assert sorted(packet.data for packet in packets) == sorted(
        packet.data for packet in read_source(told.whole()).tiles[0].packets
    )
    assert np.array_equal(decoded(told.whole()), decoded(codestream))
    assert np.array_equal(decoded(own.whole()), decoded(codestream))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_however_it_is_cut_all_layers_are_the_source(data: st.DataObject) -> None:
    codestream = lossy("grey8", layers=data.draw(st.integers(1, 3)), **SMALL)
    source = layered_source(codestream)
    layers = data.draw(st.integers(1, 5))
    random = data.draw(st.randoms(use_true_random=False))
    cuts = {}
    for key, block in source.blocks.items():
        passes = sorted(random.randint(0, block.passes) for _ in range(layers - 1))
        lengths = sorted(random.randint(0, len(block.data)) for _ in range(layers - 1))
        cuts[key] = [
            *(
                Cut(count, length if count else 0)
                for count, length in zip(passes, lengths, strict=True)
            ),
            Cut(block.passes, len(block.data)),
        ]
        first = next(n for n, cut in enumerate(cuts[key]) if cut.passes)
        cuts[key] = [Cut(0, 0)] * first + cuts[key][first:]
        # A cut without a pass more brings no byte more: there is nowhere to say so.
        for layer in range(1, layers):
            if cuts[key][layer].passes == cuts[key][layer - 1].passes:
                cuts[key][layer] = cuts[key][layer - 1]
        if cuts[key][-1].length < len(block.data):
            cuts[key] = [Cut(0, 0)] * (layers - 1) + [Cut(block.passes, len(block.data))]
    told = source.told(cuts, layers)
    assert np.array_equal(decoded(told.whole()), decoded(codestream))
    again = layered_source(told.whole())
    assert again.blocks == source.blocks
    assert sum(map(sum, told.lengths)) == len(told.body)


def test_layers_get_better_and_fewer_are_smaller() -> None:
    picture = waves(95, 123, "grey16").astype(float)
    source = layered_source(lossy())
    layers = 4
    cuts = {
        key: [
            Cut(max(1, block.passes * n // layers), len(block.data)) if n else Cut(0, 0)
            for n in range(layers)
        ]
        + [Cut(block.passes, len(block.data))]
        for key, block in source.blocks.items()
    }
    told = source.told(cuts, layers + 1)
    errors = [np.abs(decoded(told.whole(n)) - picture).mean() for n in range(1, layers + 2)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0]


@pytest.mark.parametrize("options", [{}, SMALL], ids=["large", "small"])
@pytest.mark.parametrize("irreversible", [False, True])
def test_a_resolution_alone_is_a_picture_of_its_size(
    irreversible: bool, options: dict[str, Any]
) -> None:
    codestream = j2k(waves(95, 123, "grey8"), 1, 4, irreversible=irreversible, **options)
    source = layered_source(codestream)
    for resolution, (rows, columns) in enumerate([(12, 16), (24, 31), (48, 62), (95, 123)]):
        alone = decoded(source.alone(resolution, whole(source)))
        assert alone.shape == (rows, columns)
        empty = decoded(source.alone(resolution, {}))
        assert not np.array_equal(alone, empty)
        assert (empty == empty[0, 0]).all()


def test_signed_samples_become_unsigned_with_half_of_the_range_added() -> None:
    codestream = signed(lossy())
    source = layered_source(codestream)
    assert (source.signed, source.precision) == (True, 16)
    assert source.told(whole(source), 1).header == index_source(lossy()).header
    assert not layered_source(lossy()).signed


def test_refuses_what_is_not_one_tile_at_the_origin() -> None:
    shifted: dict[str, Any] = {"offset": (13, 7), "tile_offset": (5, 3), "tile_size": (300, 300)}
    for options in ({"tile_size": (64, 64)}, shifted):
        codestream = lossy("grey8", **options)
        for take in (index_source, layered_source):
            with pytest.raises(CodestreamError, match="not one tile at 0, 0"):
                take(codestream)


def test_refuses_components_of_different_depths() -> None:
    with pytest.raises(CodestreamError, match="one depth"):
        layered_source(poked(lossy("rgb"), SIZ, 39, b"\x05"))


def test_passes_that_are_terminated_are_not_cut() -> None:
    with pytest.raises(CodestreamError, match="bypassed or terminated"):
        layered_source((FOREIGN / "termall.j2k").read_bytes())
    assert layered_source((FOREIGN / "segments-causal-reset-eph.j2k").read_bytes()).blocks


def test_refuses_a_resolution_without_samples() -> None:
    one = j2k(waves(8, 8, "grey8"), 1, 1)
    one = changed(one, SIZ, lambda old: old[:2] + b"\0\0\0\1\0\0\0\1" + old[10:])
    assert index_source(one).packets == (1,)
    with pytest.raises(CodestreamError, match="without samples"):
        source_layers._counted((1, 0))


def test_refuses_a_segment_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_layers, "MAX_SEGMENT_BYTES", 100)
    with pytest.raises(CodestreamError, match="longer than 100"):
        index_source(lossy())


def test_weights_follow_the_quantization() -> None:
    codestream = lossy()
    source = layered_source(codestream)
    flat = [weight for resolution in source.weights for weight in resolution]
    assert len(flat) == 10
    # OpenJPEG's steps are such that a unit of each subband weighs about the same.
    assert max(w.step for w in flat) < 2 * min(w.step for w in flat)
    assert all(
        block.missing * 3 + block.passes
        <= 3 * source.weights[key.resolution][key.place.band].planes
        for key, block in source.blocks.items()
    )


def test_derived_steps_fall_with_the_levels() -> None:
    style = read_source_style(bytes((0, 0, 0, 1, 0, 2, 4, 4, 0, 0)))
    weights = band_weights(bytes((0x41, 9 << 3, 0)), style, 8)
    assert [[each.planes for each in resolution] for resolution in weights] == [
        [10],
        [10, 10, 10],
        [9, 9, 9],
    ]


def test_a_derived_step_is_kept_for_a_picture_of_fewer_levels() -> None:
    header = layered_source(lossy(resolutions=3)).header
    contents = tuple(
        (code, bytes((0x41, 9 << 3 | 1, 7)) if code == QCD else content)
        for code, content in header.contents
    )
    reduced = type(header)(contents).reduced(1)
    assert reduced.content(QCD) == bytes((0x41, 8 << 3 | 1, 7))


def test_what_has_nothing_to_do_with_levels_is_kept_for_a_picture_of_fewer() -> None:
    header = layered_source(lossy(resolutions=3)).header
    comment = (COM, b"\0\1Made by another encoder")
    reduced = type(header)((*header.contents, comment)).reduced(1)
    assert reduced.contents[-1] == comment


@pytest.mark.parametrize("quantization", [b"", bytes(3), b"\x42" + bytes(6), b"\x43" + bytes(20)])
def test_refuses_quantization_that_does_not_name_every_subband(quantization: bytes) -> None:
    style = read_source_style(bytes((0, 0, 0, 1, 0, 2, 4, 4, 0, 0)))
    with pytest.raises(CodestreamError, match="every subband"):
        band_weights(quantization, style, 8)
