"""The viewer on the lab's phone: how long an answer waits behind the picture, and what comes.

``python -m tests.tools.pacing.lab_viewer URL STUDY SERIES SECONDS`` prints one line of JSON. Pings
go through the stream like any change of mind, so what their answers take beyond an idle link's
round trip is what stands before them: in the server, in its kernel, in the link.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import statistics
import sys
import time
from typing import Final

import orjson

from streaming.client import ViewerClient
from streaming.wire import Pong
from tests.tools.figures import say
from tests.tools.link import Link, linked

PATIENCE: Final = 60
EVERY: Final = 0.31
SCROLL_EVERY: Final = 1.0
"""Seconds: there is always something wanted."""
STEADY: Final = 6.0
"""Seconds after which the start is over."""


async def watch(url: str, study: str, series: str, seconds: float) -> dict[str, float]:
    """Stream for some seconds; return delays in milliseconds and bytes a second."""
    viewer = ViewerClient(study, series, 1, 1080, 1920)
    loop = asyncio.get_running_loop()
    asked: list[float] = []
    delays: list[tuple[float, float]] = []
    marks: list[tuple[float, int]] = []
    async with linked(url, viewer) as link:
        begin = loop.time()

        def look() -> bool:
            now = loop.time() - begin
            for event in link.events:
                if isinstance(event, Pong):
                    delays.append((asked[event.sent], now - asked[event.sent]))
            link.events.clear()
            marks.append((now, viewer.segment_bytes))
            position = 1 + int(now / SCROLL_EVERY)
            if viewer.viewport is not None and position > viewer.viewport.position:
                viewer.look_at(series, position, speed=1 / SCROLL_EVERY)
            return now > seconds

        asking = asyncio.create_task(_ask(link, asked, begin))
        await link.run(look, seconds + 30)
        asking.cancel()
    steady = sorted(delay for at, delay in delays if at > STEADY)
    start = [delay for at, delay in delays if at <= STEADY]
    reached = [total for at, total in marks if at <= STEADY][-1]
    return {
        "start_ms_max": round(1000 * max(start, default=0.0)),
        "steady_ms_p50": round(1000 * statistics.median(steady)),
        "steady_ms_p95": round(1000 * steady[len(steady) * 95 // 100]),
        "steady_ms_max": round(1000 * steady[-1]),
        "bytes_in_start": reached,
        "bytes_per_second": round((marks[-1][1] - reached) / (marks[-1][0] - STEADY)),
    }


async def _ask(link: Link, asked: list[float], begin: float) -> None:
    """Write pings past the loop that reads, which may be waiting for bytes."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(EVERY)
        asked.append(loop.time() - begin)
        await link.socket.send(orjson.dumps({"type": "ping", "sent": len(asked) - 1}).decode())


def main() -> None:
    """Watch, and print what was seen."""
    url, study, series, seconds = sys.argv[1:]
    for _ in range(PATIENCE):  # the server may not be up yet
        with contextlib.suppress(OSError):
            socket.create_connection(("10.77.0.1", int(url.rpartition(":")[2])), 2).close()
            break
        time.sleep(0.5)
    say(orjson.dumps(asyncio.run(watch(url, study, series, float(seconds)))).decode())


if __name__ == "__main__":
    main()
