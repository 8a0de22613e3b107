"""A change of mind: while a radiograph refines, another picture is wanted."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from streaming.vocabulary import FrameKey
from tests.tools.bench_link.preparing import Prepared
from tests.tools.bench_link.reading import reading, show, wait
from tests.tools.bench_link.results import Results
from tests.tools.bench_link.stage import Stage
from tests.tools.bench_link.wire_log import WireLog
from tests.tools.figures import say

PROFILE: Final = "2g"
JUMPS_A_RUN: Final = 4
MOST_JUMPS: Final = 12
APART: Final = 7
"""Slices between two that are jumped to. Two to either side of each are sent ahead, so a second row
of jumps fits between those of the first, and no third."""
REFINE_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 30.0


async def change_of_mind(stage: Stage, mixed: Prepared, results: Results, runs: int) -> None:
    """Jump from the radiograph to slices never looked at; time to the first bytes of each."""
    round_trip = results.links[PROFILE].round_trip
    radiograph = mixed.needed.frame.instance
    first = next(each for each in mixed.image.instances if each.uid == radiograph)
    stack = [each for each in mixed.image.instances if each.series != first.series]
    places = jumps(len(stack), JUMPS_A_RUN * runs)
    async with reading(stage, mixed.image.study, PROFILE, f"&series={first.series}") as reader:
        wire = reader.wire
        await wait(lambda: bool(wire.pieces), PATIENCE_SECONDS)
        await asyncio.sleep(REFINE_SECONDS)
        others = frozenset(each.uid for each in stack)
        for position in places:
            before = {piece.frame for piece in wire.pieces}
            at = await show(reader, stack[0].series, position)
            find = partial(arrival, wire, others, before, at)
            await wait(find, PATIENCE_SECONDS)
            beyond = ((find() or at + PATIENCE_SECONDS) - at - round_trip) * 1000
            results.mind_ms.append(beyond)
            asked = next((sent - at for sent in wire.looked if sent > at), None)
            say(
                f"{PROFILE:10} change of mind to slice {position}: one round trip + {beyond:.0f} ms"
                + ("" if asked is None else f", {asked * 1000:.0f} of them before the page asked")
            )
            await show(reader, first.series, 1)
            await asyncio.sleep(REFINE_SECONDS)


def jumps(slices: int, wanted: int) -> list[int]:
    """Return positions of which nothing has been sent when each is jumped to."""
    rows = [*range(1, slices + 1, APART), *range(1 + APART // 2, slices + 1, APART)]
    return rows[: min(wanted, MOST_JUMPS)]


def arrival(
    wire: WireLog, uids: frozenset[str], before: set[FrameKey | None], after: float
) -> float | None:
    """Return when a slice of a frame of ``uids`` came of which nothing had come before."""
    return next(
        (
            piece.at
            for piece in wire.pieces
            if piece.at > after
            and piece.frame is not None
            and piece.frame.instance in uids
            and piece.frame not in before
        ),
        None,
    )
