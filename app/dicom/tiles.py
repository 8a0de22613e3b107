"""The grid: how a frame is cut into tiles, and how many resolutions each of them has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

TILE: Final = 512
ALIGNMENT: Final = 32
"""Tiles begin at multiples of this, so that they fit at each of 6 resolutions (halved 5 times)."""
MOST_RESOLUTIONS: Final = 6
SMALLEST_SIDE: Final = 8
"""No resolution is added that would make a side smaller than this."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tile lies in its frame, in pixels."""

    column: int
    row: int
    columns: int
    rows: int


def cut(rows: int, columns: int) -> tuple[Place, ...]:
    """Return the tiles of a frame, row by row."""
    height, width = _side(rows), _side(columns)
    return tuple(
        Place(left, top, min(width, columns - left), min(height, rows - top))
        for top in range(0, rows, height)
        for left in range(0, columns, width)
    )


def _side(size: int) -> int:
    count = max(1, round(size / TILE))
    return -(-math.ceil(size / count) // ALIGNMENT) * ALIGNMENT


def resolutions_for(places: tuple[Place, ...]) -> int:
    """Return how many resolutions every tile of the frame can have."""
    smallest = min(min(place.rows, place.columns) for place in places)
    halvings = int(math.log2(smallest / SMALLEST_SIDE)) if smallest >= SMALLEST_SIDE else 0
    return min(MOST_RESOLUTIONS, 1 + halvings)
