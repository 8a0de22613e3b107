"""The frame rate of a cine, from each attribute that may say it."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.dicom.timing import NOTHING_SAID, Timing, sweeps, timing_of
from tests.app.dicom.public_data import public_file

FRAME_TIME, VECTOR = 0x00181063, 0x00181065


def saying(**values: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def test_a_file_that_says_nothing_is_shown_at_fifteen_a_second_and_the_reader_is_told() -> None:
    timing = timing_of(saying(), 10)
    assert (round(timing.rate, 6), timing.source, timing.note) == (15, "", NOTHING_SAID)


@pytest.mark.parametrize(
    ("values", "milliseconds", "source"),
    [
        ({"RecommendedDisplayFrameRate": 25}, 40, "RecommendedDisplayFrameRate"),
        ({"CineRate": 50}, 20, "CineRate"),
        ({"FrameTime": 33.333}, 33.333, "FrameTime"),
        ({"FrameTimeVector": [0, 40, 40]}, 40, "FrameTimeVector"),
        # What is recommended for display comes before what was measured, and that before a rate
        # rounded to whole frames.
        ({"RecommendedDisplayFrameRate": 33, "CineRate": 30, "FrameTime": 30}, 1000 / 33, None),
        ({"CineRate": 21, "FrameTime": 47.4359}, 47.4359, "FrameTime"),
        # The pointer decides between two measured ones.
        (
            {"FrameTime": 50, "FrameTimeVector": [0, 40, 40], "FrameIncrementPointer": VECTOR},
            40,
            "FrameTimeVector",
        ),
        (
            {"FrameTime": 50, "FrameTimeVector": [0, 40, 40], "FrameIncrementPointer": FRAME_TIME},
            50,
            "FrameTime",
        ),
        (
            {
                "FrameTime": 50,
                "FrameTimeVector": [0, 40, 40],
                "FrameIncrementPointer": [FRAME_TIME, VECTOR],
            },
            40,
            "FrameTimeVector",
        ),
        # A value that cannot be right counts as not said.
        ({"RecommendedDisplayFrameRate": 0, "FrameTime": 40}, 40, "FrameTime"),
        ({"RecommendedDisplayFrameRate": -5, "CineRate": 10}, 100, "CineRate"),
        ({"FrameTime": 0, "CineRate": 10}, 100, "CineRate"),
        ({"FrameTime": 1e9, "CineRate": 10}, 100, "CineRate"),
        ({"FrameTimeVector": [0, 40], "CineRate": 10}, 100, "CineRate"),
        ({"FrameTimeVector": [0, 40, 0], "CineRate": 10}, 100, "CineRate"),
    ],
)
def test_which_attribute_counts(
    values: dict[str, Any], milliseconds: float, source: str | None
) -> None:
    timing = timing_of(saying(**values), 3)
    assert timing.milliseconds == pytest.approx(milliseconds)
    assert source is None or timing.source == source
    assert timing.note == ""


def test_increments_that_differ_are_kept_one_by_one() -> None:
    timing = timing_of(saying(FrameTimeVector=[0, 20, 40, 30]), 4)
    # Between 1 and 2, 2 and 3, 3 and 4; the last frame is shown for the mean.
    assert timing.each == (20, 40, 30, 30)
    assert timing.milliseconds == 30
    assert Timing.from_dict(timing.to_dict()) == timing


@pytest.mark.parametrize("bad", ["FrameTime", "CineRate", "RecommendedDisplayFrameRate"])
def test_a_value_that_is_no_number_is_no_error(bad: str) -> None:
    dataset = Dataset()
    dataset.add_new(bad, "LO", "fast")
    assert timing_of(dataset, 5).note == NOTHING_SAID


def test_playing_to_and_fro_is_asked_for_by_one() -> None:
    assert sweeps(saying(PreferredPlaybackSequencing=1))
    assert not sweeps(saying(PreferredPlaybackSequencing=0))
    assert not sweeps(saying())


@pytest.mark.parametrize(
    ("name", "rate", "source", "even"),
    [
        ("us-cine/acuson-stress-echo/I_000007.dcm", 25, "FrameTimeVector", True),
        ("us-cine/acuson-stress-echo/I_000013.dcm", None, "FrameTimeVector", False),
        (
            "us-cine/hp-pediatric-echo-nonsquare/I_000001.dcm",
            33,
            "RecommendedDisplayFrameRate",
            True,
        ),
        ("us-cine/sonosite-120-frames/color3d_jpeg_baseline.dcm", 30, "FrameTime", True),
        ("us-cine/execho-8-frames-mono/US-MONO2-8-8x-execho.dcm", 10, "FrameTime", True),
        ("xa/philips-cath-75-frames-mlut/I_000000.dcm", 15, "FrameTime", True),
    ],
)
def test_the_rate_of_real_cines(name: str, rate: float | None, source: str, even: bool) -> None:
    dataset = dcmread(public_file(name), stop_before_pixels=True)
    timing = timing_of(dataset, int(dataset.NumberOfFrames))
    assert timing.source == source
    assert (timing.each == ()) == even
    if rate is not None:
        assert timing.rate == pytest.approx(rate, rel=1e-3)
