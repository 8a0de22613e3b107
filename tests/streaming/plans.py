"""A picture to plan from, and its plan told in a line."""

from __future__ import annotations

from dataclasses import replace

from streaming.holdings import FrameHoldings
from streaming.scheduler import FrameState, Picture, SegmentWanted, plan
from streaming.strategies import STACK, Aim
from streaming.vocabulary import FrameKey
from tests.streaming.study import StoredFrame

KEYS = tuple(FrameKey(f"1.2.{n}", 1) for n in range(1, 8))


def state(frame: StoredFrame) -> FrameState:
    """Return a frame that is ready, nothing of it being held."""
    manifest = frame.manifest
    held = FrameHoldings(manifest.id, len(manifest.tiles), manifest.resolutions)
    return FrameState(manifest, frame.index, held)


def picture(frames: dict[FrameKey, FrameState], **more: object) -> Picture:
    """Return the picture of a stack of three frames, the second being looked at, and no more."""
    whole = Picture(
        stack=KEYS[:3],
        position=2,
        strategy=STACK,
        speed=0.0,
        window=None,
        saver=False,
        enough=Aim.WHOLE,
        viewport=None,
        screen=(1000, 1000),
        find=frames.get,
        failed=lambda key: False,
    )
    return replace(whole, **more)  # type: ignore[arg-type]


def segments(shown: Picture) -> list[SegmentWanted]:
    """Return the segments of the plan, in order."""
    return [want for want in plan(shown) if isinstance(want, SegmentWanted)]


def wanted_bytes(shown: Picture, frames: dict[FrameKey, FrameState]) -> dict[FrameKey, int]:
    """Return how many bytes of each frame are in the plan."""
    sizes: dict[FrameKey, int] = {}
    for want in segments(shown):
        key = want.key
        length = frames[key.frame].index.locate(key.tile, key.layer, key.resolution)[1]
        sizes[key.frame] = sizes.get(key.frame, 0) + length
    return sizes
