"""What one viewer looks at: the study that is open, the series and place in it, and the worklist.

A study is opened in two steps: the viewer says which (``open``), and the session learns its layout
(``opened``). Between the two nothing of it can be planned.
"""

from __future__ import annotations

from dataclasses import replace

from streaming.frames import Frames
from streaming.scheduler import Picture, Worklist
from streaming.strategies import MOST_SIBLINGS, WAITING, Aim, strategy_for
from streaming.viewport import Viewport
from streaming.vocabulary import FrameKey
from streaming.wire.layout import SeriesLayout, StudyLayout
from streaming.wire.opening import Opening

NOTHING = Opening(fresh=True)


class LookedAt:
    """One viewer's place."""

    def __init__(self, place: Opening) -> None:
        self.worklist = Worklist()
        self._place = place
        self._study: StudyLayout | None = None
        self._series: SeriesLayout | None = None
        self._viewport: Viewport | None = None
        self._stacks: dict[str, tuple[FrameKey, ...]] = {}

    @property
    def wanted(self) -> str | None:
        """The study that is open, or is to be."""
        return self._place.study

    @property
    def study(self) -> StudyLayout | None:
        """The study that is open."""
        return self._study

    def knows_layout(self, latest: int) -> bool:
        """Say whether the page has the layout as it is after the study's last change."""
        return self._place.layout is not None and self._place.layout >= latest

    def open(self, place: Opening) -> None:
        """Let go of what is open, and wait for the study of ``place``."""
        self._place = place
        self._study = self._series = self._viewport = None
        self._stacks.clear()

    def opened(self, layout: StudyLayout) -> bool:
        """Take the layout of the study waited for; False if it does not have the series wanted."""
        self._study = layout
        return self._find(self._place.series)

    def changed(self, layout: StudyLayout) -> bool:
        """Take another layout of the open study; False if the series looked at is not in it."""
        self._study = layout
        self._stacks.clear()
        return self._find(self._place.series if self._series is None else self._series.series)

    def look(self, viewport: Viewport) -> bool:
        """Look through a viewport, unless it is older than the one known; False if its series is
        not there."""
        if self._viewport is not None and viewport.generation <= self._viewport.generation:
            return True
        self._viewport = viewport
        self._place = replace(self._place, series=viewport.series)
        return self._find(viewport.series)

    def picture(self, frames: Frames, *, quick: bool) -> Picture:
        """Return all that decides what goes next, on a link that is ``quick`` or not; ``frames`` is
        told which frame is looked at."""
        viewport = self._viewport
        speed = 0.0 if viewport is None else viewport.speed
        stack: tuple[FrameKey, ...] = ()
        siblings: tuple[FrameKey, ...] = ()
        strategy = WAITING
        position = 1
        if self._series is not None and self._study is not None:
            others = [other for other in self._study.series if other is not self._series]
            stack = self._stack(self._series)
            siblings = tuple(self._stack(other)[0] for other in others[:MOST_SIBLINGS])
            strategy = strategy_for(self._series, others, speed, quick=quick)
            wanted = self._place.position if viewport is None else viewport.position
            position = min(wanted, len(stack))
        frames.look_at(stack[position - 1] if stack else None)
        return Picture(
            stack=stack,
            position=position,
            strategy=() if viewport is not None and viewport.paused else strategy,
            speed=speed,
            window=None if viewport is None else viewport.window,
            saver=viewport is not None and viewport.saver,
            enough=Aim.READABLE if viewport is not None and viewport.readable else Aim.WHOLE,
            viewport=viewport,
            screen=(self._place.width, self._place.height),
            find=frames.find,
            failed=frames.failed,
            dropped=frames.dropped,
            siblings=siblings,
            worklist=self.worklist,
        )

    def _find(self, series: str | None) -> bool:
        study = self._study
        self._series = None if study is None else study.find(series)
        return study is None or not study.series or self._series is not None

    def _stack(self, series: SeriesLayout) -> tuple[FrameKey, ...]:
        if series.series not in self._stacks:
            self._stacks[series.series] = series.stack()
        return self._stacks[series.series]
