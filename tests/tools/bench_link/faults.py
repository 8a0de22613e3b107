"""Loss, jitter and outages: whatever the link does, the picture ends bit-exact."""

from __future__ import annotations

import asyncio
from typing import Final

from tests.tools.bench_link.phone import Phone
from tests.tools.bench_link.preparing import Prepared
from tests.tools.bench_link.reading import reading
from tests.tools.bench_link.results import Results
from tests.tools.bench_link.stage import Stage
from tests.tools.expected import Source, of_array
from tests.tools.figures import say

PROFILE: Final = "3g"
LOSS, JITTER = "3%", "50ms"
OUTAGE_SECONDS: Final = 10.0
OUTAGES_AT: Final = (1.0, 5.0)
"""Seconds after the viewer stood, and after the outage before."""
PATIENCE_SECONDS: Final = 240.0

DIGEST: Final = """(async () => {
  const { data } = await window.firstlight.inspect.samples();
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((each) => each.toString(16).padStart(2, "0")).join("");
})()"""


async def end_after_faults(
    stage: Stage, images: list[Prepared], results: Results, runs: int
) -> None:
    """Open every image ``runs`` times through 3 % loss, jitter and two outages of 10 s."""
    for run in range(runs):
        for prepared in images:
            exact = await _exact(stage, prepared)
            results.faults.append({"image": prepared.image.name, "run": run, "exact": exact})
            say(
                f"{PROFILE:10} {prepared.image.name:8} through faults: "
                f"{'exact' if exact else 'NOT EXACT'}"
            )


async def _exact(stage: Stage, prepared: Prepared) -> bool:
    """Whether the page says LOSSLESS, and its samples are those that pydicom reads."""
    uid = prepared.needed.frame.instance
    study = prepared.image.study
    async with reading(stage, study, PROFILE, loss=LOSS, jitter=JITTER) as reader:
        for after in OUTAGES_AT:
            await asyncio.sleep(after)
            stage.place.cut()
            await asyncio.sleep(OUTAGE_SECONDS)
            stage.place.restore()
        if not await reader.until(lambda: _lossless(reader, uid), PATIENCE_SECONDS):
            return False
        file = next(each.path for each in prepared.image.instances if each.uid == uid)
        source = Source(file)
        if source.transfer_syntax.is_compressed:
            return True  # the digest that LOSSLESS compared is of the source's own coefficients
        digest = await reader.page.evaluate(DIGEST)
        wanted = await asyncio.to_thread(lambda: of_array(source.frame(1)).sha256)
        return bool(digest == wanted)


def _lossless(reader: Phone, uid: str) -> bool:
    return any(
        word["kind"] == "quality" and word["quality"] == "lossless" and word["instance"] == uid
        for word in reader.said
    )
