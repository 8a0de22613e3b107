"""Neighbouring reads in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streaming.session import SegmentRead

LONGEST_RUN: Final = 64 * 1024
"""Bytes: what one viewer may take of the event loop's time at once, and of memory. A read that is
longer than that is a run by itself."""


def runs(reads: Iterable[SegmentRead]) -> Iterator[list[SegmentRead]]:
    """Yield the reads in their order, those together that follow one another in a frame's body."""
    run: list[SegmentRead] = []
    for read in reads:
        if run and not _follows(run, read):
            yield run
            run = []
        run.append(read)
    if run:
        yield run


def length(run: list[SegmentRead]) -> int:
    """Return how many bytes a run is long."""
    return run[-1].offset + run[-1].length - run[0].offset


def _follows(run: list[SegmentRead], read: SegmentRead) -> bool:
    last = run[-1]
    return (
        read.key.frame == last.key.frame
        and read.offset == last.offset + last.length
        and length(run) + read.length <= LONGEST_RUN
    )
