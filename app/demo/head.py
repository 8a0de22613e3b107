"""A head-like CT: 120 slices of 512 x 512 in Hounsfield units, changing smoothly from skull base
to vertex."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.demo.dataset import (
    DESCRIPTION,
    LABEL,
    new_dataset,
    phantom_uid,
    save,
    set_pixels,
    written,
)
from app.demo.shapes import Field, ellipse, smooth_noise, soft

SOP_CLASS: Final = "1.2.840.10008.5.1.4.1.1.2"  # CT Image Storage
SLICES, SIDE = 120, 512
SPACING_MM: Final = 0.45
THICKNESS_MM: Final = 1.25
INTERCEPT: Final = -1024
AIR: Final = -1000.0


def write_head(folder: Path, progress: Callable[[str], None]) -> list[Path]:
    """Write the stack and return its paths, foot to head."""
    label = written(LABEL, (SIDE, SIDE), (10, SIDE - 34), 22)
    paths = []
    for number, hounsfield in enumerate(head_slices(), start=1):
        dataset = new_dataset("head", SOP_CLASS, "CT", number)
        dataset.StudyDescription = f"CT head. {DESCRIPTION}"
        dataset.SeriesDescription = "Head 1.25 mm"
        dataset.BodyPartExamined = "HEAD"
        dataset.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        dataset.FrameOfReferenceUID = phantom_uid("head", "frame of reference")
        dataset.PatientPosition = "HFS"
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        corner = -SPACING_MM * (SIDE - 1) / 2
        dataset.ImagePositionPatient = [corner, corner, (number - 1) * THICKNESS_MM]
        dataset.PixelSpacing = [SPACING_MM, SPACING_MM]
        dataset.SliceThickness = THICKNESS_MM
        dataset.KVP = 120
        dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = INTERCEPT, 1, "HU"
        dataset.WindowCenter, dataset.WindowWidth = [40, 75, 500], [80, 200, 2500]
        dataset.WindowCenterWidthExplanation = ["Brain", "Subdural", "Bone"]
        hounsfield[label] = 1000
        stored = np.clip(np.rint(hounsfield - INTERCEPT), 0, 4095).astype(np.uint16)
        set_pixels(dataset, stored, 12)
        paths.append(save(dataset, folder / "head" / f"{number:03}.dcm"))
        if number % 40 == 0:
            progress(f"CT head phantom: {number} of {SLICES} slices")
    return paths


def head_slices() -> Iterator[NDArray[np.float32]]:
    """Yield the slices in Hounsfield units, foot to head."""
    generator = np.random.default_rng(120)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j].astype(np.float32)
    noise = [_ct_noise(generator) for _ in range(4)]
    folds = [smooth_noise(generator, (SIDE, SIDE), grain) for grain in (9, 16, 30)]
    for number in range(SLICES):
        z = number / (SLICES - 1)
        values = _slice(x, y, z, folds)
        grain = np.roll(noise[number % 4], (37 * number, 91 * number), (0, 1))
        yield np.asarray(values + grain, np.float32)


def _ct_noise(generator: np.random.Generator) -> Field:
    """Reconstruction noise: fine grain that is correlated over a pixel or two."""
    white = generator.standard_normal((SIDE, SIDE), np.float32)
    mixed = white + 0.6 * np.roll(white, 1, 0) + 0.6 * np.roll(white, 1, 1)
    return np.asarray(mixed * 3.2, np.float32)


def _slice(x: Field, y: Field, z: float, folds: list[Field]) -> Field:
    # Radii of the skull at this height: widest a little above the middle, closing at the vertex.
    size = float(np.sqrt(max(0.02, 1 - ((z - 0.42) / 0.62) ** 2)))
    wide, long = 0.60 * size, 0.76 * size
    skull = np.hypot(x / wide, (y + 0.02) / long)
    thick = 0.085 / size
    scalp = soft(1.07 + 0.02 / size - skull, 0.02)
    bone = soft(1 - skull, 0.012)
    inside = soft(1 - thick - skull, 0.012)
    marrow = np.exp(-(((skull - 1 + thick / 2) / (thick / 4)) ** 2))
    brain = _brain(x / size, y / size, z, folds)
    values = AIR + scalp * (1000 + 15)
    values = values + bone * (985 - 420 * marrow)
    values = values + inside * (brain - 1000)
    if z < 0.38:
        values = _face(values, x, y, z, scalp)
    values = _table(values, x, y)
    return np.asarray(values, np.float32)


def _brain(x: Field, y: Field, z: float, folds: list[Field]) -> Field:
    """Grey and white matter, ventricles, falx, a bleed on one side."""
    depth = np.hypot(x / 0.60, (y + 0.02) / 0.76)
    # The folds drift with z, so that neighbouring slices look alike.
    drift = (round(z * 60), round(z * 34))
    waves = np.roll(folds[0], drift, (0, 1)) + 0.8 * np.roll(folds[1], drift[::-1], (0, 1))
    cortex = soft(depth + 0.09 * waves - 0.74, 0.12)
    values = 28 + 10 * cortex + 1.5 * folds[2]
    sulci = soft(depth + 0.20 * np.abs(waves) - 0.99, 0.05) * soft(0.93 - depth, 0.04)
    values = values - 22 * sulci * 0.8
    open_to = float(np.clip(np.sin((z - 0.36) / 0.36 * np.pi), 0, 1)) if 0.36 < z < 0.72 else 0.0
    if open_to > 0:
        side = np.abs(x)
        for center, radii in (
            ((0.075, -0.17), (0.052, 0.16)),
            ((0.12, 0.16), (0.055, 0.17)),
        ):
            horn = ellipse(side, y, center, (radii[0] * open_to + 0.004, radii[1] * open_to), 0.18)
            values = values + horn * (6 - values)
        deep = ellipse(side, y, (0.15, 0.0), (0.07, 0.12), 0.3) * open_to
        values = values + 7 * deep
    falx = (
        np.exp(-((x / 0.010) ** 2))
        * soft(np.abs(y) - 0.33, 0.08)
        * np.float32(np.clip((z - 0.45) / 0.1, 0, 1))
    )
    values = values + 32 * falx
    lens = soft(depth - 0.80, 0.03) * soft(-x - 0.1, 0.06) * soft(0.30 - np.abs(y - 0.02), 0.14)
    here = float(np.exp(-(((z - 0.56) / 0.10) ** 2)))
    return np.asarray(values + 34 * lens * here, np.float32)


def _face(values: Field, x: Field, y: Field, z: float, scalp: Field) -> Field:
    """Eyes, sinuses and petrous bone, fading upwards."""
    here = np.float32(np.clip((0.38 - z) / 0.10, 0, 1))
    side = np.abs(x)
    petrous = soft(0.045 - np.abs(y - 0.14 - 0.35 * (side - 0.2)), 0.03) * soft(side - 0.07, 0.05)
    petrous = petrous * soft(0.40 - side, 0.05) * here * np.float32(max(0.0, 1 - z / 0.3))
    values = values + petrous * (1100 - values) * 0.9
    orbit = ellipse(side, y, (0.23, -0.50), (0.13, 0.14), 0.08) * here
    values = values + orbit * (-70 - values)
    eye = ellipse(side, y, (0.23, -0.54), (0.085, 0.09), 0.06) * here
    values = values + eye * (8 - values)
    sinus = ellipse(x, y, (0.0, -0.42), (0.10, 0.17), 0.06) * here
    septum = np.exp(-((x / 0.008) ** 2)) + np.exp(-(((side - 0.05) / 0.006) ** 2))
    values = values + sinus * scalp * ((-900 + 1300 * np.clip(septum, 0, 1)) - values)
    air_cells = ellipse(side, y, (0.47, 0.20), (0.07, 0.09), 0.1) * here
    return np.asarray(values + air_cells * scalp * (-500 - values) * 0.7, np.float32)


def _table(values: Field, x: Field, y: Field) -> Field:
    """The head rest: a thin shell below."""
    shell = np.abs(np.hypot(x / 0.80, (y - 0.05) / 0.90) - 1) * 0.85
    rest = soft(0.012 - shell, 0.006) * soft(y - 0.45, 0.02)
    return np.asarray(values + rest * (-150 - values), np.float32)
