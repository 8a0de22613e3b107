"""How many bytes a series holds for a reader at rest: what a wide link brings until no more comes.

Links are compared while all of them are busy. A viewer that has all it wants leaves its link idle,
and that says nothing of the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from tests.tools.bench_load.link import Link, Profile
from tests.tools.bench_load.studies import Series
from tests.tools.bench_load.viewer import LoadViewer, Tally

WIDE: Final = Profile("wide", 400_000, 400_000, 0.0, 1.0)
QUIET_SECONDS: Final = 3.0


async def supplies(port: int, series: list[Series], tally: Tally) -> dict[Series, int]:
    """Return the bytes of each series; what of it was not coded before is then coded."""
    return {one: await _supply(port, one, tally) for one in series}


def lasting(supply: Mapping[Series, int], needed: float) -> Series:
    """Return the longest series that lasts for ``needed`` bytes; where none does, that with most
    bytes."""
    enough = [one for one, length in supply.items() if length >= needed]
    if enough:
        return max(enough, key=lambda one: one.length)
    return max(supply, key=lambda one: supply[one])


async def _supply(port: int, series: Series, tally: Tally) -> int:
    viewer = LoadViewer(port, series, Link(WIDE), tally, (series.length + 1) // 2)
    await viewer.connect()
    seen = -1
    while viewer.received > seen:
        seen = viewer.received
        await asyncio.sleep(QUIET_SECONDS)
    viewer.close()
    return seen
