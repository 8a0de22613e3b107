"""What a viewer has: for each frame and manifest id, the layers of each tile and resolution.

Both sides keep it: the viewer what it holds, the server what it believes the viewer holds (or will,
once what is under way has arrived). A *cell* is one tile at one resolution. The grid is always
``tiles x resolutions`` of the manifest, tile-major, also for constant tiles and for small tiles
with fewer resolutions: the cells that do not exist stay 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from streaming.errors import HoldingsError
from streaming.vocabulary import (
    MAX_LAYERS,
    MAX_RESOLUTIONS,
    MAX_TILES,
    FrameKey,
)

MAX_CELLS: Final = MAX_TILES * MAX_RESOLUTIONS
MAX_TEXT: Final = 1 << 18

Runs = tuple[tuple[int, int], ...]
"""Run-length coded layers of the cells in order: (count, layers)."""
Partial = tuple[int, int, int, int]
"""The beginning of a segment that is held: tile, resolution, layer, bytes."""

_RUN = re.compile(r"([1-9][0-9]{0,4}):(0|[1-9][0-9]?)")


def runs_of(layers: Iterable[int]) -> Runs:
    """Return the run-length coding of ``layers``."""
    return tuple((sum(1 for _ in group), value) for value, group in groupby(layers))


def write_runs(runs: Runs) -> str:
    """Return the text form, ``count:layers`` joined by commas, e.g. ``6:2,12:0``."""
    return ",".join(f"{count}:{layers}" for count, layers in runs)


def read_runs(text: str) -> Runs:
    """Read the text form. It stays run-length coded, so that a short text never takes much memory.

    Raises HoldingsError on any other text, on more cells or layers than a frame can have.
    """
    runs = []
    for part in text.split(","):
        match = _RUN.fullmatch(part)
        if match is None or int(match[2]) > MAX_LAYERS:
            raise HoldingsError("The layers held are not written as count:layers,count:layers.")
        runs.append((int(match[1]), int(match[2])))
    if sum(count for count, _ in runs) > MAX_CELLS:
        raise HoldingsError(f"More than {MAX_CELLS} tiles and resolutions are said to be held.")
    return tuple(runs)


@dataclass(frozen=True, slots=True)
class HeldFrame:
    """What a viewer states about one frame in ``hello``."""

    frame: FrameKey
    manifest: str
    held: Runs
    partial: tuple[Partial, ...] = ()


@dataclass(slots=True)
class FrameHoldings:
    """What is held of one frame, under one manifest id."""

    manifest: str
    tiles: int
    resolutions: int
    _layers: bytearray = field(init=False)
    _partial: dict[int, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._layers = bytearray(self.tiles * self.resolutions)

    @classmethod
    def from_held(cls, held: HeldFrame, tiles: int, resolutions: int) -> FrameHoldings:
        """Read what a viewer states; raises HoldingsError if it does not fit the manifest's
        grid."""
        holdings = cls(held.manifest, tiles, resolutions)
        if sum(count for count, _ in held.held) != tiles * resolutions:
            raise HoldingsError("The layers held do not fit the tiles and resolutions.")
        holdings._layers = bytearray(
            b"".join(bytes((layers,)) * count for count, layers in held.held)
        )
        for tile, resolution, layer, length in held.partial:
            if layer != holdings.layers(tile, resolution):
                raise HoldingsError("A part is held of a segment that is not the next.")
            holdings.set_partial(tile, resolution, length)
        return holdings

    def to_held(self, frame: FrameKey) -> HeldFrame:
        """Return the statement for ``hello``."""
        partial = tuple(
            (*divmod(cell, self.resolutions), self._layers[cell], length)
            for cell, length in sorted(self._partial.items())
        )
        return HeldFrame(frame, self.manifest, runs_of(self._layers), partial)

    def layers(self, tile: int, resolution: int) -> int:
        """Return how many layers are held whole."""
        return self._layers[self._cell(tile, resolution)]

    def partial(self, tile: int, resolution: int) -> int:
        """Return how many bytes of the next segment are held."""
        return self._partial.get(self._cell(tile, resolution), 0)

    def set_partial(self, tile: int, resolution: int, length: int) -> None:
        """Note that ``length`` bytes of the next segment are held."""
        cell = self._cell(tile, resolution)
        self._partial.pop(cell, None)
        if length:
            self._partial[cell] = length

    def complete(self, tile: int, resolution: int) -> None:
        """Note that the next segment is held whole."""
        cell = self._cell(tile, resolution)
        self._partial.pop(cell, None)
        self._layers[cell] += 1

    def forget(self, tile: int) -> None:
        """Note that nothing of this tile is held any more."""
        for resolution in range(self.resolutions):
            cell = self._cell(tile, resolution)
            self._partial.pop(cell, None)
            self._layers[cell] = 0

    def merge(self, other: FrameHoldings) -> None:
        """Take over what ``other`` holds beyond this; raises HoldingsError for another coding."""
        if (other.manifest, other.tiles, other.resolutions) != (
            self.manifest,
            self.tiles,
            self.resolutions,
        ):
            raise HoldingsError("Holdings of different manifests cannot be put together.")
        for cell, theirs in enumerate(other._layers):
            ours = self._layers[cell]
            partial = other._partial.get(cell, 0)
            if theirs == ours:
                partial = max(partial, self._partial.get(cell, 0))
            elif theirs < ours:
                continue
            self._layers[cell] = theirs
            self.set_partial(*divmod(cell, self.resolutions), partial)

    def _cell(self, tile: int, resolution: int) -> int:
        if not (0 <= tile < self.tiles and 0 <= resolution < self.resolutions):
            raise HoldingsError("The frame has no such tile or resolution.")
        return tile * self.resolutions + resolution


class Holdings:
    """What is held of all frames, the one with another manifest id being void."""

    def __init__(self) -> None:
        self._frames: dict[FrameKey, FrameHoldings] = {}

    def __iter__(self) -> Iterator[FrameKey]:
        return iter(self._frames)

    def __contains__(self, frame: object) -> bool:
        return frame in self._frames

    def get(self, frame: FrameKey) -> FrameHoldings | None:
        """Return what is held of ``frame``, None for nothing."""
        return self._frames.get(frame)

    def begin(self, frame: FrameKey, manifest: str, tiles: int, resolutions: int) -> FrameHoldings:
        """Return the holdings of ``frame`` under ``manifest``; those of another id are void."""
        held = self._frames.get(frame)
        if held is None or held.manifest != manifest:
            held = self._frames[frame] = FrameHoldings(manifest, tiles, resolutions)
        return held

    def drop(self, frame: FrameKey) -> None:
        """Note that nothing of ``frame`` is held any more."""
        self._frames.pop(frame, None)

    def statement(self) -> tuple[HeldFrame, ...]:
        """Return what ``hello`` says about every frame."""
        return tuple(held.to_held(frame) for frame, held in self._frames.items())
