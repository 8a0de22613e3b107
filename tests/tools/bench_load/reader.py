"""How a reader behaves: looks, scrolls now and then, changes the window, loses the link."""

from __future__ import annotations

import asyncio
import random
from typing import Final

from tests.tools.bench_load.viewer import LoadViewer

BETWEEN_ACTIONS: Final = 6.0
"""Seconds, on average."""
STEP_SECONDS: Final = 0.15
LONGEST_SCROLL: Final = 8
SCROLLS: Final = 0.7
WINDOWS: Final = 0.2
"""Shares of the actions; the rest are cuts."""
AWAY: Final = (1.0, 6.0)
PING_SECONDS: Final = 2.0


async def read(viewer: LoadViewer, rng: random.Random, *, begin: float, cuts: bool) -> None:
    """Open after ``begin`` seconds and read until cancelled; without ``cuts``, the link holds."""
    await asyncio.sleep(begin)
    await viewer.connect()
    asking = asyncio.create_task(_ask(viewer, rng))
    try:
        while True:
            await asyncio.sleep(rng.expovariate(1 / BETWEEN_ACTIONS))
            action = rng.random()
            if action < SCROLLS:
                await _scroll(viewer, rng)
            elif action < SCROLLS + WINDOWS:
                viewer.change_window(rng.uniform(0.3, 2.0))
            elif cuts:
                viewer.cut()
                await asyncio.sleep(rng.uniform(*AWAY))
                await viewer.connect()
    finally:
        asking.cancel()
        viewer.close()


async def _scroll(viewer: LoadViewer, rng: random.Random) -> None:
    direction = rng.choice((-1, 1))
    for _ in range(rng.randint(1, LONGEST_SCROLL)):
        position = viewer.position + direction
        if not 1 <= position <= viewer.series.length:
            return
        viewer.scroll(position)
        await asyncio.sleep(STEP_SECONDS)


async def _ask(viewer: LoadViewer, rng: random.Random) -> None:
    while True:
        await asyncio.sleep(rng.uniform(0.5, 1.5) * PING_SECONDS)
        viewer.ping()
