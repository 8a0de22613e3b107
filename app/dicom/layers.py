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
ROUNDING: Final = 0.4
"""Mean square error, in stored units, of the rounding in each step of the reversible wavelet, which
OpenJPEG leaves out of its account (measured on CT, MR and ultrasound)."""
AIM: Final = 0.9
"""OpenJPEG is told this part of the error that is wanted: its estimate is a little too good."""


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers a plane is to get, coarse first; the last is lossless."""

    errors: tuple[float, ...]
    """RMSE in grey levels aimed at after each; the last is 0. What came of it is measured."""
    decibels: tuple[float, ...]
    """The same as OpenJPEG wants it: peak signal to noise; 0 means lossless."""
    unit: float = 1.0
    """Stored units of one grey level."""


LOSSLESS_ONLY: Final = Layers((0.0,), (0.0,))


def layers_for(stored_per_grey_level: float | None, peak: int) -> Layers:
    """Return the layers of a plane whose samples go up to ``peak`` (255 or 65535).

    ``stored_per_grey_level`` is how many stored units one grey level is at the default window;
    None where errors are no grey levels (palette indices, labels), which leaves the lossless
    layer alone.
    """
    if stored_per_grey_level is None or not stored_per_grey_level > 0:
        return LOSSLESS_ONLY
    unit = stored_per_grey_level
    errors = [step for step in STEPS if LEAST <= step * unit < peak / 2]
    while (
        errors
        and len(errors) < MOST
        and errors[-1] <= STEPS[-1]
        and errors[-1] * FINER * unit >= FINER_FROM
    ):
        errors.append(errors[-1] * FINER)
    if not errors:
        return LOSSLESS_ONLY
    decibels = [20 * math.log10(peak / _aim(error * unit)) for error in errors]
    return Layers((*errors, 0.0), (*decibels, 0.0), unit)


def window_layers(unit: float, least: float, peak: int) -> Layers:
    """Return the layers of a window plane, whose last leaves about ``least`` grey levels."""
    errors = [*(step for step in STEPS if step > 1.5 * least), least]
    decibels = [20 * math.log10(peak / (AIM * error * unit)) for error in errors]
    return Layers(tuple(errors), tuple(decibels), unit)


def difference_layers(unit: float, coarsest: float, readable: float, peak: int) -> Layers:
    """Return the layers of a difference plane.

    The first leaves ``coarsest`` stored units and each other one half of that, for wide windows,
    until the default window would be nearly ``readable`` (grey levels); then its own finer steps.
    """
    stored = coarsest
    errors: list[float] = []
    while stored > 1.2 * readable * unit and stored >= LEAST and len(errors) < MOST:
        errors.append(stored / unit)
        stored /= 2
    errors += [step for step in STEPS if step < readable and step * unit >= LEAST]
    decibels = [20 * math.log10(peak / _aim(error * unit)) for error in errors]
    return Layers((*errors, 0.0), (*decibels, 0.0), unit)


def _aim(stored: float) -> float:
    """Return the RMSE in stored units to ask for, so that about ``stored`` is left."""
    return AIM * math.sqrt(max(stored**2 - ROUNDING, stored**2 / 4))
