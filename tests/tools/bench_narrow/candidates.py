"""The ways of coding that were compared. All but ``regions`` are reversible; README.md of app/dicom
says what came of it.

``low`` and ``high`` are the window's ends as stored values, ``unit`` is one grey level there and
``hu`` one HU, both in stored values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.dicom.layers import difference_layers, layers_for, window_layers
from app.dicom.window_plane import COARSEST, PEAK
from streaming.priority import READABLE
from tests.tools.bench_narrow.coding import Coded, Step, coded_plane

Samples = NDArray[Any]
REGION: Final = 32


@dataclass(frozen=True, slots=True)
class Window:
    """A narrow window on stored values."""

    low: int
    high: int
    hu: float

    @property
    def unit(self) -> float:
        return (self.high - self.low) / 255

    def error(self, picture: Samples, values: Samples) -> float:
        """Return the RMSE in grey levels."""
        clipped = np.clip(picture, self.low, self.high) - np.clip(values, self.low, self.high)
        return float(np.sqrt(np.mean(clipped**2))) / self.unit


Candidate = Callable[[Samples, Window], Coded]


def plain(values: Samples, window: Window) -> Coded:
    """One plane, layers at the window: what there was."""
    steps = coded_plane(values, layers_for(window.unit, PEAK))
    readable = _readable(steps, values, window)
    return Coded(steps, _from(readable, steps), steps[-1].bytes, _same(steps, values))


def clip(values: Samples, window: Window) -> Coded:
    """Window plane, exact, and what it leaves."""
    clipped = np.clip(values, window.low, window.high)
    first = coded_plane(clipped, layers_for(window.unit, PEAK))
    second = coded_plane(values - clipped, _wide_layers(window))
    held = _readable(first, values, window)
    wide = [Step(step.bytes, held.picture + step.picture) for step in second]
    last = [Step(first[-1].bytes + step.bytes, clipped + step.picture) for step in second]
    return Coded([*first, *last], wide, last[-1].bytes, _same(last, values))


def again(values: Samples, window: Window) -> Coded:
    """Window plane until readable, then the frame as if there were none."""
    first = _window_plane(values, window)
    second = coded_plane(values, _wide_layers(window))
    last = [Step(first[-1].bytes + step.bytes, step.picture) for step in second]
    return Coded([*first, *last], second, last[-1].bytes, _same(last, values))


def difference(values: Samples, window: Window) -> Coded:
    """Window plane until readable, then what that leaves of the frame: the one chosen."""
    first = _window_plane(values, window)
    shown = first[-1].picture
    second = coded_plane(values - shown, _wide_layers(window))
    wide = [Step(step.bytes, shown + step.picture) for step in second]
    last = [Step(first[-1].bytes + step.bytes, step.picture) for step in wide]
    return Coded([*first, *last], wide, last[-1].bytes, _same(last, values))


def regions(values: Samples, window: Window) -> Coded:
    """A bound, not a coding: what regions of interest would leave to code at most, blocks without
    a pixel in the window being flat. All bytes are those of one plane."""
    inside = (values > window.low) & (values < window.high)
    kept = np.zeros_like(inside)
    flat = np.zeros_like(values)
    for row in range(0, values.shape[0], REGION):
        for column in range(0, values.shape[1], REGION):
            block = (slice(row, row + REGION), slice(column, column + REGION))
            kept[block] = inside[block].any()
            flat[block] = int(values[block].mean())
    steps = coded_plane(np.where(kept, values, flat), layers_for(window.unit, PEAK))
    shown = [Step(step.bytes, np.where(kept, step.picture, values)) for step in steps]
    whole = plain(values, window)
    return Coded(shown, whole.wide, whole.all_bytes, exact=True)


def expanding(factor: int) -> Candidate:
    """One plane whose values are ``factor`` steps apart inside the window: a sparse table."""

    def code(values: Samples, window: Window) -> Coded:
        low, width = window.low, window.high - window.low
        inside = np.clip(values, low, window.high) - low
        coded = values + inside * (factor - 1)
        steps = []
        for step in coded_plane(coded, layers_for(window.unit * factor, PEAK)):
            part = np.clip(step.picture - low, 0, width * factor)
            steps.append(Step(step.bytes, step.picture - np.rint(part * (1 - 1 / factor))))
        readable = _readable(steps, values, window)
        return Coded(steps, _from(readable, steps), steps[-1].bytes, _same(steps, values))

    return code


def companding(factor: int, *, near: int = 0, folded: bool = False) -> Candidate:
    """Steps of 1 inside the window, of ``factor`` outside (of a quarter of it up to ``near`` HU
    away); the remainders are a second plane, last. ``folded``: every other step counts down, so
    that remainders have no jumps."""

    def code(values: Samples, window: Window) -> Coded:
        starts, sizes = _table(values, window, factor, near)
        codes = np.searchsorted(starts, values, side="right") - 1
        remainders = values - starts[codes]
        if folded:
            odd = codes % 2 == 1
            remainders = np.where(odd, sizes[codes] - 1 - remainders, remainders)
        middles = starts + (sizes - 1) / 2
        first = [
            Step(step.bytes, np.interp(step.picture, np.arange(len(middles)), middles))
            for step in coded_plane(codes, layers_for(window.unit, PEAK))
        ]
        second = coded_plane(remainders, layers_for(None, PEAK))
        held = first[-1].bytes + second[-1].bytes
        back = second[-1].picture
        if folded:
            back = np.where(odd, sizes[codes] - 1 - back, back)
        last = Step(held, starts[codes] + back)
        steps = [*first, last]
        readable = _readable(first, values, window)
        return Coded(steps, _from(readable, steps), held, _same(steps, values))

    return code


def _table(
    values: Samples, window: Window, factor: int, near: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each step starts and how many values it has."""
    lowest, highest = int(values.min()), int(values.max())
    reach = near * window.hu

    def sizes(distance: int) -> int:
        return max(1, factor // 4) if distance < reach else factor

    up = list(range(window.low, window.high + 1))
    while up[-1] < highest:
        up.append(up[-1] + (1 if up[-1] < window.high else sizes(up[-1] - window.high)))
    down: list[int] = []
    at = window.low
    while at > lowest:
        at -= sizes(window.low - at)
        down.append(at)
    starts = np.array([*down[::-1], *up])
    return starts, np.diff(np.append(starts, starts[-1] + factor))


def _window_plane(values: Samples, window: Window) -> list[Step]:
    clipped = np.clip(values, window.low, window.high)
    aim = READABLE
    for _ in range(4):
        steps = coded_plane(clipped, window_layers(window.unit, aim, PEAK))
        left = window.error(steps[-1].picture, values)
        if 0.97 * READABLE <= left <= READABLE:
            break
        aim *= 0.985 * READABLE / max(left, 1.0)
    return steps


def _wide_layers(window: Window) -> Any:
    return difference_layers(window.unit, COARSEST * window.hu, READABLE, PEAK)


def _readable(steps: list[Step], values: Samples, window: Window) -> Step:
    return next(
        (step for step in steps if window.error(step.picture, values) <= READABLE), steps[-1]
    )


def _from(held: Step, steps: list[Step]) -> list[Step]:
    return [
        Step(step.bytes - held.bytes, step.picture) for step in steps if step.bytes >= held.bytes
    ]


def _same(steps: list[Step], values: Samples) -> bool:
    return bool(np.array_equal(steps[-1].picture, values))


CANDIDATES: Final[dict[str, Candidate]] = {
    "plain": plain,
    "difference": difference,
    "again": again,
    "clip": clip,
    "compand 4": companding(4),
    "compand 8": companding(8),
    "compand 4/16": companding(16, near=60),
    "folded 16": companding(16, folded=True),
    "expand 2": expanding(2),
    "expand 4": expanding(4),
    "regions": regions,
}
