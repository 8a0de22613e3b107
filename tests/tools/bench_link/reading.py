"""Our viewer held open while something is done to it: jumps, cuts, faults."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from tests.tools.bench_link.opening import HINT_SEEN, PREFETCH_OFF
from tests.tools.bench_link.phone import Phone, copied_profile, phone
from tests.tools.bench_link.stage import Stage

INSPECT = "window.firstlight?.inspect !== undefined"


@asynccontextmanager
async def reading(
    stage: Stage, study: str, profile: str, query: str = "", *, inspect: bool = True, **changes: str
) -> AsyncIterator[Phone]:
    """Open a study warm on a link; ``changes`` as the lab's ``set`` takes.

    With ``inspect`` the page is left alone until its ``window.firstlight.inspect`` is there.
    """
    with tempfile.TemporaryDirectory(prefix="phone-", ignore_cleanup_errors=True) as name:
        folder = copied_profile(stage.template, Path(name) / "profile")
        stage.place.set(profile, **changes)
        async with phone(stage.place, stage.certificate, folder) as reader:
            scripts = HINT_SEEN + PREFETCH_OFF
            await reader.page.send("Page.addScriptToEvaluateOnNewDocument", source=scripts)
            asked = f"{'inspect=1' if inspect else ''}{query}"
            await reader.page.goto(f"{stage.server.url}/studies/{study}?{asked}")
            if inspect:
                await reader.page.wait_for(INSPECT, 120)
            yield reader


async def show(reader: Phone, series: str, position: int) -> float:
    """Have the viewer show a place; return when, in seconds of the page's wall clock."""
    call = f"window.firstlight.inspect.show({orjson.dumps(series).decode()}, {position})"
    told = await reader.page.evaluate(
        f"(() => {{ const at = performance.timeOrigin + performance.now(); {call}; return at; }})()"
    )
    return float(told) / 1000


async def wait(true: Callable[[], object], seconds: float) -> bool:
    """Look 20 times a second whether something became true (or known)."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while true() in (None, False):
        if loop.time() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True
