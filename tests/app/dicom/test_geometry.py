"""Letters, side, spacing and the shape of a pixel."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydicom.dataset import Dataset

from app.dicom.geometry import edges_of, laterality_of, letters, pixel_aspect_of, spacing_of

HALF = math.sqrt(0.5)


def with_values(**values: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("orientation", "edges"),
    [
        ([1, 0, 0, 0, 1, 0], ("R", "A", "L", "P")),  # axial
        ([1, 0, 0, 0, 0, -1], ("R", "H", "L", "F")),  # coronal
        ([0, 1, 0, 0, 0, -1], ("A", "H", "P", "F")),  # sagittal
        ([HALF, HALF, 0, 0, 0, -1], ("RA", "H", "LP", "F")),  # oblique
        ([0.98, 0.199, 0, -0.199, 0.98, 0], ("R", "A", "L", "P")),  # turned by 11 degrees
    ],
)
def test_edges_from_image_orientation(
    orientation: list[float], edges: tuple[str, str, str, str]
) -> None:
    assert edges_of(with_values(ImageOrientationPatient=orientation), 1) == edges


def test_the_strongest_axis_comes_first() -> None:
    assert letters((-0.4, 0.3, -0.87)) == "FRP"


def test_edges_from_patient_orientation() -> None:
    assert edges_of(with_values(PatientOrientation=["L", "F"]), 1) == ("R", "H", "L", "F")
    assert edges_of(with_values(PatientOrientation=["AR", "HP"]), 1) == ("PL", "FA", "AR", "HP")


def test_edges_are_empty_where_the_file_does_not_say() -> None:
    assert edges_of(Dataset(), 1) == ("", "", "", "")
    assert edges_of(with_values(PatientOrientation=["LE", "?"]), 1) == ("", "", "", "")


def test_orientation_of_a_frame_comes_from_its_functional_group() -> None:
    def group(orientation: list[float]) -> Dataset:
        plane = with_values(ImageOrientationPatient=orientation)
        return with_values(PlaneOrientationSequence=[plane])

    frames = [group([1, 0, 0, 0, 1, 0]), group([0, 1, 0, 0, 0, -1])]
    dataset = with_values(PerFrameFunctionalGroupsSequence=frames)
    assert edges_of(dataset, 1) == ("R", "A", "L", "P")
    assert edges_of(dataset, 2) == ("A", "H", "P", "F")
    shared = with_values(SharedFunctionalGroupsSequence=frames[1:])
    assert edges_of(shared, 7) == ("A", "H", "P", "F")


def test_laterality() -> None:
    assert laterality_of(with_values(Laterality="R"), 1) == "R"
    assert laterality_of(with_values(ImageLaterality="L", Laterality="R"), 1) == "L"
    assert laterality_of(with_values(Laterality="?"), 1) == ""


@pytest.mark.parametrize(
    ("spacing", "found"),
    [
        ([0.667, 0.7], (0.667, 0.7)),
        ([0.0, 0.0], None),
        ([-1, 1], None),
        ([0.5], None),
        ([5000, 5000], None),
        ([0.01, 5], None),
    ],
)
def test_spacing_is_taken_only_where_it_can_be_one(
    spacing: list[float], found: tuple[float, float] | None
) -> None:
    assert spacing_of(with_values(PixelSpacing=spacing), 1) == found


def test_spacing_at_the_detector_is_not_spacing_in_the_patient() -> None:
    dataset = with_values(ImagerPixelSpacing=[0.15, 0.15])
    assert spacing_of(dataset, 1) is None
    assert pixel_aspect_of(dataset, 1) == (0.15, 0.15)


@pytest.mark.parametrize(
    ("values", "aspect"),
    [
        ({}, (1.0, 1.0)),
        ({"PixelAspectRatio": [4, 3]}, (4.0, 3.0)),
        ({"PixelAspectRatio": [1]}, (1.0, 1.0)),
        ({"PixelAspectRatio": [0, 3]}, (1.0, 1.0)),
        ({"PixelAspectRatio": [1000000, 1000000]}, (1.0, 1.0)),
        ({"PixelSpacing": [0.000499, 0.000499]}, (1.0, 1.0)),
        ({"PixelSpacing": [0, 0], "PixelAspectRatio": [2, 1]}, (2.0, 1.0)),
        ({"PixelSpacing": [4.0, 6.4]}, (4.0, 6.4)),
    ],
)
def test_pixel_aspect(values: dict[str, Any], aspect: tuple[float, float]) -> None:
    assert pixel_aspect_of(with_values(**values), 1) == aspect
