"""From stored samples to planes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.dicom.mapping import Coded, code_samples
from app.errors import UnsupportedPixels


def summed(coded: Coded) -> NDArray[Any]:
    """Stored samples from planes, as the manifest defines it."""
    grey = coded.planes[0].component is None
    total: Any = 0
    if grey:
        for plane in coded.planes:
            total = total + (plane.samples.astype(np.int64) << plane.shift)
    else:
        components = sorted({plane.component or 0 for plane in coded.planes})
        total = np.stack(
            [
                sum(
                    plane.samples.astype(np.int64) << plane.shift
                    for plane in coded.planes
                    if plane.component == component
                )
                for component in components
            ],
            axis=-1,
        )
    return np.asarray(total - coded.offset)


@pytest.mark.parametrize(
    ("samples", "planes", "bits"),
    [
        (np.array([[0, 255]], "u1"), 1, 8),
        (np.array([[-128, 127]], "i1"), 1, 8),
        (np.array([[0, 65535]], "u2"), 1, 16),
        (np.array([[-32768, 32767]], "i2"), 1, 16),
        (np.array([[795000, 800000]], "u4"), 1, 32),
        (np.array([[0, 4294967295]], "u4"), 2, 32),
        (np.array([[-2147483648, 2147483647]], "i4"), 2, 32),
        (np.array([[-3, 4]], "i8"), 1, 64),
        (np.array([[[0, 1, 65535]]], "u2"), 3, 16),
        (np.array([[[0, 1, 4294967295]]], "u4"), 6, 32),
        (np.array([[[0, 1, 255]]], "u1"), 1, 8),
    ],
)
def test_integers_are_exact(samples: NDArray[Any], planes: int, bits: int) -> None:
    coded = code_samples(samples, samples.dtype.itemsize * 8)
    assert len(coded.planes) == planes
    assert coded.bits_stored == bits
    assert coded.mapping is None
    assert all(plane.samples.dtype in (np.uint8, np.uint16) for plane in coded.planes)
    assert np.array_equal(summed(coded), samples.astype(np.int64))


def test_bytes_in_words_are_coded_as_bytes() -> None:
    coded = code_samples(np.array([[0, 200]], "u2"), 8)
    assert coded.planes[0].samples.dtype == np.uint8
    assert coded.bits_stored == 8
    coded = code_samples(np.array([[0, 300]], "u2"), 8)
    assert coded.planes[0].samples.dtype == np.uint16
    assert coded.bits_stored == 9


def test_64_bits_that_span_too_much_are_refused() -> None:
    with pytest.raises(UnsupportedPixels, match="32 bits"):
        code_samples(np.array([[0, 1 << 40]], "i8"), 64)


def test_floats_are_mapped_to_half_a_step_and_labelled() -> None:
    samples = np.linspace(-1.5, 2.5, 1000, dtype="f4").reshape(10, 100)
    coded = code_samples(samples, 32)
    assert coded.mapping is not None
    assert not coded.mapping.exact
    assert "65536 equal steps" in coded.mapping.label
    back = coded.planes[0].samples * coded.mapping.slope + coded.mapping.intercept
    assert np.abs(back - samples).max() <= coded.mapping.slope * 0.5001


def test_floats_that_are_whole_numbers_are_exact() -> None:
    coded = code_samples(np.array([[-5.0, 1000.0]]), 64)
    assert coded.mapping is not None
    assert coded.mapping.exact
    back = coded.planes[0].samples * coded.mapping.slope + coded.mapping.intercept
    assert back.tolist() == [[-5.0, 1000.0]]


def test_values_that_are_not_numbers_are_shown_as_the_lowest() -> None:
    coded = code_samples(np.array([[np.nan, 1.5], [np.inf, 3.5]]), 64)
    assert coded.mapping is not None
    assert not coded.mapping.exact
    assert "not numbers" in coded.mapping.label
    assert coded.planes[0].samples.tolist() == [[0, 0], [0, 65535]]


def test_floats_all_alike() -> None:
    coded = code_samples(np.full((2, 2), 0.25), 64)
    assert coded.mapping is not None
    assert coded.mapping.intercept == 0.25
    assert not coded.planes[0].samples.any()
