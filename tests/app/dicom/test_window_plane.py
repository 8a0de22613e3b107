"""Frames of a narrow window, coded as a window plane and the difference it leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import FileDataset

from app.dicom.encode import encode_frame
from app.dicom.frame import EncodedFrame
from app.dicom.layers import layers_for
from app.dicom.pixels import decode_frame
from app.dicom.reassemble import stored_samples
from app.dicom.window_plane import Narrow, encode_narrow, is_narrow, split
from streaming.manifest import Display, Manifest, Table, Window
from streaming.priority import READABLE, layers_until
from streaming.vocabulary import WindowLevel
from streaming.window_plane import has_window_plane, shown
from tests.app.dicom.making import make_dataset, save
from tests.app.dicom.public_data import public_file
from tests.tools.rate import decode_tile
from tests.vectors.examples import narrow_manifest

HEADS = ("693_J2KR.dcm", "J2K_pixelrep_mismatch.dcm")
BRAIN = Display(intercept=-1024.0, unit="HU", windows=(Window(40.0, 80.0),))
Samples = NDArray[Any]


def head(rows: int = 128, columns: int = 128, seed: int = 1) -> Samples:
    """A noisy disc of brain in a ring of bone, in air: stored values from 0."""
    y, x = np.mgrid[0:rows, 0:columns]
    distance = np.hypot((y - rows / 2) / rows, (x - columns / 2) / columns)
    values = np.select([distance < 0.36, distance < 0.42], [36, 1100], -1000) + 1024
    noise = np.random.default_rng(seed).normal(0, 4, values.shape)
    return np.clip(np.rint(values + noise), 0, 4095).astype(np.uint16)


def ct(samples: Samples, **attributes: Any) -> FileDataset:
    window = {"WindowCenter": 40, "WindowWidth": 80, "RescaleSlope": 1, "RescaleIntercept": -1024}
    return make_dataset(samples, **{"Modality": "CT", **window, **attributes})


@pytest.mark.parametrize("name", HEADS)
def test_a_head_is_readable_in_little_exact_in_the_end_and_bone_is_near(name: str) -> None:
    encoded = encode_frame(public_file(name), 1)
    manifest = encoded.manifest
    assert has_window_plane(manifest)
    assert np.array_equal(stored_samples(encoded), decode_frame(public_file(name), 1))
    assert layers_until(manifest, READABLE, None) == (len(manifest.planes[0].layers), 0)
    window = _bytes(manifest, layers_until(manifest, READABLE, None))
    assert window <= 13_000
    bone = WindowLevel(300, 2000)
    assert shown(manifest, layers_until(manifest, READABLE, None), bone).rmse > 100
    both = tuple(
        map(max, layers_until(manifest, READABLE, None), layers_until(manifest, READABLE, bone))
    )
    assert _bytes(manifest, both) - window <= 20_000


def _bytes(manifest: Manifest, layers: tuple[int, ...]) -> int:
    return sum(sum(tile.bytes[: layers[tile.plane]]) for tile in manifest.tiles)


@pytest.mark.parametrize("name", [*HEADS, "bad_sequence.dcm"])
@pytest.mark.parametrize(
    "window",
    [None, WindowLevel(40, 40), WindowLevel(80, 200), WindowLevel(40, 350), WindowLevel(300, 2000)],
)
def test_what_is_stated_holds_at_any_window(name: str, window: WindowLevel | None) -> None:
    encoded = encode_frame(public_file(name), 1)
    manifest = encoded.manifest
    exact = decode_frame(public_file(name), 1).astype(float)
    first, second = (len(plane.layers) for plane in manifest.planes)
    for layers in ((1, 0), (first, 0), (1, 1), (first, 1), (first, 4), (first, second - 1)):
        planes, stated = shown(manifest, layers, window)
        picture = _shown(encoded, layers, planes)
        difference = _grey(manifest, picture, window) - _grey(manifest, exact, window)
        assert np.sqrt((difference**2).mean()) <= stated + 1e-3


def _shown(encoded: EncodedFrame, layers: tuple[int, int], planes: int) -> Samples:
    manifest = encoded.manifest
    window = decode_tile(encoded, 0, layers[0], 0)[:, :, 0]
    if planes == 1:
        return window + manifest.planes[0].alone[0].low
    return window + decode_tile(encoded, 1, layers[1], 0)[:, :, 0] - manifest.offset


def _grey(manifest: Manifest, stored: Samples, window: WindowLevel | None) -> Samples:
    display = manifest.display
    level = window or display.windows[0]
    values = stored * display.slope + display.intercept
    grey: Samples = 255 * np.clip((values - level.center) / level.width + 0.5, 0, 1)
    return grey


def test_a_frame_of_several_tiles_is_readable_in_each(tmp_path: Path) -> None:
    encoded = encode_frame(save(ct(head(1024, 700)), tmp_path / "a.dcm"), 1)
    manifest = encoded.manifest
    assert has_window_plane(manifest)
    assert len(manifest.tiles) == 4
    assert manifest.planes[0].alone[0].layers[-1] <= READABLE
    assert np.array_equal(stored_samples(encoded), head(1024, 700))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(16, 70),
    st.integers(16, 70),
    st.integers(0, 2**32 - 1),
    st.floats(0.5, 4),
    st.floats(-1200, 3000),
    st.floats(1, 500),
    st.booleans(),
)
def test_the_two_planes_are_the_frame(
    rows: int, columns: int, seed: int, slope: float, center: float, width: float, signed: bool
) -> None:
    random = np.random.default_rng(seed)
    samples = head(rows, columns, seed)
    scattered = random.random(samples.shape) < 0.02
    samples[scattered] = random.integers(0, 65536, int(scattered.sum()))
    if signed:
        samples = (samples.astype(np.int32) - 2000).clip(-32768, 32767).astype(np.int16)
    display = Display(slope=slope, intercept=-1024.0, unit="HU", windows=(Window(center, width),))
    narrow = split(samples, display, 3)
    if narrow is None:
        return
    encoded = _as_encoded(narrow, display, samples)
    assert np.array_equal(stored_samples(encoded), samples)
    manifest = Manifest.from_dict(encoded.manifest.to_dict())
    assert manifest == encoded.manifest
    assert all(plane.layers[-1] == 0 for plane in manifest.planes)


def _as_encoded(narrow: Narrow, display: Display, samples: Samples) -> EncodedFrame:
    made = narrow.made
    manifest = replace(
        narrow_manifest(),
        rows=samples.shape[0],
        columns=samples.shape[1],
        offset=narrow.offset,
        resolutions=made.resolutions,
        planes=tuple(made.planes),
        tiles=tuple(made.tiles),
        headers=tuple(made.headers),
        display=display,
    )
    return EncodedFrame(manifest, made.index, b"".join(made.body), b"", {})


def test_a_tile_with_nothing_in_the_window_or_outside_is_left_alone() -> None:
    air = np.full((64, 64), 24, np.uint16)
    air[::2] = 30
    assert split(air, BRAIN, 3) is None
    assert split(np.full((64, 64), 1060, np.uint16), BRAIN, 3) is None


@pytest.mark.parametrize(
    ("samples", "display", "narrow"),
    [
        (head(), BRAIN, True),
        (head().astype(np.int16), BRAIN, True),
        (head().astype(np.int32), BRAIN, False),
        (head().astype(np.float32), BRAIN, False),
        (np.dstack([head()] * 3), BRAIN, False),
        (head(), replace(BRAIN, unit=""), False),
        (head(), replace(BRAIN, slope=-1.0), False),
        (head(), replace(BRAIN, inverted=True), False),
        (head(), replace(BRAIN, voi_function="SIGMOID"), False),
        (head(), replace(BRAIN, voi_luts=(Table("1" * 64, 256),)), False),
        (head(), replace(BRAIN, modality_lut=Table("1" * 64, 256)), False),
        (head(), replace(BRAIN, windows=(Window(-600.0, 1500.0),)), False),
    ],
)
def test_which_frames_are_narrow(samples: Samples, display: Display, narrow: bool) -> None:
    assert is_narrow(samples, display) is narrow


def test_where_two_planes_do_not_pay_there_is_one() -> None:
    noise = np.random.default_rng(3).integers(1020, 1110, (256, 256)).astype(np.uint16)
    assert split(noise, BRAIN, 5) is not None
    assert encode_narrow(noise, BRAIN, noise, layers_for(80 / 255, 65535)) is None
    lung = public_file("1-30.dcm")
    assert len(encode_frame(lung, 1).manifest.planes) == 1
