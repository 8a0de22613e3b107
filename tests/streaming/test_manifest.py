"""The Manifest's questions and its checks, beyond the golden vectors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from streaming.errors import ManifestError
from streaming.manifest import Display, Header, Manifest, Table, Tile, Window
from streaming.vocabulary import WindowLevel
from tests.vectors.examples import full_manifest, grey_manifest, scans_manifest, source_manifest
from tests.vectors.messages import but

GREY = grey_manifest()
SCANS = scans_manifest()


def test_layers_and_resolutions_of_a_tile() -> None:
    assert [GREY.layers_of(tile) for tile in (0, 1)] == [3, 0]
    assert [GREY.resolutions_of(tile) for tile in (0, 1)] == [3, 0]
    assert SCANS.resolutions_of(0) == 1
    assert full_manifest().tiles_per_plane() == (1, 1)


def test_errors_grow_as_the_window_gets_narrower() -> None:
    assert GREY.default_width() == 350
    assert GREY.layer_rmse(0, 1) == 2
    assert GREY.layer_rmse(0, 1, WindowLevel(0, 35)) == 20
    assert GREY.layers_until(0, 4) == 2
    assert GREY.layers_until(0, 4, WindowLevel(0, 35)) == 3


@pytest.mark.parametrize(
    "display",
    [
        replace(GREY.display, palette=Table("0" * 64, 256)),
        replace(GREY.display, voi_luts=(Table("0" * 64, 256),)),
        Display(),
    ],
)
def test_errors_that_no_window_changes(display: Display) -> None:
    manifest = replace(GREY, display=display)
    assert manifest.default_width() is None
    assert manifest.layer_rmse(0, 1, WindowLevel(0, 35)) == 2
    assert SCANS.default_width() is None


def refused(manifest: Manifest, sentence: str) -> None:
    with pytest.raises(ManifestError, match=sentence):
        Manifest.from_dict(manifest.to_dict())


def test_a_jpeg_is_one_tile_without_header() -> None:
    tile = SCANS.tiles[0]
    halves = (replace(tile, columns=16), replace(tile, columns=16, column=16))
    refused(replace(SCANS, tiles=halves), "one tile")
    refused(replace(SCANS, headers=(Header(b"x", (1,)),)), "one tile")
    refused(replace(SCANS, resolutions=2), "one tile")
    constant = replace(tile, constant=(1, 2, 3), bytes=())
    refused(replace(SCANS, tiles=(constant,)), "not constant")


def test_a_lossy_source_is_the_one_tile_that_it_is() -> None:
    source = source_manifest()
    (whole,), (plane,) = source.tiles, source.planes
    refused(replace(source, headers=()), "one tile of one plane")
    refused(replace(source, planes=(plane, plane)), "one tile of one plane")
    constant = replace(whole, constant=(1,), header=None, bytes=())
    refused(replace(source, tiles=(constant,)), "not constant")
    refused(replace(source, planes=(replace(plane, shift=16),)), "part of its samples")


def test_tiles_stay_within_the_frame_and_cover_it() -> None:
    one, two = GREY.tiles
    refused(replace(GREY, tiles=(one, replace(two, column=33))), "beyond")
    refused(replace(GREY, tiles=(one, replace(two, row=1))), "beyond")
    refused(replace(GREY, tiles=(one,)), "cover")


def test_a_constant_tile_of_rgb_has_three_values() -> None:
    rgb = replace(
        GREY,
        samples_per_pixel=3,
        display=Display(colour="rgb"),
        tiles=(GREY.tiles[0], Tile(0, 32, 0, 8, 24, GREY.tiles[1].sha256, constant=(1, 2, 3))),
    )
    assert Manifest.from_dict(rgb.to_dict()) == rgb
    one = replace(rgb.planes[0], component=1)
    refused(replace(rgb, planes=(one,)), "one value for each")


def test_small_tiles_may_have_fewer_resolutions() -> None:
    header = GREY.headers[0]
    few = replace(
        GREY,
        headers=(header, Header(header.data, (1,))),
        tiles=(GREY.tiles[0], replace(GREY.tiles[1], constant=None, header=1, bytes=(1, 1, 1))),
    )
    read = Manifest.from_dict(few.to_dict())
    assert [read.resolutions_of(tile) for tile in (0, 1)] == [3, 1]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("display.modality_lut.bits", 12),
        ("display.overlays.0.group", 0x5000),
        ("display.palette.id", "A" * 64),
        ("display.padding", [0.5, 1]),
        ("display.slope", float("nan")),
        ("display.slope", float("inf")),
        ("display.slope", 10**400),
        ("display.slope", "1"),
        ("display.windows.0.explanation", "\ud800"),
        ("headers.0.data", "é"),
        ("headers.0.data", "A"),
        ("warnings", "text"),
        ("tiles", [1]),
    ],
)
def test_other_values_are_refused(path: str, value: Any) -> None:
    with pytest.raises(ManifestError):
        Manifest.from_dict(but(full_manifest().to_dict(), path, value))


def test_only_text_is_a_name() -> None:
    with pytest.raises(ManifestError, match=r"a field too many\."):
        Manifest.from_dict({**GREY.to_dict(), 5: 1})
    with pytest.raises(ManifestError, match="a field too many: mood"):
        Manifest.from_dict({**GREY.to_dict(), "mood": 1})


def test_integral_floats_are_written_as_integers() -> None:
    window = replace(GREY.display, windows=(Window(1e3, 2.5), Window(1e18, 1.0)))
    written = replace(GREY, display=window).to_dict()["display"]["windows"]
    assert repr(written) == ("[{'center': 1000, 'width': 2.5}, {'center': 1e+18, 'width': 1}]")
