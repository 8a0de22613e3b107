"""The visits of one run of the bench, one after the other, and their progress in plain lines."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine

from tests.tools.bench_link.floor import LinkFacts, WayIn, floor_seconds
from tests.tools.bench_link.milestones import Milestones
from tests.tools.bench_link.opening import Visit, visit
from tests.tools.bench_link.peer_visit import VARIANTS, PeerTarget, Variant, peer_visit
from tests.tools.bench_link.preparing import Prepared
from tests.tools.bench_link.results import OURS, Record, Results
from tests.tools.bench_link.stage import PeerStage, Stage
from tests.tools.chromium import BrowserError
from tests.tools.figures import say

LEAST_SECONDS, MOST_SECONDS = 45.0, 240.0
AROUND_SECONDS = 240.0
"""For a browser's start, a list that loads, a prefetch that is waited for."""
PEER_WAYS = (WayIn.COLD, WayIn.WARM, WayIn.TAP)


def bound(link: LinkFacts, size: int) -> float:
    """Return how long a visit may take: three times what the bytes need, and the beginning."""
    needed = floor_seconds(WayIn.WARM, link, size)
    return min(MOST_SECONDS, max(LEAST_SECONDS, 3 * needed))


async def visit_ours(stage: Stage, images: list[Prepared], results: Results, runs: int) -> None:
    """Open every image in every way on every link, ``runs`` times."""
    for profile, link in results.links.items():
        absent = False  # the list prefetches nothing: asked once a profile, not each time
        for prepared in images:
            target, name = stage.target(prepared), prepared.image.name
            seconds = bound(link, prepared.needed.lossless + 250_000)
            for way in WayIn:
                for run in range(runs if way is not WayIn.PREFETCHED or not absent else 0):
                    place = (stage.place, stage.certificate, target, way, profile)
                    visiting = visit(*place, stage.template, seconds)
                    found = await _bounded(visiting, seconds, results)
                    if found is None:
                        absent = True
                        results.remarks.append(f"{profile}: the list did not prefetch {name}.")
                        break
                    seen = (found.reached, found.app_bytes, _load())
                    record = Record(OURS, profile, way.value, name, run, *seen)
                    _take(results, record, found.problems)


async def visit_peer(stage: Stage, peer: PeerStage, results: Results, runs: int) -> None:
    """Open every image in the peer: each variant once on a tap, then the best ones in every way."""
    for profile, link in results.links.items():
        for name, target in peer.targets.items():
            seconds = bound(link, 2 * results.sizes[name].lossless + 1_000_000)
            tried: dict[Variant, Milestones] = {}
            for variant in variants_for(target, orthanc=peer.orthanc):
                reached = await _peer_once(
                    stage, peer, results, (name, variant, WayIn.TAP, profile, 0), seconds
                )
                tried[variant] = reached
            for variant in best_variants(tried):
                for way in PEER_WAYS:
                    for run in range(1 if way is WayIn.TAP else 0, runs):
                        place = (name, variant, way, profile, run)
                        await _peer_once(stage, peer, results, place, seconds)


def variants_for(target: PeerTarget, *, orthanc: bool) -> list[Variant]:
    """Return the variants that make sense: a JPEG source as it came only where it is one."""
    left_out = set() if orthanc else {"/orthanc"}
    if not target.jpeg:
        left_out.add("/source")
    return [variant for variant in VARIANTS if variant.root not in left_out]


def best_variants(tried: dict[Variant, Milestones]) -> list[Variant]:
    """Return the variant that is readable first, and the one that is lossless first."""
    best: list[Variant] = []
    for goal in ("readable", "lossless"):
        reached = {v: getattr(m, goal) for v, m in tried.items() if getattr(m, goal) is not None}
        if reached:
            best.append(min(reached, key=reached.__getitem__))
    return list(dict.fromkeys(best))


async def _peer_once(
    stage: Stage,
    peer: PeerStage,
    results: Results,
    place: tuple[str, Variant, WayIn, str, int],
    seconds: float,
) -> Milestones:
    name, variant, way, profile, run = place
    where = (stage.place, stage.certificate, peer.targets[name], variant, way, profile)
    found = await _bounded(peer_visit(*where, peer.template, seconds), seconds, results)
    assert found is not None
    seen = (found.reached, found.app_bytes, _load())
    record = Record(variant.name, profile, way.value, name, run, *seen)
    _take(results, record, found.problems)
    return found.reached


async def _bounded(
    visiting: Coroutine[None, None, Visit | None], seconds: float, results: Results
) -> Visit | None:
    """A visit that fails (its browser ended, say) is one that reached nothing; the others go on."""
    try:
        async with asyncio.timeout(seconds + AROUND_SECONDS):
            return await visiting
    except (BrowserError, OSError, TimeoutError, RuntimeError) as error:
        results.remarks.append(f"A visit failed: {type(error).__name__} {error}")
        return Visit(Milestones())


def _load() -> float:
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def _take(results: Results, record: Record, problems: tuple[str, ...]) -> None:
    results.records.append(record)
    reached = record.reached
    times = "  ".join(
        f"{name} {'--' if value is None else f'{value:.2f}'}"
        for name, value in vars(reached).items()
    )
    say(f"{record.profile:10} {record.image:8} {record.way:10} {record.viewer:30} {times}")
    for problem in dict.fromkeys(problems):
        results.remarks.append(f"{record.viewer}, {record.image}, {record.way}: {problem}")
