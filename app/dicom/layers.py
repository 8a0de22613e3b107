"""Which quality layers a plane gets: by the error that is left, in grey levels at the default
window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

STEPS: Final = (16.0, 8.0, 4.0, 2.0, 1.0, 0.5)
"""Grey levels (RMSE, 0..255 at the default window) left after each layer."""
FINER: Final = 0.25
"""Below the last step, each further layer leaves this part of the error: they serve narrower
windows."""
FINER_FROM: Final = 2.0
"""Further layers are added while at least this much error, in stored units, would be left after
them."""
LEAST: Final = 0.35
"""Error in stored units below which a layer is as good as lossless, and left out."""
MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of a plane, coarse first; the last is lossless."""

    errors: tuple[float, ...]
    """RMSE in grey levels left after each; the last is 0."""
    decibels: tuple[float, ...]
    """The same as OpenJPEG wants it: peak signal to noise; 0 means lossless."""


LOSSLESS_ONLY: Final = Layers((0.0,), (0.0,))


def layers_for(stored_per_grey_level: float | None, peak: int) -> Layers:
    """Return the layers of a plane whose samples go up to ``peak`` (255 or 65535).

    ``stored_per_grey_level`` is how many stored units one grey level is at the default window;
    None where errors
    are no grey levels (palette indices, labels), which leaves the lossless layer alone.
    """
    if stored_per_grey_level is None or not stored_per_grey_level > 0:
        return LOSSLESS_ONLY
    errors = [step for step in STEPS if step * stored_per_grey_level >= LEAST]
    while (
        errors
        and len(errors) < MOST
        and errors[-1] == STEPS[-1] * FINER ** (len(errors) - len(STEPS))
        and errors[-1] * FINER * stored_per_grey_level >= FINER_FROM
    ):
        errors.append(errors[-1] * FINER)
    usable = [error for error in errors if error * stored_per_grey_level < peak / 2]
    decibels = [20 * math.log10(peak / (error * stored_per_grey_level)) for error in usable]
    return Layers((*usable, 0.0), (*decibels, 0.0))
