"""Where the picture lies in the patient: letters at its edges, side, spacing, and the shape of a
pixel."""

from __future__ import annotations

from typing import Final

from pydicom.dataset import Dataset

from app.dicom.attributes import functional_groups, numbers, text
from app.dicom.examination import orientation_of
from streaming.manifest import Geometry

AXES: Final = (("L", "R"), ("P", "A"), ("H", "F"))
"""Towards rising and falling x, y, z of the patient (PS3.3 C.7.6.2.1.1)."""
OPPOSITE: Final = {"L": "R", "R": "L", "P": "A", "A": "P", "H": "F", "F": "H"}
OBLIQUE: Final = 0.25
"""Direction cosine from which an axis is named at an edge (14 degrees)."""
SIDES: Final = ("L", "R", "B", "U")
MOST_MM: Final = 1000.0
LEAST_SIDE: Final = 0.001
MOST_SIDE: Final = 1000.0

Pair = tuple[float, float]


def geometry_of(dataset: Dataset, frame: int) -> Geometry:
    """Return the geometry of ``frame`` (from 1)."""
    return Geometry(
        edges=edges_of(dataset, frame),
        laterality=laterality_of(dataset, frame),
        spacing_mm=spacing_of(dataset, frame),
    )


def edges_of(dataset: Dataset, frame: int) -> tuple[str, str, str, str]:
    """Return the letters at the left, top, right and bottom edge; empty where the file does not
    say."""
    orientation = orientation_of(dataset, frame)
    if orientation:
        right, bottom = letters(orientation[:3]), letters(orientation[3:])
    else:
        named = [part.strip().upper() for part in text(dataset, "PatientOrientation").split(",")]
        right, bottom = (_known(part) for part in named) if len(named) == 2 else ("", "")
    return (opposite(right), opposite(bottom), right, bottom)


def letters(direction: tuple[float, ...]) -> str:
    """Return the letters of a direction in the patient, the strongest first, e.g. "RA"."""
    strongest = sorted(zip(direction, AXES, strict=True), key=lambda part: -abs(part[0]))
    return "".join(
        axis[0] if cosine > 0 else axis[1] for cosine, axis in strongest if abs(cosine) >= OBLIQUE
    )


def opposite(named: str) -> str:
    return "".join(OPPOSITE[letter] for letter in named)


def _known(named: str) -> str:
    return named if all(letter in OPPOSITE for letter in named) else ""


def laterality_of(dataset: Dataset, frame: int) -> str:
    anatomy = functional_groups(dataset, frame, "FrameAnatomySequence")
    found = (
        text(anatomy, "FrameLaterality") if anatomy is not None else "",
        text(dataset, "ImageLaterality"),
        text(dataset, "Laterality"),
    )
    return next((side for side in found if side in SIDES), "")


def spacing_of(dataset: Dataset, frame: int) -> Pair | None:
    """Return the distance between rows and between columns in the patient, in mm; None where
    unknown.

    Imager Pixel Spacing is measured at the detector, not in the patient, and is not taken for it.
    """
    measures = functional_groups(dataset, frame, "PixelMeasuresSequence")
    for holder in (measures, dataset):
        pair = plausible(numbers(holder, "PixelSpacing")) if holder is not None else None
        if pair is not None:
            return pair
    return None


def pixel_aspect_of(dataset: Dataset, frame: int) -> Pair:
    """Return height and width of a pixel in any common unit: square where the file does not say."""
    height, width = _sides_of(dataset, frame)
    if all(LEAST_SIDE <= side <= MOST_SIDE for side in (height, width)):
        return (height, width)
    return (height / width, 1.0)


def _sides_of(dataset: Dataset, frame: int) -> Pair:
    spacing = spacing_of(dataset, frame)
    if spacing is not None:
        return spacing
    for keyword in ("ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        pair = plausible(numbers(dataset, keyword))
        if pair is not None:
            return pair
    ratio = numbers(dataset, "PixelAspectRatio")
    if len(ratio) == 2 and min(ratio) > 0 and 0.1 <= ratio[0] / ratio[1] <= 10:
        return (ratio[0], ratio[1])
    return (1.0, 1.0)


def plausible(values: tuple[float, ...]) -> Pair | None:
    """Return a spacing that can be one: both above zero, below a metre, and not wildly
    different."""
    if len(values) != 2 or not all(0 < value < MOST_MM for value in values):
        return None
    return (values[0], values[1]) if 0.1 <= values[0] / values[1] <= 10 else None
