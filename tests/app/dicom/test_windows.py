"""Windows: what they make of values, and which ones are taken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from app.dicom.windows import auto_window, robust_range, windowed, windows_of
from streaming.manifest import Window


def with_values(**values: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("function", "center", "width", "value", "grey"),
    [
        # PS3.3 C.11.2.1.2: c = 2048, w = 4096: x <= 0 is black, x > 4095 white, ((x - 2047.5) /
        # 4095 + .5) between
        ("LINEAR", 2048, 4096, 0, 0.0),
        ("LINEAR", 2048, 4096, 4095, 255.0),
        ("LINEAR", 2048, 4096, 1365, 85.0),
        # c = 2048, w = 1: x <= 2047.5 is black, all above white
        ("LINEAR", 2048, 1, 2047, 0.0),
        ("LINEAR", 2048, 1, 2048, 255.0),
        # c = 0, w = 100: x <= -50 black, x > 49 white
        ("LINEAR", 0, 100, -50, 0.0),
        ("LINEAR", 0, 100, 49, 255.0),
        ("LINEAR_EXACT", 0, 100, -50, 0.0),
        ("LINEAR_EXACT", 0, 100, 0, 127.5),
        ("LINEAR_EXACT", 0, 100, 50, 255.0),
        ("SIGMOID", 40, 400, 40, 127.5),
        ("SIGMOID", 40, 400, 140, 255 / (1 + np.exp(-1))),
    ],
)
def test_grey_levels(function: str, center: float, width: float, value: float, grey: float) -> None:
    found = windowed(np.array([value]), Window(center, width), function)[0]
    assert found == pytest.approx(grey, abs=0.01)


def test_all_windows_are_taken_with_what_they_are_for() -> None:
    dataset = with_values(
        WindowCenter=[40, 450], WindowWidth=[350, 1500], WindowCenterWidthExplanation=["A", "B"]
    )
    voi = windows_of(dataset, 1)
    assert voi.windows == (Window(40, 350, "A"), Window(450, 1500, "B"))
    assert voi.function == "LINEAR"


def test_the_same_window_is_named_once() -> None:
    dataset = with_values(WindowCenter=[40, 40, 40], WindowWidth=[100, 100, 200])
    assert windows_of(dataset, 1).windows == (Window(40, 100), Window(40, 200))


@pytest.mark.parametrize("width", [0, -5, 0.5, "", 1e12])
def test_a_window_that_makes_no_sense_is_left_out(width: Any) -> None:
    dataset = with_values(WindowCenter=0)
    if width != "":
        dataset.WindowWidth = width
    assert windows_of(dataset, 1).windows == ()


def test_a_width_below_one_makes_sense_where_the_function_is_exact() -> None:
    dataset = with_values(WindowCenter=0, WindowWidth=0.5, VOILUTFunction="LINEAR_EXACT")
    assert windows_of(dataset, 1).windows == (Window(0, 0.5),)


def test_a_frame_has_the_window_of_its_functional_group() -> None:
    def group(center: float) -> Dataset:
        voi = with_values(WindowCenter=center, WindowWidth=10, VOILUTFunction="SIGMOID")
        return with_values(FrameVOILUTSequence=[voi])

    dataset = with_values(
        PerFrameFunctionalGroupsSequence=[group(1), group(2)], WindowCenter=9, WindowWidth=9
    )
    assert windows_of(dataset, 2).windows == (Window(2, 10),)
    assert windows_of(dataset, 2).function == "SIGMOID"
    assert windows_of(dataset, 3).windows == (Window(9, 9),)


def test_an_automatic_window_shows_the_whole_range() -> None:
    window = auto_window(0, 255)
    assert (window.center, window.width) == (127.5, 255)
    ramp = np.arange(256)
    assert np.allclose(windowed(ramp, window, "LINEAR_EXACT"), ramp, atol=1e-3)
    assert auto_window(7, 7).width == 1


def test_outliers_do_not_widen_the_range() -> None:
    values = np.concatenate([np.arange(1000), [60000]])
    low, high = robust_range(values)
    assert low == pytest.approx(5)
    assert high == pytest.approx(995)


def test_a_range_of_one_value_and_of_none() -> None:
    assert robust_range(np.full(5, 3.0)) == (3.0, 3.0)
    assert robust_range(np.array([np.nan])) == (0.0, 1.0)
