"""A chest-like radiograph in clinical size: 3000 rows, 2500 columns, 14 of 16 bits. Not a
patient."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.demo.dataset import DESCRIPTION, LABEL, new_dataset, save, set_pixels, written
from app.demo.shapes import Field, dome, ellipse, enlarge, smooth_noise, soft

SOP_CLASS: Final = "1.2.840.10008.5.1.4.1.1.1.1"  # Digital X-Ray Image Storage - For Presentation
ROWS, COLUMNS = 3000, 2500
BITS: Final = 14
DRAWN_AT: Final = 4
"""Anatomy is drawn at a quarter of the size and enlarged; noise and text are added at full size."""


def write_chest(folder: Path) -> Path:
    """Write the radiograph and return its path."""
    dataset = new_dataset("chest", SOP_CLASS, "DX", 1)
    dataset.StudyDescription = f"Chest PA. {DESCRIPTION}"
    dataset.SeriesDescription = "Chest PA"
    dataset.BodyPartExamined = "CHEST"
    dataset.ViewPosition = "PA"
    dataset.PatientOrientation = ["L", "F"]
    dataset.ImageLaterality = "U"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.PixelIntensityRelationship = "LOG"
    dataset.PixelIntensityRelationshipSign = -1
    dataset.ImagerPixelSpacing = [0.143, 0.143]
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "US"
    dataset.WindowCenter, dataset.WindowWidth = [8200, 7400], [13600, 7200]
    dataset.WindowCenterWidthExplanation = ["Normal", "Harder"]
    set_pixels(dataset, chest_samples(), BITS)
    return save(dataset, folder / "chest.dcm")


def chest_samples() -> NDArray[np.uint16]:
    """Return the picture; brighter is denser."""
    generator = np.random.default_rng(20261124)
    shape = (ROWS // DRAWN_AT, COLUMNS // DRAWN_AT)
    y, x = np.mgrid[0 : 1.2 : shape[0] * 1j, -1 : 1 : shape[1] * 1j].astype(np.float32)
    density = enlarge(_density(x, y, generator), (ROWS, COLUMNS))
    noise = generator.standard_normal((ROWS, COLUMNS), np.float32)
    # Quantum noise: fewer photons behind dense tissue.
    values = density * 12_600 + noise * (9 + 26 * density)
    size = ROWS // 46
    values[written("L", (ROWS, COLUMNS), (COLUMNS - 4 * size, 2 * size), 2 * size)] = 15_600
    values[written(LABEL, (ROWS, COLUMNS), (size, ROWS - 2 * size), size)] = 15_000
    return np.clip(values, 0, 2**BITS - 1).astype(np.uint16)


def _density(x: Field, y: Field, generator: np.random.Generator) -> Field:
    """Return density 0 (air) to about 1.1 (bone over the mediastinum)."""
    side = np.abs(x)
    torso = ellipse(x, y, (0, 0.85), (0.93, 0.80), 0.06)
    shoulders = ellipse(x, y, (0, 0.42), (1.05, 0.30), 0.10)
    neck = soft(0.21 - side, 0.06) * soft(0.35 - y, 0.1)
    body = np.maximum(np.maximum(torso, shoulders), neck)
    tissue = body * (0.46 + 0.10 * dome(x, y, (0, 0.8), (1.1, 1.0)))
    lungs = _lungs(x, y)
    markings = _markings(x, y, generator) * lungs
    heart = 0.20 * dome(x, y, (0.15, 0.77), (0.38, 0.22)) ** 0.8
    heart = heart + 0.09 * ellipse(x, y, (0.14, 0.77), (0.37, 0.21), 0.08)
    heart = heart + 0.07 * ellipse(x, y, (-0.08, 0.76), (0.16, 0.18), 0.15)
    vessels = 0.17 * ellipse(x, y, (0.07, 0.42), (0.15, 0.13), 0.25)
    mediastinum = soft(0.15 - side, 0.10) * (0.24 + 0.1 * y)
    trachea = -0.12 * soft(0.045 - np.abs(x + 0.01), 0.03) * soft(0.42 - y, 0.06)
    spine = soft(0.085 - side, 0.03) * (0.10 + 0.035 * np.sign(np.sin(y * 58)) * soft(y - 0.1, 0.2))
    belly = soft(y - _diaphragm(x), 0.03) * 0.20 * torso
    density = tissue - 0.36 * lungs * (1 - 0.55 * np.clip(heart * 2.2, 0, 1)) + markings
    density = density + (heart + vessels + mediastinum) * body + trachea + spine * body + belly
    density = density + _ribs(x, y) * body + _clavicles(x, y) + _shoulder_bones(x, y)
    return np.asarray(density * (1 + 0.012 * smooth_noise(generator, x.shape, 24)), np.float32)


def _diaphragm(x: Field) -> Field:
    """Return the height of the domes: the right one (left in the picture) stands higher."""
    right = 0.93 + 0.35 * (x + 0.42) ** 2 * 2.6
    left = 0.97 + 0.35 * (x - 0.44) ** 2 * 2.6
    return np.asarray(np.where(x < 0, right, left), np.float32)


def _lungs(x: Field, y: Field) -> Field:
    total = np.zeros_like(x)
    for sign in (-1.0, 1.0):
        across = x * sign
        apex = ellipse(across, y, (0.36, 0.52), (0.30, 0.40), 0.05)
        base = ellipse(across, y, (0.42, 0.72), (0.40, 0.46), 0.05)
        lung = np.maximum(apex, base) * soft(across - 0.08, 0.06)
        total = np.maximum(total, lung * soft(_diaphragm(x) - y, 0.012))
    return np.asarray(total, np.float32)


def _markings(x: Field, y: Field, generator: np.random.Generator) -> Field:
    """Vessels that fan out of both hila and fade towards the edge of the lung."""
    total = np.zeros_like(x)
    for sign in (-1.0, 1.0):
        across, down = x * sign - 0.15, y - 0.56
        distance = np.hypot(across, down) + 1e-3
        angle = np.arctan2(down, across)
        waves = np.sin(angle * 17 + 3 * np.sin(distance * 9 + sign)) * np.sin(angle * 7 + sign)
        total += np.clip(waves - 0.45, 0, 1) * np.exp(-distance * 3.6) * 0.42
        total += 0.13 * np.exp(-((distance / 0.11) ** 2))
    texture = smooth_noise(generator, x.shape, 5) * 0.010
    return np.asarray(total + texture, np.float32)


def _ribs(x: Field, y: Field) -> Field:
    total = np.zeros_like(x)
    side = np.abs(x)
    for number in range(9):
        top = 0.19 + number * 0.083
        reach = min(0.44 + number * 0.065, 0.85)
        arc = np.sqrt(np.clip(1 - (side / reach) ** 2, 0, None))
        # Behind: from the spine outwards and down; in front: back inwards, lower and fainter.
        behind = top + 0.16 * (1 - arc) + 0.05 * side
        front = top + 0.30 - 0.10 * arc + 0.06 * (reach - side)
        inside = soft(reach - side, 0.02)
        total += _band(y - behind, 0.017) * inside * 0.105
        total += _band(y - front, 0.016) * inside * soft(side - 0.30, 0.08) * 0.055
    return np.asarray(total * soft(1.12 - y, 0.1), np.float32)


def _band(distance: NDArray[Any], half: float) -> Field:
    """A bone across: denser at its two edges (cortex) than between them."""
    inside = soft(half - np.abs(distance), 0.006)
    cortex = np.exp(-(((np.abs(distance) - half * 0.85) / 0.004) ** 2))
    return np.asarray(inside * (0.7 + 0.6 * cortex), np.float32)


def _clavicles(x: Field, y: Field) -> Field:
    side = np.abs(x)
    line = 0.235 - 0.085 * np.sin((side - 0.08) * 3.4)
    return (
        _band(y - line, 0.019)
        * soft(side - 0.07, 0.02)
        * (soft(0.78 - side, 0.04) * np.float32(0.15))
    )


def _shoulder_bones(x: Field, y: Field) -> Field:
    side = np.abs(x)
    head = ellipse(side, y, (0.88, 0.29), (0.105, 0.10), 0.10)
    shaft = soft(0.055 - np.abs(side - 0.93 - 0.05 * (y - 0.3)), 0.02) * soft(y - 0.3, 0.04)
    blade = 0.4 * ellipse(side, y, (0.72, 0.47), (0.09, 0.20), 0.12)
    return np.asarray(0.17 * np.maximum(np.maximum(head, shaft), blade), np.float32)
