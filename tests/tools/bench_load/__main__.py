"""``make bench-load [VIEWERS=300] [SECONDS=60] [DIR=...]``: one server process, many thin links.

A real server on loopback with real studies, its frames coded beforehand, and viewers in this
process: each a WebSocket driven by ``streaming.client.ViewerClient`` behind a simulated link whose
back pressure TCP feels. A tenth of them have equal links, a tenth share one for two; the others
are a mix. They open, read, scroll, change the window; some lose the link and come back.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from tests.tools.bench_load.crowd import EQUAL_PROFILE, Crowd, gathered
from tests.tools.bench_load.link import PROFILES
from tests.tools.bench_load.measures import jain, mean
from tests.tools.bench_load.process import MemoryPeak, Usage, usage
from tests.tools.bench_load.reader import read
from tests.tools.bench_load.studies import prepared
from tests.tools.bench_load.supply import lasting, supplies
from tests.tools.bench_load.viewer import Tally
from tests.tools.figures import figures, say
from tests.tools.server import Server

RAMP_SECONDS: Final = 10.0
"""Time in which the viewers come, a sixth of the whole at most."""
SETTLE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Load:
    """What one run showed."""

    before: Usage
    after: Usage
    memory: int
    equal: list[int]
    """Bytes that each of the equal viewers received while all were busy."""
    pairs: list[tuple[int, int]]
    seconds: float
    """How long that was."""
    tally: Tally
    received: int


async def load(server: Server, crowd: Crowd, tally: Tally, seconds: float, seed: int) -> Load:
    """Let the crowd read for ``seconds``."""
    ramp = min(RAMP_SECONDS, seconds / 6)
    rng = random.Random(seed)
    before = usage(server.pid)
    peak = MemoryPeak(server.pid)
    watching = asyncio.create_task(peak.watch())
    steady = [*crowd.equal, *(one for pair in crowd.pairs for one in pair)]
    readers = [
        asyncio.create_task(
            read(
                viewer,
                random.Random(rng.random()),
                begin=rng.uniform(0, ramp),
                cuts=viewer not in steady,
            )
        )
        for viewer in crowd.everyone
    ]
    await asyncio.sleep(ramp + SETTLE_SECONDS)
    begun = {viewer: viewer.received for viewer in steady}
    await asyncio.sleep(seconds - ramp - SETTLE_SECONDS)
    got = {viewer: viewer.received - begun[viewer] for viewer in steady}
    after = usage(server.pid)
    for task in [*readers, watching]:
        task.cancel()
    for outcome in await asyncio.gather(*readers, return_exceptions=True):
        if isinstance(outcome, Exception):
            tally.broken.append(repr(outcome))
    return Load(
        before,
        after,
        peak.bytes,
        [got[viewer] for viewer in crowd.equal],
        [(got[one], got[other]) for one, other in crowd.pairs],
        seconds - ramp - SETTLE_SECONDS,
        tally,
        sum(viewer.received for viewer in crowd.everyone),
    )


async def run(viewers: int, seconds: float, folder: Path, seed: int) -> dict[str, Any]:
    """Prepare, load, and return the figures."""
    async with Server.started() as server:
        say(f"Importing from {folder} and coding the frames.")
        series = await prepared(server, folder)
        say(f"{len(series)} series, {sum(one.length for one in series)} frames are ready.")
        supply = await supplies(server.port, series, Tally())
        needed = PROFILES[EQUAL_PROFILE].bytes_per_second * seconds
        compared = lasting(supply, needed)
        lasts = supply[compared] / needed
        say(f"Compared links carry a series of {compared.length} frames, for {lasts:.1f} runs.")
        rng, tally = random.Random(seed), Tally()
        crowd = gathered(viewers, server.port, series, compared, tally, rng)
        say(f"{viewers} viewers for {seconds:.0f} s.")
        seen = await load(server, crowd, tally, seconds, seed)
        for reason, count in Counter(tally.broken).items():
            say(f"{count} x {reason}")
        await server.stop()
        waits = logged_waits(server.log)
    return summary(viewers, seconds, seen, waits)


def logged_waits(log: Path) -> dict[str, Any]:
    """Return what the server said of its waits as it stopped."""
    lines = [orjson.loads(line) for line in log.read_bytes().splitlines() if line[:1] == b"{"]
    found: dict[str, Any] = next(line for line in reversed(lines) if line["event"] == "waits")
    return found


def summary(viewers: int, seconds: float, seen: Load, waits: dict[str, Any]) -> dict[str, Any]:
    """Make the figures of what was seen."""
    minutes = viewers * seconds / 60
    tally = seen.tally
    rate = PROFILES[EQUAL_PROFILE].bytes_per_second
    return {
        "viewers": viewers,
        "cpu_s_per_viewer_minute": round((seen.after.server - seen.before.server) / minutes, 4),
        "mb_per_viewer": round((seen.memory - seen.before.memory) / viewers / 1e6, 3),
        "wait_ms_p99": waits["p99_ms"],
        "jain": round(jain(seen.equal), 4),
        "jain_shared_link": round(mean([jain(pair) for pair in seen.pairs]), 4),
        "equal_link_used": round(mean(seen.equal) / seen.seconds / rate, 3),
        "wait_ms_p50": waits["p50_ms"],
        "wait_ms_p95": waits["p95_ms"],
        "waits": waits["count"],
        "answer_ms_p50": round(tally.answers.quantile(0.5) * 1000, 1),
        "answer_ms_p99": round(tally.answers.quantile(0.99) * 1000, 1),
        "client_late_ms_p99": round(tally.late.quantile(0.99) * 1000, 1),
        "server_cpu": round((seen.after.server - seen.before.server) / seconds, 3),
        "server_starved": round((seen.after.starved - seen.before.starved) / seconds, 3),
        "encoder_cpu_s": round(seen.after.encoders - seen.before.encoders, 2),
        "mb_per_s": round(seen.received / seconds / 1e6, 2),
        "messages_per_s": round(tally.messages / seconds),
        "connections": tally.connections,
        "lost": tally.lost,
        "broken": len(tally.broken),
    }


def main() -> None:
    """Run and print the figures; ends with 1 where a connection was lost or broke the protocol."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--dir", type=Path, default=Path("../shared/data/public"))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.seconds < 20 or arguments.viewers < 20:
        parser.error("at least 20 viewers and 20 seconds say something")
    result = asyncio.run(run(arguments.viewers, arguments.seconds, arguments.dir, arguments.seed))
    for name, value in result.items():
        say(f"{name:26} {value}")
    figures(result)
    if result["lost"] or result["broken"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
