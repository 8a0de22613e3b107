"""What goes next: the whole picture in, an ordered row of wants out.

What is wanted in which order is a table (``strategies.py``); here it is walked. ``plan`` is a pure
generator. It is started anew when the picture changes (a new Viewport, a frame
got ready, something was dropped) and is read only as far as credit allows, so that a study of 500
frames costs no more than the part of it that is sent. Frames that were once found to hold
everything a goal asks for are remembered (``FrameState.finished``) and cost one look.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from streaming.codestream.index import FrameIndex
from streaming.holdings import FrameHoldings
from streaming.manifest import Manifest
from streaming.priority import Step, layers_until, ordered_steps
from streaming.strategies import ERRORS, OUTLINE_BYTES, Aim, Extent, Stage, Strategy
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
SECONDS_AHEAD: Final = 1.5
"""About two round trips of a thin link: what the reader scrolls past meanwhile is too late."""
OUTLINE_MANIFEST_BYTES: Final = 420
"""About what a manifest takes that repeats another one."""

_ORDER: Final = {aim: place for place, aim in enumerate(Aim)}
_BESIDE: Final = frozenset({Extent.FRAME, Extent.NEAR})
"""Sent again even where the viewer once had no room for them: it has now."""


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
class _Look:
    """What follows from a way of looking at a frame, worked out once: a plan is made anew far more
    often than the picture changes for most frames of a stack."""

    way: tuple[object, ...]
    """Region, scale or screen, window, and how many frames share the outlines' bytes."""
    tiles: tuple[int, ...]
    discarded: int
    goals: dict[Aim, tuple[Goal, ...]] = field(default_factory=dict)
    reached: set[Aim] = field(default_factory=set)


@dataclass(slots=True)
class FrameState:
    """A frame that is ready, and what the viewer holds of it once all that was sent has arrived."""

    manifest: Manifest
    index: FrameIndex
    held: FrameHoldings
    finished: set[Goal] = field(default_factory=set)
    """Goals that were found reached; emptied when anything is taken back."""
    last: _Look | None = None
    """How the frame was looked at in the last run of the plan."""
    _order: tuple[WindowLevel | None, tuple[Step, ...]] | None = None

    def steps(self, window: WindowLevel | None) -> tuple[Step, ...]:
        """Return the order of the frame's layers through ``window``; the last one is remembered."""
        if self._order is None or self._order[0] != window:
            self._order = window, ordered_steps(self.manifest, window)
        return self._order[1]

    def taken_back(self) -> None:
        """Let the plan know that something the viewer held is gone."""
        self.finished.clear()
        self.last = None


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
class Worklist:
    """Frames of other studies that the viewer asked to have ready before it opens one."""

    frames: tuple[FrameKey, ...] = ()
    """The likeliest first."""
    screen: tuple[int, int] = (1, 1)
    """Width and height of the room for a picture, in device pixels."""
    bytes: int = 0
    """Of segments, for all together."""


@dataclass(frozen=True, slots=True)
class Picture:
    """All that decides what goes next."""

    stack: Sequence[FrameKey]
    """Empty where no study is open."""
    position: int
    """From 1; within the stack."""
    strategy: Strategy
    speed: float
    """Frames a second in which the reader scrolls, negative towards lower positions."""
    window: WindowLevel | None
    saver: bool
    """Nothing but the frame that is looked at."""
    enough: Aim
    """What is better than this is not wanted."""
    viewport: Viewport | None
    """None: the whole frame, fitted to ``screen``."""
    screen: tuple[int, int]
    find: Callable[[FrameKey], FrameState | None]
    failed: Callable[[FrameKey], bool]
    """Whether the frame cannot be had (now)."""
    dropped: Container[FrameKey] = ()
    """Frames that the viewer had no room for: not sent ahead again until they are looked at."""
    siblings: Sequence[FrameKey] = ()
    """The first frames of the study's other series."""
    worklist: Worklist = Worklist()


def outward(length: int, position: int, speed: float) -> Iterator[int]:
    """Yield the positions of a stack from the nearest on, in scroll direction first at each
    distance.

    ``position`` itself is left out. At rest the following frame is before the preceding.
    """
    side = -1 if speed < 0 else 1
    for distance in range(1, length):
        for place in (position + side * distance, position - side * distance):
            if 1 <= place <= length:
                yield place


def neighbours(length: int, position: int, speed: float) -> list[int]:
    """Return the positions next to ``position``: up to two on each side, in scroll direction
    first."""
    near = [p for p in outward(length, position, speed) if abs(p - position) <= NEIGHBOURS]
    if speed:
        near.sort(key=lambda place: (place - position) * speed < 0)
    return near


def ahead(length: int, position: int, speed: float) -> range:
    """Return the positions that the reader reaches within the next seconds at this ``speed``."""
    side = -1 if speed < 0 else 1
    reached = min(math.ceil(abs(speed) * SECONDS_AHEAD), length)
    last = min(max(position + side * reached, 1), length)
    return range(position + side, last + side, side)


def plan(picture: Picture) -> Iterator[Want]:
    """Yield what is wanted, best first, from what is held when each want is reached."""
    asked = _Asked(picture)
    for stage in picture.strategy:
        if picture.saver and stage.of is not Extent.FRAME:
            continue
        aim = stage.to if _ORDER[stage.to] <= _ORDER[picture.enough] else picture.enough
        yield from asked.stage(replace(stage, to=aim))


class _Asked:
    """One run of the plan: what of each frame was already asked for in it."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        viewport = picture.viewport
        seen = picture.screen if viewport is None else (viewport.region, viewport.scale)
        self._way = (seen, picture.window, len(picture.stack))
        self._next_layer: dict[FrameKey, dict[tuple[int, int], int]] = {}

    def stage(self, stage: Stage) -> Iterator[Want]:
        """Bring the stage's frames to its aim, one after the other."""
        if stage.of is Extent.WORKLIST:
            yield from self._worklist(stage.tier)
            return
        beside = stage.of in _BESIDE
        for frame in self._frames(stage.of):
            if beside or frame not in self._picture.dropped:
                yield from self._frame(frame, stage)

    def _frames(self, extent: Extent) -> Iterable[FrameKey]:
        picture = self._picture
        stack, position = picture.stack, picture.position
        if extent is Extent.FRAME:
            return stack[position - 1 : position]
        if extent is Extent.SIBLINGS:
            return picture.siblings
        positions: Iterable[int]
        if extent is Extent.NEAR:
            positions = neighbours(len(stack), position, picture.speed)
        elif extent is Extent.AHEAD:
            positions = ahead(len(stack), position, picture.speed)
        else:
            positions = outward(len(stack), position, picture.speed)
        return (stack[place - 1] for place in positions)

    def _frame(self, frame: FrameKey, stage: Stage) -> Iterator[Want]:
        state = self._picture.find(frame)
        if state is None:
            if not self._picture.failed(frame):
                yield FrameWanted(frame, stage.tier)
            return
        yield from self._manifest(frame, stage.tier)
        look = self._look(state)
        if stage.to in look.reached:
            return
        if stage.to not in look.goals:
            look.goals[stage.to] = self._goals(state, look, stage.to)
        goals = look.goals[stage.to]
        for goal in goals:
            yield from self._reach(frame, state, goal, stage.tier)
        if state.finished.issuperset(goals):
            look.reached.add(stage.to)

    def _look(self, state: FrameState) -> _Look:
        """Return how the frame is looked at now.

        One off the screen has no region of its own: it is made ready for the one looked at.
        """
        if state.last is None or state.last.way != self._way:
            state.last = _Look(self._way, *self._shown(state.manifest))
        return state.last

    def _goals(self, state: FrameState, look: _Look, aim: Aim) -> tuple[Goal, ...]:
        manifest, window = state.manifest, self._picture.window
        if aim is Aim.WHOLE:
            every = tuple(len(plane.layers) for plane in manifest.planes)
            return (
                Goal(look.tiles, look.discarded, every, window),
                Goal(look.tiles, 0, every, window),
                Goal(tuple(range(len(manifest.tiles))), 0, every, window),
            )
        layers = layers_until(manifest, ERRORS[aim], window)
        if aim is not Aim.OUTLINE:
            return (Goal(look.tiles, look.discarded, layers, window),)
        layers = tuple(min(1, count) for count in layers)
        room = OUTLINE_BYTES // len(self._picture.stack) - OUTLINE_MANIFEST_BYTES
        return (_fitting(state, Goal(look.tiles, look.discarded, layers, window), room),)

    def _worklist(self, tier: Tier) -> Iterator[Want]:
        """Frames of other studies, readable when fitted to the screen, as far as the bytes go."""
        worklist = self._picture.worklist
        room = worklist.bytes
        for frame in worklist.frames:
            state = self._picture.find(frame)
            if state is None:
                if not self._picture.failed(frame):
                    yield FrameWanted(frame, tier)
                continue
            manifest = state.manifest
            tiles = tuple(range(len(manifest.tiles)))
            scale = fitted_scale(manifest, *worklist.screen)
            discarded = discarded_resolutions(scale, manifest.resolutions)
            layers = layers_until(manifest, ERRORS[Aim.READABLE], None)
            goal = Goal(tiles, discarded, layers, None)
            room -= _bytes_of(state, goal)
            if room < 0:
                return
            if frame not in self._picture.dropped:
                yield from self._manifest(frame, tier)
                yield from self._reach(frame, state, goal, tier)

    def _manifest(self, frame: FrameKey, tier: Tier) -> Iterator[Want]:
        """Ask for the manifest, once in this run: several stages are about the same frame."""
        if frame not in self._next_layer:
            self._next_layer[frame] = {}
            yield ManifestWanted(frame, tier)

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
        asked = self._next_layer[frame]
        cells = [_cells(state.manifest, goal, plane) for plane in range(len(goal.layers))]
        for step in state.steps(goal.window):
            if step.layer >= goal.layers[step.plane]:
                continue
            for tile, resolution in cells[step.plane]:
                held = state.held.layers(tile, resolution)
                reached = reached and held > step.layer
                if max(held, asked.get((tile, resolution), 0)) > step.layer:
                    continue
                asked[tile, resolution] = step.layer + 1
                yield SegmentWanted(SegmentKey(frame, tile, resolution, step.layer), tier)
        if reached:
            state.finished.add(goal)


def _cells(manifest: Manifest, goal: Goal, plane: int) -> list[tuple[int, int]]:
    """Return the tile and resolution of each segment in a layer of ``plane``: coarse resolutions of
    all tiles first."""
    shown = {
        tile: shown_resolutions(manifest.resolutions_of(tile), goal.discarded)
        for tile in goal.tiles
        if manifest.tiles[tile].plane == plane and manifest.tiles[tile].constant is None
    }
    return [
        (tile, resolution)
        for resolution in range(max(shown.values(), default=0))
        for tile, resolutions in shown.items()
        if resolution < resolutions
    ]


def _bytes_of(state: FrameState, goal: Goal) -> int:
    """Return the bytes of all segments of a goal, held or not."""
    return sum(
        state.index.locate(tile, layer, resolution)[1]
        for plane, layers in enumerate(goal.layers)
        for tile, resolution in _cells(state.manifest, goal, plane)
        for layer in range(layers)
    )


def _fitting(state: FrameState, goal: Goal, room: int) -> Goal:
    """Return the goal without the finest resolutions for which there is no ``room`` (bytes); the
    smallest one is always there."""
    while goal.discarded < state.manifest.resolutions - 1 and _bytes_of(state, goal) > room:
        goal = replace(goal, discarded=goal.discarded + 1)
    return goal
