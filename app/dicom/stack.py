"""The order of a series' stack, from what its instances say of their place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

PARALLEL: Final = 0.999
"""Cosine from which two slice normals count as one direction (2.6 degrees)."""
SAME_PLACE_MM: Final = 0.01

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class StackKey:
    """What the place of one instance in its series' stack is worked out from."""

    instance: str
    position: Vector | None = None
    """Image Position (Patient) of its first frame, in mm."""
    normal: Vector | None = None
    """Unit normal of its slice, from Image Orientation (Patient)."""
    number: int | None = None
    """Instance Number."""
    acquisition: int | None = None
    time: str = ""
    """Acquisition (else Content) date and time, as digits."""
    frames: int = 1

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> StackKey:
        """From what ``to_dict`` wrote."""
        position, normal = value.get("position"), value.get("normal")
        return cls(
            instance=value["instance"],
            position=_vector(position) if position else None,
            normal=_vector(normal) if normal else None,
            number=value.get("number"),
            acquisition=value.get("acquisition"),
            time=value.get("time", ""),
            frames=value.get("frames", 1),
        )


def stack_order(keys: Sequence[StackKey]) -> list[int]:
    """Return the places in ``keys`` in the order of the stack.

    Slices that share one orientation and lie at different places are ordered by where Image
    Position
    (Patient) falls on the slice normal (PS3.3 C.7.6.2.1.1), rising. All others, and slices at one
    place
    (phases, echoes), go by Instance Number, then acquisition and time, then UID.
    """
    along = _along_normal(keys)
    return sorted(range(len(keys)), key=lambda place: (along[place], *_by_number(keys[place])))


def _by_number(key: StackKey) -> tuple[float, float, str, tuple[int, str]]:
    return (
        math.inf if key.number is None else key.number,
        math.inf if key.acquisition is None else key.acquisition,
        key.time,
        (len(key.instance), key.instance),
    )


def _along_normal(keys: Sequence[StackKey]) -> list[float]:
    """Return each slice's distance along the common normal, in steps; all 0 where there is none."""
    nowhere = [0.0] * len(keys)
    if not keys or any(key.frames > 1 for key in keys):
        return nowhere
    first = keys[0].normal
    if first is None:
        return nowhere
    distances = []
    for key in keys:
        if key.position is None or key.normal is None or _dot(key.normal, first) < PARALLEL:
            return nowhere
        distances.append(_dot(key.position, first))
    if max(distances) - min(distances) < SAME_PLACE_MM:
        return nowhere
    # Rounded, so that slices at one place stay together and go by their number.
    return [round(distance / SAME_PLACE_MM) for distance in distances]


def _dot(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _vector(values: Sequence[float]) -> Vector:
    x, y, z = values
    return (float(x), float(y), float(z))
