"""What a viewport shows."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.manifest import Tile
from streaming.viewport import (
    MAX_SCALE,
    discarded_resolutions,
    fitted_scale,
    fitted_viewport,
    shown_resolutions,
    touches,
    visible_tiles,
    whole,
)
from tests.vectors.examples import grey_manifest, scans_manifest


@given(scale=st.floats(1e-6, 64), resolutions=st.integers(1, 16))
def test_what_is_left_still_covers_the_screen(scale: float, resolutions: int) -> None:
    discarded = discarded_resolutions(scale, resolutions)
    assert 0 <= discarded < resolutions
    if discarded:
        assert scale * 2**discarded <= 1
    if discarded < resolutions - 1:
        assert scale * 2 ** (discarded + 1) > 1 or math.isclose(scale * 2 ** (discarded + 1), 1)


@pytest.mark.parametrize(
    ("resolutions", "discarded", "shown"), [(6, 0, 6), (6, 2, 4), (2, 2, 1), (1, 5, 1)]
)
def test_a_tile_always_shows_something(resolutions: int, discarded: int, shown: int) -> None:
    assert shown_resolutions(resolutions, discarded) == shown


def test_tiles_touched() -> None:
    tile = Tile(0, 10, 20, 30, 40, "")
    assert touches(tile, (0, 0, 100, 100))
    assert not touches(tile, (40, 20, 50, 60))
    assert not touches(tile, (0, 20, 10, 60))
    assert not touches(tile, (10, 60, 40, 70))
    assert not touches(tile, (10, 0, 40, 20))
    assert visible_tiles([tile, tile], (0, 0, 11, 21)) == (0, 1)


def test_the_whole_frame_fits() -> None:
    manifest = grey_manifest()
    viewport = fitted_viewport(manifest, "1.2", 3, 80, 480)
    assert (viewport.generation, viewport.position, viewport.scale) == (0, 3, 2.0)
    assert viewport.region == whole(manifest) == (0, 0, 40, 24)
    assert fitted_scale(manifest, 16384, 16384) == MAX_SCALE


def test_pixels_that_are_not_square_keep_their_shape() -> None:
    # 32 columns, each 1.25 times as wide as a row is tall
    assert fitted_scale(scans_manifest(), 40, 1000) == 1.0
