"""Windows: those of the file that make sense, or one chosen from the values (PS3.3 C.11.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.dicom.attributes import functional_groups, numbers, text, value_of
from streaming.manifest import Window

FUNCTIONS: Final = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
AUTO: Final = "auto"
PERCENTILES: Final = (0.5, 99.5)
SOFT_TISSUE: Final = Window(40.0, 400.0, AUTO)
MAX_WINDOWS: Final = 16
MAX_VALUE: Final = 1e9
SAMPLED: Final = 1 << 18
"""Values looked at for percentiles: more change nothing that can be seen."""

Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Voi:
    windows: tuple[Window, ...]
    function: str


def windows_of(dataset: Dataset, frame: int) -> Voi:
    """Return the windows that hold for ``frame`` (from 1); none where the file's make no sense."""
    group = functional_groups(dataset, frame, "FrameVOILUTSequence")
    for holder in (group, dataset):
        if holder is None:
            continue
        function = text(holder, "VOILUTFunction").upper()
        function = function if function in FUNCTIONS else "LINEAR"
        found = _pairs(holder, function)
        if found:
            return Voi(found, function)
    return Voi((), "LINEAR")


def _pairs(holder: Dataset, function: str) -> tuple[Window, ...]:
    centers, widths = numbers(holder, "WindowCenter"), numbers(holder, "WindowWidth")
    said = value_of(holder, "WindowCenterWidthExplanation")
    if said is None or isinstance(said, str):
        said = [said or ""]
    least = 1.0 if function == "LINEAR" else 0.0
    found: dict[tuple[float, float], Window] = {}
    for place, (center, width) in enumerate(zip(centers, widths, strict=False)):
        sound = width >= least and width > 0 and max(abs(center), width) <= MAX_VALUE
        if sound and (center, width) not in found:
            explanation = str(said[place]).strip()[:64] if place < len(said) else ""
            found[center, width] = Window(center, width, explanation)
    return tuple(found.values())[:MAX_WINDOWS]


def auto_window(lowest: float, highest: float) -> Window:
    """Return the LINEAR_EXACT window that shows ``lowest`` as black and ``highest`` as white."""
    width = highest - lowest
    return Window((lowest + highest) / 2, width if width > 0 else 1.0, AUTO)


def robust_range(values: Values) -> tuple[float, float]:
    """Return the percentiles 0.5 and 99.5 of ``values``, or all of their range where those are one
    value."""
    flat = values.reshape(-1)
    flat = flat[:: max(1, flat.size // SAMPLED)]
    if flat.dtype.kind == "f":
        flat = flat[np.isfinite(flat)]
    if flat.size == 0:
        return (0.0, 1.0)
    low, high = (float(value) for value in np.percentile(flat, PERCENTILES))
    if low < high:
        return low, high
    return float(flat.min()), float(flat.max())


def windowed(values: Values, window: Window, function: str) -> NDArray[np.float32]:
    """Return grey levels 0..255 of modality ``values`` (PS3.3 C.11.2.1.2 and C.11.2.1.3)."""
    x = values.astype(np.float32)
    center, width = np.float32(window.center), np.float32(window.width)
    if function == "SIGMOID":
        exponent = np.clip(-4 * (x - center) / width, -80, 80)
        return np.asarray(255 / (1 + np.exp(exponent)), np.float32)
    if function == "LINEAR":
        # A width of 1 is a threshold; the formula would divide by zero.
        x = (x - (center - np.float32(0.5))) / np.float32(max(window.width - 1, 1e-6))
    else:
        x = (x - center) / width
    return np.asarray(np.clip(x + np.float32(0.5), 0, 1) * 255, np.float32)
