"""The plan and its priorities."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.codestream.index import FrameIndex
from streaming.manifest import Header
from streaming.priority import Step, layers_until, ordered_steps
from streaming.scheduler import (
    SECONDS_AHEAD,
    FrameWanted,
    ManifestWanted,
    SegmentWanted,
    ahead,
    neighbours,
    outward,
    plan,
)
from streaming.viewport import Viewport
from streaming.vocabulary import FrameKey, Tier, WindowLevel
from tests.streaming.plans import KEYS, picture, state
from tests.streaming.study import SERIES, StoredFrame, stored_frame


def test_from_the_nearest_on_in_scroll_direction_first() -> None:
    assert list(outward(6, 3, 0)) == [4, 2, 5, 1, 6]
    assert list(outward(6, 3, -1)) == [2, 4, 1, 5, 6]
    assert neighbours(9, 5, 0) == [6, 4, 7, 3]
    assert neighbours(9, 5, 1) == [6, 7, 4, 3]
    assert neighbours(9, 5, -1) == [4, 3, 6, 7]
    assert neighbours(1, 1, 1) == []


@pytest.mark.parametrize(
    ("length", "position", "speed", "reached"),
    [
        (9, 5, 0.0, []),
        (9, 5, 0.1, [6]),
        (9, 5, 2.0, [6, 7, 8]),
        (9, 5, 2.1, [6, 7, 8, 9]),
        (9, 5, 1000.0, [6, 7, 8, 9]),
        (9, 5, -2.0, [4, 3, 2]),
        (9, 5, -1000.0, [4, 3, 2, 1]),
        (9, 9, 3.0, []),
        (9, 1, -3.0, []),
        (1, 1, 3.0, []),
    ],
)
def test_what_the_reader_scrolls_to_next(
    length: int, position: int, speed: float, reached: list[int]
) -> None:
    assert list(ahead(length, position, speed)) == reached


@settings(deadline=None)
@given(st.integers(1, 300), st.data(), st.floats(-1000, 1000))
def test_what_is_ahead_is_in_the_stack(length: int, data: st.DataObject, speed: float) -> None:
    position = data.draw(st.integers(1, length))
    reached = list(ahead(length, position, speed))
    assert all(1 <= place <= length for place in reached)
    assert len(reached) <= abs(speed) * SECONDS_AHEAD + 1
    assert reached == [place for place in outward(length, position, speed) if place in reached]


def test_every_segment_is_wanted_once_and_layers_rise() -> None:
    frames = {key: state(stored_frame(key)) for key in KEYS[:3]}
    wants = [want for want in plan(picture(frames)) if isinstance(want, SegmentWanted)]
    keys = [want.key for want in wants]
    assert len(keys) == len(set(keys)) == 3 * 2 * 3 * 4
    layers: dict[tuple[FrameKey, int, int], int] = {}
    for key in keys:
        cell = (key.frame, key.tile, key.resolution)
        assert key.layer == layers.get(cell, 0)
        layers[cell] = key.layer + 1
    assert {want.tier for want in wants} == {
        Tier.VISIBLE_COARSE,
        Tier.VISIBLE,
        Tier.NEIGHBOUR,
        Tier.IDLE,
    }


def test_frames_that_are_not_ready_are_wanted_unless_they_failed() -> None:
    ready = {KEYS[0]: state(stored_frame(KEYS[0]))}
    wants = list(plan(picture(ready, failed=lambda key: key == KEYS[2])))
    assert wants[0] == FrameWanted(KEYS[1], Tier.VISIBLE_COARSE)
    assert ManifestWanted(KEYS[0], Tier.NEIGHBOUR) in wants
    assert not any(isinstance(want, FrameWanted) and want.frame == KEYS[2] for want in wants)


def test_a_goal_that_was_reached_is_not_looked_at_again() -> None:
    one = state(stored_frame(KEYS[1]))
    shown = picture({KEYS[1]: one}, saver=True)
    for want in plan(shown):
        if isinstance(want, SegmentWanted):
            one.held.complete(want.key.tile, want.key.resolution)
    assert list(plan(shown)) == [ManifestWanted(KEYS[1], Tier.VISIBLE_COARSE)]
    assert {goal.layers for goal in one.finished} == {(1,), (2,), (4,)}
    one.held.forget(0)
    assert len(list(plan(shown))) == 1
    one.taken_back()
    assert len(list(plan(shown))) == 1 + 3 * 4


def test_a_small_tile_of_fewer_resolutions() -> None:
    frame = stored_frame(KEYS[1])
    manifest = frame.manifest
    small = replace(manifest.tiles[1], header=1)
    manifest = replace(
        manifest,
        headers=(manifest.headers[0], Header(b"", (1,))),
        tiles=(manifest.tiles[0], small),
    )
    lengths = frame.index.lengths[0]
    index = FrameIndex((lengths, tuple(layer[:1] for layer in lengths)))
    ready = state(StoredFrame(manifest, index, b""))
    wants = list(plan(picture({KEYS[1]: ready}, saver=True)))
    cells = {(w.key.tile, w.key.resolution) for w in wants if isinstance(w, SegmentWanted)}
    assert cells == {(0, 0), (0, 1), (0, 2), (1, 0)}


def test_a_region_beside_the_frame_wants_all_of_it() -> None:
    ready = state(stored_frame(KEYS[1]))
    beside = Viewport(1, SERIES, 2, (1000.0, 0.0, 2000.0, 5.0), 0.25)
    wants = list(plan(picture({KEYS[1]: ready}, saver=True, viewport=beside)))
    assert len(wants) == 1 + 2 * 3 * 4


def test_planes_go_by_the_error_their_bytes_remove() -> None:
    manifest = stored_frame(KEYS[0], planes=2).manifest
    high, low = manifest.planes
    manifest = replace(manifest, planes=(high, replace(low, layers=(0.5, 0.25, 0.125, 0.0))))
    steps = ordered_steps(manifest, None)
    assert steps[:2] == (Step(1, 0), Step(0, 0))
    for plane in (0, 1):
        assert [step.layer for step in steps if step.plane == plane] == [0, 1, 2, 3]
    assert layers_until(manifest, 4.0, None) == (2, 1)
    assert layers_until(manifest, 4.0, WindowLevel(0, 40)) == (4, 2)


@pytest.mark.parametrize("planes", [1, 2])
def test_constant_tiles_are_never_wanted(planes: int) -> None:
    constant = frozenset(range(2 * planes))
    ready = state(stored_frame(KEYS[1], planes=planes, constant=constant))
    assert list(plan(picture({KEYS[1]: ready}, saver=True))) == [
        ManifestWanted(KEYS[1], Tier.VISIBLE_COARSE)
    ]
