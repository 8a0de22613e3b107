"""The link is cut at random moments: what is sent again, and how soon it goes on."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from tests.tools.bench_link.milestones import percentile
from tests.tools.bench_link.phone import Phone
from tests.tools.bench_link.preparing import Prepared
from tests.tools.bench_link.reading import reading, wait
from tests.tools.bench_link.results import Results
from tests.tools.bench_link.stage import Stage
from tests.tools.bench_link.wire_log import Piece, sent_again
from tests.tools.figures import say

PROFILE: Final = "3g"
CUTS: Final = 20
PATIENCE_SECONDS: Final = 60.0
FINISHED_SECONDS: Final = 20.0
"""Nothing new on a sound link for so long: there is nothing more to send."""


async def resume(stage: Stage, study: Prepared, results: Results) -> None:
    """Cut ``CUTS`` times: packets lost, the phone's interface down, the server killed, in turn."""
    round_trip = results.links[PROFILE].round_trip
    chance = random.Random(20)
    async with reading(stage, study.image.study, PROFILE) as reader:
        pieces = reader.wire.pieces
        for number in range(CUTS):
            if not await wait(partial(_more, pieces, len(pieces)), FINISHED_SECONDS):
                results.remarks.append(f"{PROFILE}: all was sent after {number} of {CUTS} cuts.")
                break
            await asyncio.sleep(chance.uniform(0.2, 2.0))
            kind, lasts = ("cut", "offline", "kill")[number % 3], chance.uniform(0.5, 3.0)
            returned = await _break(stage, kind, lasts)
            trips = await _first_after(reader, returned, round_trip)
            results.resume_round_trips.append(trips)
            say(f"{PROFILE:10} {kind} for {lasts:.1f} s: goes on after {trips:.1f} round trips")
        results.resent_bytes = sent_again(pieces)
        opened = len(reader.wire.opened)
    p95 = percentile(results.resume_round_trips, 0.95)
    say(
        f"{PROFILE:10} {opened} sockets; {results.resent_bytes:,} B sent again; "
        f"p95 {p95} round trips"
    )


def _more(pieces: Sequence[Piece], than: int) -> bool:
    return len(pieces) > than


async def _break(stage: Stage, kind: str, lasts: float) -> float:
    """Break the link, or the server, for a while; return when it was sound again."""
    if kind == "cut":
        stage.place.cut()
        await asyncio.sleep(lasts)
        stage.place.restore()
    elif kind == "offline":
        stage.place.offline()
        await asyncio.sleep(lasts)
        stage.place.online()
    else:
        await stage.server.kill()
        await stage.server.start()
    return time.time()


async def _first_after(reader: Phone, returned: float, round_trip: float) -> float:
    """Round trips from ``returned`` to the first slice after it."""

    def first() -> float | None:
        late = (piece.at for piece in reversed(reader.wire.pieces) if piece.at > returned)
        return min(late, default=None)

    if not await wait(lambda: first() is not None, PATIENCE_SECONDS):
        return PATIENCE_SECONDS / round_trip
    at = first()
    assert at is not None
    return (at - returned) / round_trip
