"""The Preview."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.dicom.encode import encode_frame
from app.dicom.preview import ENOUGH_BYTES, make_preview
from tests.app.dicom.public_data import public_file


def opened(preview: bytes) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(preview))
    assert image.format == "WEBP"
    return np.asarray(image)


def test_a_small_picture_keeps_its_size() -> None:
    assert opened(make_preview(np.full((30, 50), 99, np.uint8))).shape == (30, 50, 3)


@pytest.mark.parametrize("shape", [(3000, 2500), (2500, 3000, 3), (600, 40)])
def test_the_long_side_is_at_most_512(shape: tuple[int, ...]) -> None:
    found = opened(make_preview(np.zeros(shape, np.uint8)))
    assert max(found.shape) == 512


def test_colour_stays_colour() -> None:
    red = np.zeros((64, 64, 3), np.uint8) + np.array([200, 10, 10], np.uint8)
    assert np.abs(opened(make_preview(red)).astype(int) - red).max() < 12


def test_noise_is_small_too() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (512, 512), np.uint8)
    assert len(make_preview(noise)) <= ENOUGH_BYTES


@pytest.mark.parametrize("name", ["CT1_UNC.implicit_little_endian.dcm", "US1_UNCR.dcm"])
def test_a_real_picture_is_recognisable_in_a_few_kilobytes(name: str) -> None:
    preview = encode_frame(public_file(name), 1).preview
    assert 2000 < len(preview) <= ENOUGH_BYTES
    assert opened(preview).std() > 20
