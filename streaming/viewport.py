"""What a viewer looks at, and which tiles and resolutions that needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from streaming.manifest import Manifest, Tile
from streaming.vocabulary import WindowLevel

MAX_POSITION: Final = 100_000
MAX_SCALE: Final = 64.0
MAX_SCREEN: Final = 16_384
MAX_REGION: Final = 1_000_000.0
MAX_SPEED: Final = 1_000.0

Region = tuple[float, float, float, float]
"""Left, top, right, bottom in frame pixels."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """What is on the screen now. Of two, the one with the higher generation is true."""

    generation: int
    series: str
    position: int
    """Place in the series' stack, from 1."""
    region: Region
    """What of the frame is on the screen; it may reach beyond the frame."""
    scale: float
    """Device pixels for one frame pixel."""
    window: WindowLevel | None = None
    """None: the frame's default window."""
    speed: float = 0.0
    """Frames a second in which the reader scrolls, negative towards lower positions."""
    saver: bool = False
    """True: nothing but what is looked at is wanted."""
    readable: bool = False
    """True: what is better than readable is not wanted."""
    paused: bool = False
    """True: nothing is wanted now; the page is hidden, or the link is needed for something else."""


def discarded_resolutions(scale: float, resolutions: int) -> int:
    """Return how many of the finest resolutions the screen cannot show at ``scale``.

    floor(log2(1 / scale)), from 0 to ``resolutions`` - 1: each resolution discarded halves the
    picture, and what is left still has at least one sample for each device pixel.
    """
    if scale >= 1:
        return 0
    return min(math.floor(math.log2(1 / scale)), resolutions - 1)


def shown_resolutions(resolutions: int, discarded: int) -> int:
    """Return how many of a tile's own resolutions are shown when ``discarded`` are not; at least 1.

    A small tile at the frame's edge may have fewer resolutions than the frame: they are its finest.
    """
    return max(1, resolutions - discarded)


def touches(tile: Tile, region: Region) -> bool:
    """Say whether any pixel of ``tile`` lies in ``region``."""
    left, top, right, bottom = region
    return (
        tile.column < right
        and left < tile.column + tile.columns
        and tile.row < bottom
        and top < tile.row + tile.rows
    )


def visible_tiles(tiles: Sequence[Tile], region: Region) -> tuple[int, ...]:
    """Return the numbers of the tiles that ``region`` touches, the nearest to its centre first."""
    across, down = (region[0] + region[2]) / 2, (region[1] + region[3]) / 2

    def distance(number: int) -> tuple[float, int]:
        tile = tiles[number]
        return (
            math.hypot(tile.column + tile.columns / 2 - across, tile.row + tile.rows / 2 - down),
            number,
        )

    return tuple(sorted((n for n, tile in enumerate(tiles) if touches(tile, region)), key=distance))


def whole(manifest: Manifest) -> Region:
    """Return the region that is the whole frame."""
    return (0.0, 0.0, float(manifest.columns), float(manifest.rows))


def fitted_scale(manifest: Manifest, width: int, height: int) -> float:
    """Return the scale at which the whole frame just fits ``width`` x ``height`` device pixels.

    Pixels that are not square are shown at their true shape: the narrower side keeps the scale.
    """
    tall, wide = manifest.display.pixel_aspect
    smaller = min(tall, wide)
    return min(
        width / (manifest.columns * wide / smaller),
        height / (manifest.rows * tall / smaller),
        MAX_SCALE,
    )


def fitted_viewport(
    manifest: Manifest, series: str, position: int, width: int, height: int
) -> Viewport:
    """Return the viewport of generation 0: the whole frame fitted to the screen."""
    scale = fitted_scale(manifest, width, height)
    return Viewport(0, series, position, whole(manifest), scale)
