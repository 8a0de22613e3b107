"""How a study is read, and in which order its frames therefore come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.holdings import FrameHoldings
from streaming.scheduler import (
    OUTLINE_MANIFEST_BYTES,
    FrameState,
    FrameWanted,
    ManifestWanted,
    Picture,
    SegmentWanted,
    Worklist,
    plan,
)
from streaming.strategies import (
    CINE,
    FAST,
    MOST_VIEWS,
    OUTLINE_BYTES,
    QUICK_STACK,
    SCROLLING,
    SINGLE,
    STACK,
    VIEWS,
    WAITING,
    Aim,
    Extent,
    Stage,
    Strategy,
    strategy_for,
)
from streaming.vocabulary import FrameKey, Tier
from streaming.wire import InstanceLayout, SeriesLayout
from tests.streaming.plans import picture, segments, state, wanted_bytes
from tests.streaming.study import stored_frame

STRATEGIES = {
    "stack": STACK,
    "quick stack": QUICK_STACK,
    "scrolling": SCROLLING,
    "cine": CINE,
    "single": SINGLE,
    "views": VIEWS,
}
ERRORS = (16.0, 4.0, 0.5, 0.0)
"""One layer for each aim: coarse, readable, unseen, whole."""
STACKED = tuple(FrameKey(f"1.{n}", 1) for n in range(1, 8))
SIBLING = FrameKey("2.1", 1)
LISTED = FrameKey("3.1", 1)


def series(modality: str, *frames: int) -> SeriesLayout:
    """Return a series of instances of so many frames each."""
    instances = (InstanceLayout(f"1.{n}", count, n) for n, count in enumerate(frames))
    return SeriesLayout("1", 1, modality, "", "", tuple(instances))


CT, MG, US = series("CT", 1, 1, 1), series("MG", 1), series("US", 60)
NO_OTHER: list[SeriesLayout] = []


@pytest.mark.parametrize(
    ("looked_at", "others", "speed", "strategy"),
    [
        (CT, NO_OTHER, 0.0, STACK),
        (CT, [CT, MG, US], 0.0, STACK),
        (CT, NO_OTHER, FAST - 0.1, STACK),
        (CT, NO_OTHER, FAST, SCROLLING),
        (CT, NO_OTHER, -FAST, SCROLLING),
        (series("CT", 1), [CT], 0.0, SINGLE),
        (series("CT", 1), NO_OTHER, 50.0, SINGLE),
        (US, NO_OTHER, 0.0, CINE),
        (US, [MG] * 3, -0.5, CINE),
        (US, NO_OTHER, 25.0, SCROLLING),
        (series("XA", 30, 1), NO_OTHER, 0.0, CINE),
        (series("MG", 30), NO_OTHER, 0.0, CINE),
        (MG, [MG] * 3, 0.0, VIEWS),
        (MG, [MG] * 3, 50.0, VIEWS),
        (series("CR", 1, 1), NO_OTHER, 0.0, VIEWS),
        (MG, [MG] * (MOST_VIEWS - 1), 0.0, VIEWS),
        (MG, [MG] * MOST_VIEWS, 0.0, SINGLE),
        (MG, NO_OTHER, 0.0, SINGLE),
        (series("DX", *(1,) * MOST_VIEWS), [MG], 0.0, STACK),
    ],
)
def test_how_a_series_is_read(
    looked_at: SeriesLayout, others: list[SeriesLayout], speed: float, strategy: Strategy
) -> None:
    assert strategy_for(looked_at, others, speed, quick=False) == strategy
    on_a_quick_link = QUICK_STACK if strategy is STACK else strategy
    assert strategy_for(looked_at, others, speed, quick=True) == on_a_quick_link


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_what_is_looked_at_comes_first_and_becomes_whole(strategy: Strategy) -> None:
    assert strategy[0].of is Extent.FRAME
    assert strategy[0].tier is Tier.VISIBLE_COARSE
    order = list(Aim)
    aims = [order.index(stage.to) for stage in strategy if stage.of is Extent.FRAME]
    assert all(low < high for low, high in pairwise(aims))
    assert order[aims[-1]] is Aim.WHOLE


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_in_the_end_everything_can_be_read(strategy: Strategy) -> None:
    for extent in (Extent.SIBLINGS, Extent.STACK, Extent.WORKLIST):
        assert any(stage.of is extent and stage.to is Aim.READABLE for stage in strategy)
    assert strategy[-1].of is Extent.WORKLIST


def shown(frames: int, position: int, strategy: Strategy, speed: float = 0.0) -> Picture:
    """Return a stack beside one other series and a worklist of one, on a screen of half the
    frames' size: the finest resolution is not shown."""
    keys = STACKED[:frames]
    ready = {key: state(stored_frame(key, errors=ERRORS)) for key in (*keys, SIBLING, LISTED)}
    return picture(
        ready,
        stack=keys,
        position=position,
        strategy=strategy,
        speed=speed,
        screen=(64, 32),
        siblings=(SIBLING,),
        worklist=Worklist((LISTED,), (64, 32), 1_000_000),
    )


def told(planned: Picture) -> str:
    """Return the plan as ``frame:layer``; the sibling is b, the worklist w, a finer resolution than
    the screen shows ``+``."""
    names = {key: str(place) for place, key in enumerate(STACKED, 1)} | {SIBLING: "b", LISTED: "w"}
    steps: list[str] = []
    for want in segments(planned):
        layer = "+" if want.key.resolution == 2 else str(want.key.layer)
        step = f"{names[want.key.frame]}:{layer}"
        if steps[-1:] != [step]:
            steps.append(step)
    return " ".join(steps)


@pytest.mark.parametrize(
    ("planned", "order"),
    [
        (
            shown(4, 1, STACK),
            "1:0 1:1 2:0 3:0 1:2 1:3 1:+ 4:0 2:1 3:1 b:0 b:1 4:1 2:2 2:3 2:+ 3:2 3:3 3:+ w:0 w:1",
        ),
        (
            shown(5, 3, STACK, -1.0),
            "3:0 3:1 2:0 1:0 4:0 5:0 3:2 3:3 3:+ 2:1 1:1 4:1 5:1 b:0 b:1 "
            "2:2 2:3 2:+ 1:2 1:3 1:+ 4:2 4:3 4:+ 5:2 5:3 5:+ w:0 w:1",
        ),
        (
            shown(6, 2, SCROLLING, 2.0),
            "2:0 3:0 4:0 5:0 1:0 6:0 2:1 2:2 2:3 2:+ b:0 b:1 3:1 1:1 4:1 5:1 6:1 "
            "3:2 3:3 3:+ 4:2 4:3 4:+ 1:2 1:3 1:+ w:0 w:1",
        ),
        (
            shown(5, 4, SCROLLING, -9.0),
            "4:0 3:0 2:0 1:0 5:0 4:1 4:2 4:3 4:+ b:0 b:1 3:1 5:1 2:1 1:1 "
            "3:2 3:3 3:+ 2:2 2:3 2:+ 5:2 5:3 5:+ w:0 w:1",
        ),
        (
            shown(4, 1, CINE),
            "1:0 1:1 2:0 3:0 4:0 1:2 1:3 1:+ b:0 b:1 2:1 3:1 4:1 2:2 2:3 2:+ 3:2 3:3 3:+ w:0 w:1",
        ),
        (shown(1, 1, SINGLE), "1:0 1:1 1:2 1:3 1:+ b:0 b:1 w:0 w:1"),
        (
            shown(2, 1, VIEWS),
            "1:0 1:1 2:0 2:1 b:0 b:1 1:2 1:3 1:+ 2:2 2:3 2:+ b:2 b:3 b:+ w:0 w:1",
        ),
        (shown(0, 1, WAITING), "w:0 w:1"),
    ],
    ids=["stack", "stack upwards", "scrolling", "fast upwards", "cine", "single", "views", "none"],
)
def test_the_order_of_a_strategy(planned: Picture, order: str) -> None:
    assert told(planned) == order


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_a_saver_wants_nothing_else(strategy: Strategy) -> None:
    frames = {key: state(stored_frame(key)) for key in STACKED[:5]}
    planned = picture(frames, stack=STACKED[:5], strategy=strategy, saver=True, speed=3.0)
    assert {want.key.frame for want in segments(planned)} == {STACKED[1]}
    assert len(segments(planned)) == 2 * 3 * 4


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_readable_is_enough_where_it_is_said_to_be(strategy: Strategy) -> None:
    frames = {key: state(stored_frame(key, errors=ERRORS)) for key in (*STACKED[:5], SIBLING)}
    planned = picture(
        frames, stack=STACKED[:5], strategy=strategy, enough=Aim.READABLE, siblings=(SIBLING,)
    )
    wanted = segments(planned)
    assert {want.key.frame for want in wanted} == set(frames)
    assert {want.key.layer for want in wanted} == {0, 1}


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_each_manifest_is_asked_for_once(strategy: Strategy) -> None:
    frames = {key: state(stored_frame(key)) for key in (*STACKED[:5], SIBLING)}
    planned = picture(frames, stack=STACKED[:5], strategy=strategy, siblings=(SIBLING,))
    wants = list(plan(planned))
    manifests = [want.frame for want in wants if isinstance(want, ManifestWanted)]
    assert sorted(manifests) == sorted(frames)
    seen: set[FrameKey] = set()
    for want in wants:
        if isinstance(want, ManifestWanted):
            seen.add(want.frame)
        elif isinstance(want, SegmentWanted):
            assert want.key.frame in seen


# outlines


def alike(weight: int, count: int, first: int = 0) -> dict[FrameKey, FrameState]:
    """Return frames of one size, nothing of them being held; ``weight`` scales it."""
    one = stored_frame(FrameKey("1.1", 1), weight=weight)
    states = {}
    for number in range(first, first + count):
        held = FrameHoldings(one.manifest.id, len(one.manifest.tiles), one.manifest.resolutions)
        states[FrameKey(f"1.{number}", 1)] = FrameState(one.manifest, one.index, held)
    return states


def outlines(frames: dict[FrameKey, FrameState]) -> Picture:
    """Return a series whose frames are all wanted as outlines, the looked-at one too."""
    outline = (Extent.FRAME, Extent.STACK)
    strategy = tuple(Stage(of, Aim.OUTLINE, Tier.PREFETCH) for of in outline)
    return picture(frames, stack=tuple(frames), position=1, strategy=strategy)


def at_their_smallest(planned: Picture, *keys: FrameKey) -> bool:
    return all(want.key.resolution == 0 for want in segments(planned) if want.key.frame in keys)


@settings(max_examples=40, deadline=None)
@given(weight=st.integers(1, 40_000), count=st.integers(1, 150))
def test_the_outlines_of_a_series_stay_within_their_bytes(weight: int, count: int) -> None:
    frames = alike(weight, count)
    planned = outlines(frames)
    sizes = wanted_bytes(planned, frames)
    assert set(sizes) == set(frames)
    total = sum(sizes.values()) + OUTLINE_MANIFEST_BYTES * count
    assert total <= OUTLINE_BYTES or at_their_smallest(planned, *frames)
    assert {want.key.layer for want in segments(planned)} == {0}


@settings(max_examples=40, deadline=None)
@given(small=st.integers(1, 2_000), large=st.integers(2_000, 40_000), count=st.integers(1, 40))
def test_a_large_frame_does_not_take_the_bytes_of_the_small_ones(
    small: int, large: int, count: int
) -> None:
    frames = alike(small, count) | alike(large, count, first=count)
    planned = outlines(frames)
    share = OUTLINE_BYTES // len(frames) - OUTLINE_MANIFEST_BYTES
    for key, size in wanted_bytes(planned, frames).items():
        assert size <= share or at_their_smallest(planned, key)


def test_an_outline_is_as_fine_as_there_is_room() -> None:
    few, many = alike(1000, 10), alike(1000, 40)
    assert {want.key.resolution for want in segments(outlines(few))} == {0, 1, 2}
    assert {want.key.resolution for want in segments(outlines(many))} == {0, 1}


# the worklist


@settings(max_examples=50, deadline=None)
@given(
    weights=st.lists(st.integers(1, 2_000), min_size=1, max_size=5), most=st.integers(0, 200_000)
)
def test_a_worklist_takes_no_more_than_it_may(weights: list[int], most: int) -> None:
    keys = [FrameKey(f"3.{n}", 1) for n in range(len(weights))]
    frames = {
        key: state(stored_frame(key, weight=weight))
        for key, weight in zip(keys, weights, strict=True)
    }
    worklist = Worklist(tuple(keys), (1000, 1000), most)
    planned = picture(frames, stack=(), position=1, strategy=WAITING, worklist=worklist)
    sizes = wanted_bytes(planned, frames)
    assert sum(sizes.values()) <= most
    assert list(sizes) == keys[: len(sizes)]
    if len(sizes) < len(keys):
        following = {keys[len(sizes)]: frames[keys[len(sizes)]]}
        alone = Worklist(tuple(following), (1000, 1000), 10**9)
        more = wanted_bytes(
            picture(following, stack=(), strategy=WAITING, worklist=alone), following
        )
        assert sum(sizes.values()) + sum(more.values()) > most


def test_what_is_held_of_a_worklist_counts() -> None:
    frames = alike(100, 2)
    one, two = frames
    worklist = Worklist((one, two), (1000, 1000), 8_000)
    planned = picture(frames, stack=(), strategy=WAITING, worklist=worklist)
    assert list(wanted_bytes(planned, frames)) == [one]
    for want in segments(planned):
        frames[one].held.complete(want.key.tile, want.key.resolution)
    assert segments(planned) == []


def test_frames_of_a_worklist_that_cannot_be_had() -> None:
    frames = alike(100, 3)
    one, two, three = frames
    worklist = Worklist((one, two, FrameKey("9", 1), three), (1000, 1000), 100_000)
    planned = picture(
        {one: frames[one], three: frames[three]},
        stack=(),
        strategy=WAITING,
        worklist=worklist,
        failed=lambda key: key == two,
        dropped={three},
    )
    wants = list(plan(planned))
    assert [want.frame for want in wants if isinstance(want, FrameWanted)] == [FrameKey("9", 1)]
    assert {want.key.frame for want in segments(planned)} == {one}
