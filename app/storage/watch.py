"""Word of changes that another process made: `firstlight import` beside a running server."""

from __future__ import annotations

import asyncio

from app.storage.bus import Bus
from app.storage.catalog import Catalog


async def watch(catalog: Catalog, bus: Bus, seconds: float) -> None:
    """Look at the change feed every ``seconds`` and publish what is new, until cancelled.

    What this process changed itself is published a second time, which costs a subscriber one empty
    look.
    """
    seen = await catalog.latest()
    while True:
        await asyncio.sleep(seconds)
        studies, seen = await catalog.changed_after(seen)
        for study in studies:
            await bus.publish(study)
