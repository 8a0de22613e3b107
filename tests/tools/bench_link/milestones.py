"""From what a page said and when to the four times that are reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

READABLE_GL = 4.0
FINE_GL = 1.0


@dataclass(frozen=True)
class Seen:
    """Something of the wanted frame came onto the screen."""

    at: float
    """Seconds of the page's wall clock."""
    error: float | None
    """Display grey levels, RMSE; None for a Preview, 0 where every sample is exact."""
    exact: bool = False
    """Verified bit-exact."""


@dataclass(frozen=True)
class Milestones:
    """Seconds from the beginning; None where it was not reached in the time allowed."""

    preview: float | None = None
    readable: float | None = None
    fine: float | None = None
    lossless: float | None = None


NAMES = ("preview", "readable", "fine", "lossless")


def milestones(seen: Iterable[Seen], began: float) -> Milestones:
    """Return when first anything, <= 4 gl, <= 1 gl and the exact picture was seen."""
    ordered = sorted((each for each in seen if each.at >= began), key=lambda each: each.at)

    def first(wanted: Sequence[Seen]) -> float | None:
        return wanted[0].at - began if wanted else None

    def within(limit: float) -> list[Seen]:
        return [each for each in ordered if each.error is not None and each.error <= limit]

    return Milestones(
        first(ordered),
        first(within(READABLE_GL)),
        first(within(FINE_GL)),
        first([each for each in ordered if each.exact]),
    )


def middle(values: Iterable[float | None]) -> float | None:
    """Return the median, a run that did not get there counting as longer than every other; None
    where the middle one did not get there."""
    known = [float("inf") if value is None else value for value in values]
    if not known:
        return None
    found = median(known)
    return None if found == float("inf") else found


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least ``share`` (0 to 1) of all do not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, ceil(round(share * len(ordered), 6)) - 1)]
