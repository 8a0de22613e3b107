"""The grid of tiles."""

from __future__ import annotations

import pytest

from app.dicom.tiles import Place, cut, resolutions_for


def test_a_ct_slice_is_one_tile() -> None:
    assert cut(512, 512) == (Place(0, 0, 512, 512),)


@pytest.mark.parametrize(
    ("rows", "columns", "tiles", "last"),
    [
        (3000, 2500, 30, Place(2048, 2560, 452, 440)),
        (1955, 1841, 16, Place(1440, 1536, 401, 419)),
        (700, 700, 1, Place(0, 0, 700, 700)),
        (769, 512, 2, Place(0, 416, 512, 353)),
        (3, 3, 1, Place(0, 0, 3, 3)),
    ],
)
def test_grids(rows: int, columns: int, tiles: int, last: Place) -> None:
    places = cut(rows, columns)
    assert len(places) == tiles
    assert places[-1] == last


@pytest.mark.parametrize(("rows", "columns"), [(1955, 1841), (4664, 3064), (10000, 33), (1, 5000)])
def test_tiles_cover_the_frame_once_and_begin_at_multiples_of_32(rows: int, columns: int) -> None:
    places = cut(rows, columns)
    assert sum(place.rows * place.columns for place in places) == rows * columns
    assert all(place.row % 32 == 0 and place.column % 32 == 0 for place in places)
    assert all(place.rows > 0 and place.columns > 0 for place in places)


@pytest.mark.parametrize(
    ("side", "resolutions"), [(512, 6), (256, 6), (64, 4), (16, 2), (15, 1), (3, 1)]
)
def test_small_tiles_have_fewer_resolutions(side: int, resolutions: int) -> None:
    assert resolutions_for((Place(0, 0, side, side),)) == resolutions
