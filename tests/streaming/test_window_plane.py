"""Window planes: which planes the screen shows, what it states, and what is sent first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.errors import ManifestError
from streaming.manifest import Manifest, Reach
from streaming.priority import READABLE, Step, layers_until, ordered_steps
from streaming.vocabulary import WindowLevel
from streaming.window_plane import Shown, has_window_plane, shown, stored_ends
from tests.vectors.examples import full_manifest, grey_manifest, narrow_manifest

NARROW = narrow_manifest()
BONE = WindowLevel(400, 2000)


def test_only_a_plane_that_says_what_it_is_worth_alone_is_a_window_plane() -> None:
    assert has_window_plane(NARROW)
    assert not has_window_plane(grey_manifest())
    assert not has_window_plane(full_manifest())


def test_ends_of_a_window_in_stored_values() -> None:
    assert stored_ends(NARROW.display, WindowLevel(40, 80)) == (1024, 1104)
    halved = replace(NARROW.display, slope=0.5)
    assert stored_ends(halved, WindowLevel(40, 80)) == (2048, 2208)


def test_at_the_default_window_the_window_plane_is_shown_until_the_difference_is_better() -> None:
    assert shown(NARROW, (1, 0), None) == Shown(1, 15)
    assert shown(NARROW, (3, 0), None) == Shown(1, 4)
    assert shown(NARROW, (3, 1), None) == Shown(1, 4)
    assert shown(NARROW, (3, 2), None) == Shown(2, 2)
    assert shown(NARROW, (3, 3), None) == Shown(2, 0)


def test_a_narrower_window_inside_shows_more_of_the_error() -> None:
    assert shown(NARROW, (3, 0), WindowLevel(40, 40)) == Shown(1, 8)


def test_through_a_window_that_is_not_covered_what_was_clipped_counts() -> None:
    assert shown(NARROW, (3, 0), WindowLevel(40, 81)) == Shown(1, 12.5 * 80 / 81)
    assert shown(NARROW, (3, 0), WindowLevel(61, 80)) == Shown(1, 1988)
    assert shown(NARROW, (3, 0), WindowLevel(19, 80)) == Shown(1, 1988)
    assert shown(NARROW, (3, 0), BONE) == Shown(1, 1988 * 80 / 2000)
    assert shown(NARROW, (3, 1), BONE) == Shown(2, 128 * 80 / 2000)
    assert shown(NARROW, (1, 2), BONE) == Shown(2, 16.5 * 80 / 2000)


layer_counts = st.tuples(st.integers(1, 3), st.integers(0, 3))
windows = st.builds(WindowLevel, st.floats(-2000, 3000), st.floats(1, 5000))


@given(layer_counts, layer_counts, windows)
def test_more_layers_never_show_a_worse_picture(
    one: tuple[int, int], other: tuple[int, int], window: WindowLevel
) -> None:
    both = (max(one[0], other[0]), max(one[1], other[1]))
    assert shown(NARROW, both, window).rmse <= shown(NARROW, one, window).rmse


@given(windows)
def test_every_step_comes_once_and_readable_is_where_it_says(window: WindowLevel) -> None:
    steps = ordered_steps(NARROW, window)
    assert steps[0] == Step(0, 0)
    assert sorted(steps, key=lambda step: (step.plane, step.layer)) == [
        Step(plane, layer) for plane in (0, 1) for layer in (0, 1, 2)
    ]
    for plane in (0, 1):
        assert [step.layer for step in steps if step.plane == plane] == [0, 1, 2]
    layers = layers_until(NARROW, READABLE, window)
    assert shown(NARROW, layers, window).rmse <= READABLE
    needed = sum(layers)
    fewer = [sum(step.plane == plane for step in steps[: needed - 1]) for plane in (0, 1)]
    assert needed == 1 or shown(NARROW, fewer, window).rmse > READABLE


def test_at_the_default_window_the_difference_waits() -> None:
    assert ordered_steps(NARROW, None)[:3] == (Step(0, 0), Step(0, 1), Step(0, 2))
    assert layers_until(NARROW, READABLE, None) == (3, 0)


def test_at_a_bone_window_the_difference_goes_right_after_the_first_layer() -> None:
    assert ordered_steps(NARROW, BONE)[:2] == (Step(0, 0), Step(1, 0))
    assert layers_until(NARROW, READABLE, BONE) == (1, 2)


def refused(manifest: Manifest, sentence: str) -> None:
    with pytest.raises(ManifestError, match=sentence):
        Manifest.from_dict(manifest.to_dict())


def test_a_window_plane_is_the_first_of_two() -> None:
    window, difference = NARROW.planes
    refused(replace(NARROW, planes=(difference, window)), "Only the first")
    refused(replace(NARROW, planes=(window,), tiles=NARROW.tiles[:1]), "one other plane")
    refused(replace(NARROW, planes=(replace(window, shift=16), difference)), "one other plane")
    refused(replace(NARROW, planes=(window, replace(difference, component=0))), "one other plane")


def test_a_window_plane_has_a_rising_linear_window_on_stored_values() -> None:
    display = NARROW.display
    table = full_manifest().display.voi_luts
    refused(replace(NARROW, mapping=full_manifest().mapping), "stored values")
    refused(replace(NARROW, display=replace(display, voi_luts=table)), "stored values")
    refused(replace(NARROW, display=replace(display, modality_lut=table[0])), "stored values")
    refused(replace(NARROW, display=replace(display, slope=0.0)), "linear")
    refused(replace(NARROW, display=replace(display, voi_function="SIGMOID")), "linear")
    refused(replace(NARROW, display=replace(display, inverted=True)), "linear")


def test_reaches_hold_one_another() -> None:
    window, difference = NARROW.planes
    first, second, last = window.alone

    def with_reaches(*reaches: Reach) -> Manifest:
        return replace(NARROW, planes=(replace(window, alone=reaches), difference))

    refused(with_reaches(first, last, second), "hold the one before")
    refused(with_reaches(first, replace(second, high=1103), last), "hold the one before")
    refused(with_reaches(replace(first, high=1024), second, last), "is a range")
    refused(with_reaches(first, replace(second, layers=(1.0, 0.5)), last), "each layer")
