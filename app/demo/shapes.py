"""Soft-edged shapes that phantoms are drawn with. Coordinates and shapes are arrays of one size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]


def soft(inside: NDArray[Any], edge: float) -> Field:
    """Return 1 where ``inside`` is well above 0, 0 where well below, with a ramp as wide as
    ``edge``."""
    return np.asarray(np.clip(inside / edge + 0.5, 0, 1), np.float32)


def ellipse(
    x: Field, y: Field, center: tuple[float, float], radii: tuple[float, float], edge: float = 0.05
) -> Field:
    """Return the inside of an ellipse; ``edge`` in parts of its radius."""
    distance = np.hypot((x - center[0]) / radii[0], (y - center[1]) / radii[1])
    return soft(1 - distance, edge)


def dome(x: Field, y: Field, center: tuple[float, float], radii: tuple[float, float]) -> Field:
    """Return the thickness of an ellipsoid along the ray: 1 in its middle, 0 at its edge."""
    square = ((x - center[0]) / radii[0]) ** 2 + ((y - center[1]) / radii[1]) ** 2
    return np.asarray(np.sqrt(np.clip(1 - square, 0, None)), np.float32)


def smooth_noise(generator: np.random.Generator, shape: tuple[int, int], grain: int) -> Field:
    """Return noise of mean 0 and deviation about 1 whose features are ``grain`` pixels wide."""
    small = (max(2, shape[0] // grain), max(2, shape[1] // grain))
    values = generator.standard_normal(small, np.float32)
    image = Image.fromarray(values).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.asarray(image, np.float32)


def enlarge(field: Field, shape: tuple[int, int]) -> Field:
    """Return ``field`` at ``shape``, interpolated smoothly."""
    image = Image.fromarray(field).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.asarray(image, np.float32)
