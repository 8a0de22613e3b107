"""Frames of a narrow window: a window plane that is readable alone, and a difference plane.

The window plane codes what the default window shows (stored values clipped to it), only as well as
a reader needs; the difference plane codes what it leaves of the stored values, exactly. A stored
sample is the sum of both, less the manifest's offset, as in every frame of two planes. While little
of the difference is there, the window plane alone is the better picture, and its error depends on
the window: through another one values are missing that were clipped away. The manifest states that
error for a few ranges of stored values, each within the next (``Reach``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from streaming.errors import ManifestError
from streaming.manifest import Display, Manifest, Plane, Window
from streaming.vocabulary import Coding, WindowLevel


class Shown(NamedTuple):
    """How many planes, from the first on, make the better picture, and its error."""

    planes: int
    rmse: float
    """In display grey levels at the window: no larger is left on the screen."""


def has_window_plane(manifest: Manifest) -> bool:
    """Say whether the first plane can be shown alone."""
    return bool(manifest.planes[0].alone)


def shown(manifest: Manifest, layers: Sequence[int], window: WindowLevel | None) -> Shown:
    """Return what a viewer shows that has ``layers`` of the window plane (1 or more) and of the
    difference plane.

    Errors of both planes add up at worst (the triangle inequality), and no window makes them
    larger than its width does.
    """
    first, second = manifest.planes
    default = manifest.display.windows[0]
    level = window or WindowLevel(default.center, default.width)
    scale = default.width / level.width
    low, high = stored_ends(manifest.display, level)
    reach = next(
        (reach for reach in first.alone[:-1] if reach.low <= low and high <= reach.high),
        first.alone[-1],
    )
    alone = Shown(1, reach.layers[layers[0] - 1] * scale)
    if not layers[1]:
        return alone
    both = Shown(2, (first.layers[layers[0] - 1] + second.layers[layers[1] - 1]) * scale)
    return both if both.rmse <= alone.rmse else alone


def stored_ends(display: Display, window: WindowLevel) -> tuple[float, float]:
    """Return the stored values at the ends of a window (of a slope above 0)."""
    middle, half = window.center - display.intercept, window.width / 2
    return (middle - half) / display.slope, (middle + half) / display.slope


def check_window_plane(manifest: Manifest) -> None:
    """Raise ManifestError where a plane that says what it is worth alone cannot be shown so."""
    if any(plane.alone for plane in manifest.planes[1:]):
        raise ManifestError("Only the first plane can be a window plane.")
    if not has_window_plane(manifest):
        return
    whole = all(plane.component is None and plane.shift == 0 for plane in manifest.planes)
    if len(manifest.planes) != 2 or not whole or manifest.coding is not Coding.J2K_LAYERS:
        raise ManifestError("A window plane has one other plane beside it, of the same samples.")
    display = manifest.display
    if manifest.default_width() is None or display.modality_lut or manifest.mapping:
        raise ManifestError("A window plane needs a window on the stored values themselves.")
    if display.slope <= 0 or display.voi_function == "SIGMOID" or display.inverted:
        raise ManifestError("A window plane's window must be linear, and rise.")
    _check_reaches(manifest.planes[0], display.windows[0])


def _check_reaches(plane: Plane, window: Window) -> None:
    outer = plane.alone[1:]
    for inner, reach in zip(plane.alone, outer, strict=False):
        if reach.low > inner.low or reach.high < inner.high:
            raise ManifestError("Each reach of a window plane must hold the one before it.")
    for reach in plane.alone:
        if reach.low >= reach.high or len(reach.layers) != len(plane.layers):
            raise ManifestError("A reach is a range, with an error for each layer.")
