"""What goes next: the whole picture in, an ordered row of wants out.

``plan`` is a pure generator. It is started anew when the picture changes (a new Viewport, a frame
got ready, something was dropped) and is read only as far as credit allows, so that a study of 500
frames costs no more than the part of it that is sent. Frames that were once found to hold
everything a goal asks for are remembered (``FrameState.finished``) and cost one look.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from streaming.codestream.index import FrameIndex
from streaming.holdings import FrameHoldings
from streaming.manifest import Manifest
from streaming.priority import Step, ordered_steps, readable_layers
from streaming.viewport import (
    Viewport,
    discarded_resolutions,
    fitted_scale,
    shown_resolutions,
    visible_tiles,
    whole,
)
from streaming.vocabulary import FrameKey, SegmentKey, Tier, WindowLevel

NEIGHBOURS: Final = 2


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted of a frame: these tiles, so many of their resolutions, so many layers."""

    tiles: tuple[int, ...]
    discarded: int
    layers: tuple[int, ...]
    """For each plane."""
    window: WindowLevel | None
    """The order of the steps depends on it."""


@dataclass(slots=True)
class FrameState:
    """A frame that is ready, and what the viewer holds of it once all that was sent has arrived."""

    manifest: Manifest
    index: FrameIndex
    held: FrameHoldings
    finished: set[Goal] = field(default_factory=set)
    """Goals that were found reached; emptied when anything is taken back."""


@dataclass(frozen=True, slots=True)
class FrameWanted:
    """This frame's manifest is not known yet: it must be made or loaded."""

    frame: FrameKey
    tier: Tier


@dataclass(frozen=True, slots=True)
class ManifestWanted:
    """The viewer must know this frame's manifest before any of its segments."""

    frame: FrameKey
    tier: Tier


@dataclass(frozen=True, slots=True)
class SegmentWanted:
    """This segment, or what remains of it."""

    key: SegmentKey
    tier: Tier


Want = FrameWanted | ManifestWanted | SegmentWanted


@dataclass(frozen=True, slots=True)
class Picture:
    """All that decides what goes next."""

    stack: Sequence[FrameKey]
    position: int
    """From 1; within the stack."""
    direction: int
    window: WindowLevel | None
    saver: bool
    viewport: Viewport | None
    """None: the whole frame, fitted to ``screen``."""
    screen: tuple[int, int]
    find: Callable[[FrameKey], FrameState | None]
    failed: Callable[[FrameKey], bool]
    """Whether the frame cannot be had (now)."""
    dropped: Container[FrameKey] = ()
    """Frames that the viewer had no room for: not sent ahead again until they are looked at."""


def outward(length: int, position: int, direction: int) -> Iterator[int]:
    """Yield the positions of a stack from the nearest on, in scroll direction first at each
    distance.

    ``position`` itself is left out. With direction 0 the following frame is before the preceding.
    """
    side = -1 if direction < 0 else 1
    for distance in range(1, length):
        for place in (position + side * distance, position - side * distance):
            if 1 <= place <= length:
                yield place


def neighbours(length: int, position: int, direction: int) -> list[int]:
    """Return the positions next to ``position``: up to two on each side, in scroll direction
    first."""
    near = [p for p in outward(length, position, direction) if abs(p - position) <= NEIGHBOURS]
    if direction:
        near.sort(key=lambda place: (place - position) * direction < 0)
    return near


def plan(picture: Picture) -> Iterator[Want]:
    """Yield what is wanted, best first, from what is held when each want is reached."""
    length = len(picture.stack)
    asked = _Asked(picture)
    yield from asked.visible(picture.stack[picture.position - 1])
    if picture.saver:
        return
    near = neighbours(length, picture.position, picture.direction)
    for place in near:
        yield from asked.readable(picture.stack[place - 1], Tier.NEIGHBOUR)
    for place in outward(length, picture.position, picture.direction):
        frame = picture.stack[place - 1]
        if abs(place - picture.position) > NEIGHBOURS and frame not in picture.dropped:
            yield from asked.readable(frame, Tier.PREFETCH)
    for place in near:
        if picture.stack[place - 1] not in picture.dropped:
            yield from asked.lossless(picture.stack[place - 1], Tier.IDLE)


class _Asked:
    """One run of the plan: what of each frame was already asked for in it."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._next_layer: dict[FrameKey, dict[tuple[int, int], int]] = {}

    def visible(self, frame: FrameKey) -> Iterator[Want]:
        """Readable at the shown resolutions, then these whole, then the finer ones, then all
        tiles."""
        state = self._picture.find(frame)
        if state is None:
            yield from self._unready(frame, Tier.VISIBLE_COARSE)
            return
        yield ManifestWanted(frame, Tier.VISIBLE_COARSE)
        tiles, discarded = self._shown(state.manifest)
        window = self._picture.window
        every = tuple(len(plane.layers) for plane in state.manifest.planes)
        coarse = Goal(tiles, discarded, readable_layers(state.manifest, window), window)
        yield from self._reach(frame, state, coarse, Tier.VISIBLE_COARSE)
        for goal in (
            Goal(tiles, discarded, every, window),
            Goal(tiles, 0, every, window),
            Goal(tuple(range(len(state.manifest.tiles))), 0, every, window),
        ):
            yield from self._reach(frame, state, goal, Tier.VISIBLE)

    def readable(self, frame: FrameKey, tier: Tier) -> Iterator[Want]:
        """Readable at the shown resolutions."""
        state = self._picture.find(frame)
        if state is None:
            yield from self._unready(frame, tier)
            return
        yield ManifestWanted(frame, tier)
        tiles, discarded = self._shown(state.manifest)
        window = self._picture.window
        layers = readable_layers(state.manifest, window)
        yield from self._reach(frame, state, Goal(tiles, discarded, layers, window), tier)

    def lossless(self, frame: FrameKey, tier: Tier) -> Iterator[Want]:
        """Everything; a frame that is not ready was already asked for as a neighbour."""
        state = self._picture.find(frame)
        if state is not None:
            every = tuple(len(plane.layers) for plane in state.manifest.planes)
            tiles = tuple(range(len(state.manifest.tiles)))
            yield from self._reach(frame, state, Goal(tiles, 0, every, None), tier)

    def _unready(self, frame: FrameKey, tier: Tier) -> Iterable[Want]:
        return () if self._picture.failed(frame) else (FrameWanted(frame, tier),)

    def _shown(self, manifest: Manifest) -> tuple[tuple[int, ...], int]:
        """Return the tiles that are on the screen, and how many resolutions it cannot show."""
        viewport = self._picture.viewport
        if viewport is None:
            region, scale = whole(manifest), fitted_scale(manifest, *self._picture.screen)
        else:
            region, scale = viewport.region, viewport.scale
        tiles = visible_tiles(manifest.tiles, region) or tuple(range(len(manifest.tiles)))
        return tiles, discarded_resolutions(scale, manifest.resolutions)

    def _reach(self, frame: FrameKey, state: FrameState, goal: Goal, tier: Tier) -> Iterator[Want]:
        if goal in state.finished:
            return
        reached = True
        asked = self._next_layer.setdefault(frame, {})
        for step in ordered_steps(state.manifest, goal.window):
            if step.layer >= goal.layers[step.plane]:
                continue
            for tile, resolution in _cells(state.manifest, goal, step):
                held = state.held.layers(tile, resolution)
                reached = reached and held > step.layer
                if max(held, asked.get((tile, resolution), 0)) > step.layer:
                    continue
                asked[tile, resolution] = step.layer + 1
                yield SegmentWanted(SegmentKey(frame, tile, resolution, step.layer), tier)
        if reached:
            state.finished.add(goal)


def _cells(manifest: Manifest, goal: Goal, step: Step) -> Iterator[tuple[int, int]]:
    """Yield the tile and resolution of one step's segments: coarse resolutions of all tiles
    first."""
    shown = {
        tile: shown_resolutions(manifest.resolutions_of(tile), goal.discarded)
        for tile in goal.tiles
        if manifest.tiles[tile].plane == step.plane and manifest.tiles[tile].constant is None
    }
    for resolution in range(max(shown.values(), default=0)):
        for tile, resolutions in shown.items():
            if resolution < resolutions:
                yield tile, resolution
