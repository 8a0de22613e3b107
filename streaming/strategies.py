"""In which order the pictures of a study are wanted: tables, one for each way of reading.

A strategy is a row of stages. Each stage names some frames (``Extent``), how good they shall become
(``Aim``) and why (``Tier``); a stage begins when the one before it has reached its aim. ``plan`` in
``scheduler.py`` walks the row, so a new way of reading is a new row here and no new code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from streaming.priority import READABLE
from streaming.vocabulary import Tier
from streaming.wire.layout import SeriesLayout

FAST: Final = 4.0
"""Frames a second from which the reader is looking for a place and reads nothing on the way."""
QUICK: Final = 120_000.0
"""Bytes a second from which the outlines of a whole series take four seconds at most."""
MOST_SIBLINGS: Final = 16
MOST_VIEWS: Final = 8
"""A study of no more pictures than this is read as views beside one another."""

VIEW_MODALITIES: Final = frozenset({"MG", "CR", "DX", "RG", "IO", "PX", "XC", "ES"})
"""Modalities whose series are single projections of one body part (PS3.3 C.7.3.1.1.1)."""


class Extent(Enum):
    """Which frames a stage is about; ``FRAME`` is the one that is looked at."""

    FRAME = "frame"
    AHEAD = "ahead"
    """Those that the reader will reach next, as fast as they scroll now; at rest none."""
    NEAR = "near"
    """Two to each side, first in scroll direction."""
    STACK = "stack"
    """All others of the series, the nearest first."""
    SIBLINGS = "siblings"
    """The first frame of each other series of the study."""
    WORKLIST = "worklist"
    """Frames of other studies, that the viewer asked to have ready."""


class Aim(Enum):
    """How good a stage makes its frames, at the window and scale of the screen."""

    OUTLINE = "outline"
    """Something to recognise: of a whole series together at most ``OUTLINE_BYTES``."""
    COARSE = "coarse"
    """16 grey levels of error (RMSE)."""
    READABLE = "readable"
    """4 grey levels."""
    UNSEEN = "unseen"
    """Half a grey level: no difference can be seen at this window."""
    WHOLE = "whole"
    """Bit-exact: what is on the screen, then its finer resolutions, then the frame's other
    tiles."""


ERRORS: Final = {Aim.OUTLINE: 16.0, Aim.COARSE: 16.0, Aim.READABLE: READABLE, Aim.UNSEEN: 0.5}
"""Grey levels (RMSE, 0..255) up to which each aim goes; ``WHOLE`` goes to the end."""
OUTLINE_BYTES: Final = 480_000
"""Of all outlines of one series together, manifests included."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Some frames, how good they shall become, and why."""

    of: Extent
    to: Aim
    tier: Tier


Strategy = tuple[Stage, ...]

_LOOKED_AT: Final = (
    Stage(Extent.FRAME, Aim.COARSE, Tier.VISIBLE_COARSE),
    Stage(Extent.FRAME, Aim.READABLE, Tier.VISIBLE_COARSE),
)
_EXACT: Final = (
    Stage(Extent.FRAME, Aim.UNSEEN, Tier.VISIBLE),
    Stage(Extent.FRAME, Aim.WHOLE, Tier.VISIBLE),
)
_AT_LAST: Final = (
    Stage(Extent.SIBLINGS, Aim.READABLE, Tier.PREFETCH),
    Stage(Extent.STACK, Aim.READABLE, Tier.PREFETCH),
    Stage(Extent.NEAR, Aim.WHOLE, Tier.IDLE),
    Stage(Extent.WORKLIST, Aim.READABLE, Tier.IDLE),
)

STACK: Final[Strategy] = (
    *_LOOKED_AT,
    Stage(Extent.NEAR, Aim.COARSE, Tier.NEIGHBOUR),
    *_EXACT,
    Stage(Extent.STACK, Aim.OUTLINE, Tier.PREFETCH),
    Stage(Extent.NEAR, Aim.READABLE, Tier.NEIGHBOUR),
    Stage(Extent.STACK, Aim.COARSE, Tier.PREFETCH),
    *_AT_LAST,
)
"""A slice is read: it becomes exact, then any other shows something at once."""

QUICK_STACK: Final[Strategy] = (
    *_LOOKED_AT,
    Stage(Extent.NEAR, Aim.COARSE, Tier.NEIGHBOUR),
    Stage(Extent.STACK, Aim.OUTLINE, Tier.PREFETCH),
    *_EXACT,
    Stage(Extent.NEAR, Aim.READABLE, Tier.NEIGHBOUR),
    Stage(Extent.STACK, Aim.COARSE, Tier.PREFETCH),
    *_AT_LAST,
)
"""The same on a link that carries the outlines within seconds: a reader who looks for a place finds
all of them there, and waits no longer for the exact slice than that takes."""

SCROLLING: Final[Strategy] = (
    Stage(Extent.FRAME, Aim.COARSE, Tier.VISIBLE_COARSE),
    Stage(Extent.AHEAD, Aim.OUTLINE, Tier.NEIGHBOUR),
    Stage(Extent.STACK, Aim.OUTLINE, Tier.PREFETCH),
    Stage(Extent.FRAME, Aim.READABLE, Tier.VISIBLE_COARSE),
    Stage(Extent.STACK, Aim.COARSE, Tier.PREFETCH),
    *_EXACT,
    *_AT_LAST,
)
"""The reader looks for a place: something of every slice before more of this one."""

CINE: Final[Strategy] = (
    *_LOOKED_AT,
    Stage(Extent.STACK, Aim.OUTLINE, Tier.PREFETCH),
    *_EXACT,
    Stage(Extent.STACK, Aim.COARSE, Tier.PREFETCH),
    *_AT_LAST,
)
"""Frames of one moving picture: what moves is read, so all of them before this one is exact."""

SINGLE: Final[Strategy] = (*_LOOKED_AT, *_EXACT, *_AT_LAST)
"""One picture a series."""

VIEWS: Final[Strategy] = (
    *_LOOKED_AT,
    Stage(Extent.NEAR, Aim.READABLE, Tier.NEIGHBOUR),
    Stage(Extent.SIBLINGS, Aim.READABLE, Tier.NEIGHBOUR),
    *_EXACT,
    Stage(Extent.NEAR, Aim.WHOLE, Tier.IDLE),
    Stage(Extent.SIBLINGS, Aim.WHOLE, Tier.IDLE),
    *_AT_LAST,
)
"""A few projections that are compared with one another, e.g. the four views of a mammogram."""

WAITING: Final[Strategy] = (Stage(Extent.WORKLIST, Aim.READABLE, Tier.PREFETCH),)
"""No study is open."""


def strategy_for(
    series: SeriesLayout, others: Sequence[SeriesLayout], speed: float, *, quick: bool
) -> Strategy:
    """Return how a series is read, among the other series of its study.

    ``speed`` is in frames a second, negative towards lower positions; the link is ``quick`` where
    it was seen to carry ``QUICK`` bytes a second.
    """
    frames = sum(instance.frames for instance in series.instances)
    if frames > 1 and any(instance.frames > 1 for instance in series.instances):
        return CINE if abs(speed) < FAST else SCROLLING
    pictures = frames + len(others)
    if series.modality in VIEW_MODALITIES and 1 < pictures <= MOST_VIEWS:
        return VIEWS
    if frames == 1:
        return SINGLE
    if abs(speed) >= FAST:
        return SCROLLING
    return QUICK_STACK if quick else STACK
