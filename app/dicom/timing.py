"""When each frame of a cine is shown: the Cine and Multi-frame modules (PS3.3 C.7.6.5, C.7.6.6).

What the file recommends for display comes first, then what its Frame Increment Pointer points at,
then whatever else it says. A value that cannot be right (0, negative, a vector of another length)
counts as not said.
"""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import dataclass
from typing import Any, Final

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from app.dicom.attributes import integer, number, numbers, value_of

USUAL_RATE: Final = 15.0
"""Frames per second where the file says nothing: slow enough to see what moves."""
LEAST_MS: Final = 1.0
MOST_MS: Final = 60_000.0
FRAME_TIME: Final = 0x00181063
FRAME_TIME_VECTOR: Final = 0x00181065
NOTHING_SAID: Final = "The file gives no frame rate: shown at 15 images a second."


@dataclass(frozen=True, slots=True)
class Timing:
    """How long each frame is shown, in milliseconds."""

    milliseconds: float
    """Of every frame; the mean where they differ."""
    each: tuple[float, ...] = ()
    """One for each frame where they differ, else empty."""
    source: str = ""
    """The attribute that said so (its keyword); empty where none did."""
    note: str = ""
    """A sentence for the reader where the rate is not the file's own."""

    @property
    def rate(self) -> float:
        """Frames per second, the mean."""
        return 1000 / self.milliseconds

    def to_dict(self) -> dict[str, Any]:
        """As the motion document says it."""
        return {
            "milliseconds": self.milliseconds,
            "each": list(self.each),
            "source": self.source,
            "note": self.note,
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Timing:
        """From what ``to_dict`` wrote."""
        return cls(value["milliseconds"], tuple(value["each"]), value["source"], value["note"])


def timing_of(dataset: Dataset, frames: int) -> Timing:
    """Return the timing of an instance of ``frames`` frames."""
    recommended = _by_rate(dataset, "RecommendedDisplayFrameRate")
    vector = _by_vector(dataset, frames)
    frame_time = _by_milliseconds(dataset, "FrameTime")
    # Frame Time before its vector only where the pointer says so: a vector is the finer statement.
    plain = FRAME_TIME in (pointed := _pointer(dataset)) and FRAME_TIME_VECTOR not in pointed
    measured = (frame_time, vector) if plain else (vector, frame_time)
    for found in (recommended, *measured, _by_rate(dataset, "CineRate")):
        if found is not None:
            return found
    return Timing(1000 / USUAL_RATE, note=NOTHING_SAID)


def sweeps(dataset: Dataset) -> bool:
    """Whether Preferred Playback Sequencing (0018,1244) asks to play to and fro, not in a loop."""
    return integer(dataset, "PreferredPlaybackSequencing") == 1


def _by_rate(dataset: Dataset, keyword: str) -> Timing | None:
    rate = number(dataset, keyword)
    return None if not rate or rate < 0 else _sound(1000 / rate, keyword)


def _by_milliseconds(dataset: Dataset, keyword: str) -> Timing | None:
    found = number(dataset, keyword)
    return None if not found else _sound(found, keyword)


def _by_vector(dataset: Dataset, frames: int) -> Timing | None:
    """Frame Time Vector: increments between frames, the first of them before the first frame
    (C.7.6.5.1.2); how long the last is shown is not said, so it gets the mean."""
    increments = numbers(dataset, "FrameTimeVector")
    if len(increments) != frames or frames < 2:
        return None
    shown = increments[1:]
    if not all(LEAST_MS <= each <= MOST_MS for each in shown):
        return None
    mean = math.fsum(shown) / len(shown)
    if all(math.isclose(each, mean, rel_tol=1e-3) for each in shown):
        return Timing(mean, source="FrameTimeVector")
    return Timing(mean, (*shown, mean), "FrameTimeVector")


def _sound(milliseconds: float, keyword: str) -> Timing | None:
    return Timing(milliseconds, source=keyword) if LEAST_MS <= milliseconds <= MOST_MS else None


def _pointer(dataset: Dataset) -> Set[int]:
    """The attributes that Frame Increment Pointer (0028,0009) names."""
    value = value_of(dataset, "FrameIncrementPointer")
    if value is None:
        return frozenset()
    try:
        return frozenset(map(int, value)) if isinstance(value, MultiValue) else {int(value)}
    except (TypeError, ValueError):
        return frozenset()
