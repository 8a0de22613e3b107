"""Scrubbing through a stack that was never loaded, and the coarse picture of all of it."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any, Final

from tests.tools.bench_link.phone import Phone
from tests.tools.bench_link.preparing import Prepared
from tests.tools.bench_link.reading import reading, show, wait
from tests.tools.bench_link.results import Results
from tests.tools.bench_link.stage import Stage
from tests.tools.bench_link.wire_log import Piece
from tests.tools.figures import say

PROFILE: Final = "3g"
START_SECONDS: Final = 5.0
RECOGNISABLE_GL: Final = 16.0
PLACES_A_RUN: Final = 8
MOST_PLACES: Final = 40
PATIENCE_SECONDS: Final = 5.0
"""A slice without a picture by then counts as this long."""
COARSE_SECONDS: Final = 150.0


async def scrub(stage: Stage, stack: Prepared, results: Results, runs: int) -> None:
    """Reach slices all over the stack; time until each shows a recognisable picture."""
    series, count = stack.image.instances[0].series, len(stack.image.instances)
    chance = random.Random(4)
    places = [chance.randint(1, count) for _ in range(min(MOST_PLACES, PLACES_A_RUN * runs))]
    async with reading(stage, stack.image.study, PROFILE) as reader:
        began = next(word["began"] / 1000 for word in reader.said if word["kind"] == "document")
        await asyncio.sleep(max(0.0, began + START_SECONDS - reader.now()))
        for position in places:
            at = await show(reader, series, position)
            find = partial(picture, reader, position, at)
            shown = await reader.until(find, PATIENCE_SECONDS)
            when = find()
            took = (when - at if shown and when else PATIENCE_SECONDS) * 1000
            results.scrub_ms.append(took)
            say(
                f"{PROFILE:10} scrub to slice {position}: {took:.0f} ms"
                f"{'' if shown else ' (gave up)'}"
            )


def picture(reader: Phone, position: int, after: float) -> float | None:
    """Return when the slice stood on the screen with at most ``RECOGNISABLE_GL`` of error."""
    return next(
        (float(word["at"]) for word in reader.said if _recognisable(word, position, after)), None
    )


def _recognisable(word: dict[str, Any], position: int, after: float) -> bool:
    if word["kind"] != "quality" or word["at"] < after or word.get("position") != position:
        return False
    if word["quality"] == "lossless":
        return True
    return word.get("rmse") is not None and word["rmse"] <= RECOGNISABLE_GL


async def coarse_pass(stage: Stage, stack: Prepared, results: Results) -> None:
    """Open the stack and touch nothing; bytes until every slice has its coarse picture."""
    uids = stack.image.uids
    async with reading(stage, stack.image.study, PROFILE) as reader:
        pieces = reader.wire.pieces
        done = await wait(lambda: coarse_bytes(pieces, uids) is not None, COARSE_SECONDS)
        results.coarse_pass_bytes = coarse_bytes(pieces, uids)
        have = len({p.frame.instance for p in pieces if p.frame and p.layer == 0})
    if done:
        say(f"{PROFILE:10} coarse pass: {results.coarse_pass_bytes:,} B for {len(uids)} slices")
    else:
        results.remarks.append(
            f"{PROFILE}: after {COARSE_SECONDS:.0f} s {have} of {len(uids)} slices had a coarse "
            "picture."
        )


def coarse_bytes(pieces: list[Piece], uids: frozenset[str]) -> int | None:
    """Return the bytes of first layers that came until every instance had one whole segment of
    its first layer; None while one has none."""
    missing, total = set(uids), 0
    for piece in pieces:
        if piece.layer != 0 or piece.frame is None:
            continue
        total += piece.size
        if piece.offset + piece.size == piece.total:
            missing.discard(piece.frame.instance)
        if not missing:
            return total
    return None
