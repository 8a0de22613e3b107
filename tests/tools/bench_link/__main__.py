"""``python -m tests.tools.bench_link``: what ``make bench-link`` runs."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Coroutine
from pathlib import Path

import orjson

from tests.tools.bench_link.campaign import visit_ours, visit_peer
from tests.tools.bench_link.faults import end_after_faults
from tests.tools.bench_link.images import ImageMissing, named_images, own_images
from tests.tools.bench_link.lab import LabMissing
from tests.tools.bench_link.mind import change_of_mind
from tests.tools.bench_link.options import Options, read_options
from tests.tools.bench_link.preparing import Prepared, prepare
from tests.tools.bench_link.report import report
from tests.tools.bench_link.results import Results, Sizes, busy_remark, figures_of
from tests.tools.bench_link.resume import resume
from tests.tools.bench_link.screen import screen_errors
from tests.tools.bench_link.scrub import coarse_pass, scrub
from tests.tools.bench_link.stage import Stage, peer_standing, standing
from tests.tools.chromium import BrowserError
from tests.tools.figures import figures, say

PART_SECONDS = 3600.0


async def measure(options: Options, work: Path, results: Results) -> None:
    """Run every part that was asked for; ``results`` holds what there is at any time."""
    data = work / "data"
    data.mkdir()
    images = (
        own_images(options.folder)
        if options.folder
        else named_images(list(options.images), work / "stack")
    )
    jumps = "mind" in options.parts and "2g" in options.profiles
    prepared, mixed, before = await prepare(images, data, work / "mixed" if jumps else None)
    for each in prepared:
        needed = each.needed
        results.sizes[each.image.name] = Sizes(needed.readable, needed.fine, needed.lossless)
    async with standing(work, data, before, options.cc) as stage:
        if not stage.place.real:
            results.remarks.append(
                "Not root: measured through the laboratory's proxy, which models no loss, no "
                "jitter, no outage and no slow start. Resume and faults are left out."
            )
        for profile in options.profiles:
            results.links[profile] = stage.place.facts(profile)
        if "open" in options.parts:
            await part(results, "screen", screen_errors(stage, prepared, results))
            await visit_ours(stage, prepared, results, options.runs)
        await special(options, stage, prepared, mixed, results)
        if "peer" in options.parts:
            async with peer_standing(stage, work, prepared, results.remarks) as peer:
                if peer is not None:
                    await visit_peer(stage, peer, results, options.runs)


async def special(
    options: Options,
    stage: Stage,
    prepared: list[Prepared],
    mixed: Prepared | None,
    results: Results,
) -> None:
    """Change of mind on 2g; scrubbing, cuts and faults on 3g: what this run can show."""
    stack = next((each for each in prepared if len(each.image.instances) >= 100), None)
    if "mind" in options.parts and "2g" in options.profiles and mixed is not None:
        await part(results, "mind", change_of_mind(stage, mixed, results, options.runs))
    if "scrub" in options.parts and "3g" in options.profiles and stack is not None:
        await part(results, "scrub", scrub(stage, stack, results, options.runs))
        await part(results, "coarse pass", coarse_pass(stage, stack, results))
    if not stage.place.real or "3g" not in options.profiles:
        return
    if "resume" in options.parts:
        largest = max(prepared, key=lambda each: each.needed.lossless)
        await part(results, "resume", resume(stage, stack or largest, results))
    if "faults" in options.parts:
        await part(results, "faults", end_after_faults(stage, prepared, results, options.runs))


async def part(results: Results, name: str, measuring: Coroutine[None, None, None]) -> None:
    """Run one part within its bound; one that fails says so, and the others go on."""
    try:
        async with asyncio.timeout(PART_SECONDS):
            await measuring
    except (BrowserError, OSError, TimeoutError, RuntimeError) as error:
        results.remarks.append(f"{name} ended early: {type(error).__name__} {error}")


def write(options: Options, results: Results) -> None:
    """Write JSON and report, and say the FIGURES."""
    values = figures_of(results)
    if remark := busy_remark(results.records):
        results.remarks.append(remark)
    options.out.mkdir(parents=True, exist_ok=True)
    plain = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    whole = {"figures": values, **results.to_dict()}
    (options.out / "results.json").write_bytes(orjson.dumps(whole, option=plain))
    (options.out / "report.html").write_text(report(results, values), encoding="utf-8")
    for remark in dict.fromkeys(results.remarks):
        say(remark)
    say(f"{options.out}/results.json and {options.out}/report.html are written.")
    figures(values)


async def main() -> None:
    options = read_options()
    results = Results()
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with tempfile.TemporaryDirectory(prefix="bench-link-") as name:
        try:
            await measure(options, Path(name), results)
        except (LabMissing, ImageMissing) as missing:
            raise SystemExit(str(missing)) from missing
        finally:
            if results.records or results.mind_ms or results.scrub_ms or results.faults:
                write(options, results)


if __name__ == "__main__":
    asyncio.run(main())
