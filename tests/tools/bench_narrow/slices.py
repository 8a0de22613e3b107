"""The CT slices of a folder, each once, and the windows at which they are looked at."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.dicom.attributes import text
from app.dicom.lut import Tables
from app.dicom.part10 import quiet, read_part10
from app.dicom.pixels import decode
from app.dicom.presentation import present
from app.errors import FirstlightError
from streaming.manifest import Display
from streaming.vocabulary import WindowLevel
from streaming.window_plane import stored_ends

Samples = NDArray[Any]
BONE: Final = WindowLevel(300.0, 2000.0)
HEAD_WINDOWS: Final = {"brain 80": WindowLevel(40, 80), "subdural 200": WindowLevel(75, 200)}
BODY_WINDOWS: Final = {"mediastinum 350": WindowLevel(50, 350), "liver 150": WindowLevel(30, 150)}
WIDEST_OF_A_HEAD: Final = 150.0
"""A file that opens at a narrower window is a head."""
LEAST_INSIDE: Final = 0.02
"""Share of the pixels that a window must show as grey: else it is not looked at so."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One CT slice."""

    name: str
    series: str
    values: Samples
    """Stored values, int64."""
    display: Display
    head: bool

    def windows(self) -> dict[str, WindowLevel]:
        """Return the windows at which such a slice is read, by name."""
        names = HEAD_WINDOWS if self.head else BODY_WINDOWS
        return {name: window for name, window in names.items() if self._shows(window)}

    def _shows(self, window: WindowLevel) -> bool:
        low, high = self.ends(window)
        inside = (self.values > low) & (self.values < high)
        return float(inside.mean()) >= LEAST_INSIDE

    def ends(self, window: WindowLevel) -> tuple[int, int]:
        """Return the stored values at the ends of a window."""
        low, high = stored_ends(self.display, window)
        return int(np.floor(low)), int(np.ceil(high))


def slices_of(folder: Path, every: int) -> Iterator[Slice]:
    """Yield the CT slices that open through a window in HU, the same pixels only once: of each
    series the first, and then every n-th."""
    seen: set[bytes] = set()
    found_in: Counter[str] = Counter()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found = _slice(path)
        if found is None:
            continue
        key = hashlib.sha256(found.values.tobytes()).digest()
        if key in seen:
            continue
        seen.add(key)
        if found_in[found.series] % every == 0:
            yield found
        found_in[found.series] += 1


def _slice(path: Path) -> Slice | None:
    try:
        with quiet():
            part10 = read_part10(path)
            if text(part10.dataset, "Modality") != "CT":
                return None
            decoded = decode(part10, 1)
            display = present(part10, 1, decoded, Tables()).display
    except FirstlightError:
        return None
    grey = decoded.samples.ndim == 2 and decoded.samples.dtype.kind in "iu"
    if not grey or display.unit != "HU" or display.slope <= 0 or min(decoded.samples.shape) < 64:
        return None
    head = display.windows[0].width <= WIDEST_OF_A_HEAD
    series = text(part10.dataset, "SeriesInstanceUID")
    return Slice(path.name, series, decoded.samples.astype(np.int64), display, head)
