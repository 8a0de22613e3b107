"""``make sweep DIR=...``: every file of a folder through the whole product, compared with pydicom.

Each file is imported, opened in a real browser on a phone-sized page, refined until lossless, and
its samples as decoded on the page are compared with pydicom's ``pixel_array``: every frame of short
multi-frames, the first, middle and last of long ones. A file that is refused is shown with its
sentence, and must be one that pydicom cannot show.

Files that carry the same SOP Instance UID (one image in many transfer syntaxes) cannot be in one
archive together, so they are dealt into as many archives, each with its own server, as that takes.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from base64 import b64decode
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from streaming.vocabulary import FrameKey
from streaming.wire import StudyLayout
from tests.tools.chromium import Browser, BrowserError, Page, chromium
from tests.tools.expected import Samples, Source, decodes, of_array
from tests.tools.figures import figures, say, table
from tests.tools.server import Server

SHORT = 10
"""Multi-frames up to this long are compared frame by frame."""

# From the page's first moment on: when was the error on screen small enough?
WATCH = """
window.__events = [];
addEventListener("firstlight:quality", (event) => window.__events.push(event.detail), true);
"""

# Shows one frame, waits until it is complete, and answers with a digest rather than with megabytes.
SAMPLES = """(async (series, position) => {
  const { inspect } = window.firstlight;
  await inspect.show(series, position);
  const samples = await inspect.samples();
  const viewer = document.querySelector("[data-firstlight-viewer]").dataset;
  const says = () => viewer.frame === String(position) && viewer.complete === "true"
    && (viewer.quality === "lossless" || viewer.mapped === "true");
  const until = performance.now() + 10000;
  while (!says() && performance.now() < until) await new Promise((r) => setTimeout(r, 20));
  const { buffer, byteOffset, byteLength } = samples.data;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const readable = window.__events.find(
    (e) => e.frame === position && e.rmse !== null && e.rmse <= 4);
  const state = inspect.state();
  return {
    rows: samples.rows, columns: samples.columns, samplesPerPixel: samples.samplesPerPixel,
    kind: samples.data.constructor.name, mapping: samples.mapping ?? null,
    sha256: [...digest].map((b) => b.toString(16).padStart(2, "0")).join(""),
    quality: viewer.quality, coding: state.manifest.coding, frameBytes: state.bytes,
    readable: readable ? readable.bytes : null,
  };
})"""


# All samples, for a frame whose digest differs though its bytes are the source's own.
WHOLE = """(async (series, position) => {
  await window.firstlight.inspect.show(series, position);
  const { data } = await window.firstlight.inspect.samples();
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768)
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return { kind: data.constructor.name, base64: btoa(text) };
})"""
KINDS = {"Uint8Array": "u1", "Uint16Array": "<u2", "Int16Array": "<i2"}


@dataclass
class Row:
    """One line of the table; ``verdict`` is exact, rounded, mapped, differ, refused or crashed.

    rounded: the bytes are the source's own (9/7 wavelet), and the page's decoder rounds some
    samples by 1 otherwise than pydicom's; how many is said.
    """

    name: str
    transfer_syntax: str = ""
    size: str = ""
    readable: int | None = None
    lossless: int | None = None
    verdict: str = "crashed"
    sentence: str = ""

    def cells(self) -> tuple[str, ...]:
        return (
            self.name,
            self.transfer_syntax,
            self.size,
            "" if self.readable is None else f"{self.readable:,}",
            "" if self.lossless is None else f"{self.lossless:,}",
            self.verdict if not self.sentence else f"{self.verdict}: {self.sentence}",
        )


def frames_to_compare(frames: int) -> list[int]:
    """Numbers (from 1): all frames of a short multi-frame; first, middle and last of a long one."""
    if frames <= SHORT:
        return list(range(1, frames + 1))
    return [1, (frames + 1) // 2, frames]


def stack_position(study: StudyLayout, series: str, instance: str, frame: int) -> int:
    """Position in the series' stack, from 1, of a frame of an instance."""
    found = study.find(series)
    if found is None:
        raise LookupError(f"{series} is not in the study")
    return found.stack().index(FrameKey(instance, frame)) + 1


async def layout_of(server: Server, study: str) -> StudyLayout:
    """The layout that the study's page embeds; one from a service worker embeds none."""
    html = (await server.get(f"/studies/{study}")).text
    found = re.search(r'id="firstlight-study"[^>]*>(.*?)</script>', html)
    if found is None:
        raise LookupError("the page embeds no study")
    return StudyLayout.from_dict(orjson.loads(found[1])["study"])


def expected_samples(source: Source, frame: int, got: dict[str, Any]) -> Samples:
    """What the page must hold: Pillow's samples of a JPEG, pydicom's, or those mapped as stated."""
    if got["coding"] == "jpeg-scans":
        return of_array(source.jpeg(frame))
    samples = source.frame(frame)
    mapping = got["mapping"]
    if mapping and not mapping["exact"]:
        steps = (samples.astype(np.float64) - mapping["intercept"]) / mapping["slope"]
        return of_array(np.rint(steps).astype(np.uint16))
    return of_array(samples)


async def compare(page: Page, study: StudyLayout, stored: dict[str, Any], path: Path) -> Row:
    """Every frame to compare of one stored file, in a page that shows its study."""
    source = Source(path)
    row = Row(str(path), str(source.transfer_syntax.name or "none"), verdict="exact")
    for frame in frames_to_compare(int(stored["frames"])):
        position = stack_position(study, stored["series"], stored["instance"], frame)
        arguments = orjson.dumps([stored["series"], position]).decode()
        got = await asyncio.wait_for(page.evaluate(f"{SAMPLES}(...{arguments})"), 180)
        row.size = f"{got['columns']}x{got['rows']}" + (
            f"x{stored['frames']}" if int(stored["frames"]) > 1 else ""
        )
        if frame == 1:
            row.readable, row.lossless = got["readable"], got["frameBytes"]
        expected = expected_samples(source, frame, got)
        equal = got["sha256"] == expected.sha256
        if got["mapping"] and not got["mapping"]["exact"]:
            row.verdict, row.sentence = "mapped", got["mapping"]["label"]
        elif got["quality"] != "lossless":
            equal = False
        elif not equal and got["coding"] == "j2k-source":
            share = await rounded_share(page, arguments, source.frame(frame))
            if share is not None:
                row.verdict = "rounded"
                row.sentence = f"frame {frame}: {share:.4%} of the samples differ by 1"
                equal = True
        if not equal:
            row.verdict = "differ"
            row.sentence = (
                f"frame {frame}: page {got['kind']} {got['rows']}x{got['columns']}x"
                f"{got['samplesPerPixel']} {got['quality']} {got['sha256'][:8]}, "
                f"expected {expected.dtype} {expected.shape} {expected.sha256[:8]}"
            )
            return row
    return row


async def rounded_share(page: Page, arguments: str, expected: NDArray[np.generic]) -> float | None:
    """The share of the page's samples that differ from pydicom's, by 1 at most; None where any
    differs by more."""
    got = await asyncio.wait_for(page.evaluate(f"{WHOLE}(...{arguments})"), 180)
    samples = np.frombuffer(b64decode(got["base64"]), KINDS[got["kind"]]).astype(np.int64)
    difference = np.abs(samples - expected.astype(np.int64).ravel())
    return float((difference > 0).mean()) if difference.max() <= 1 else None


async def open_study(browser: Browser, server: Server, study: str, series: str) -> Page:
    page = await browser.page()
    await page.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    await page.goto(f"{server.url}/studies/{study}?series={series}&inspect=1")
    await page.wait_for("window.firstlight && window.firstlight.inspect")
    return page


async def check_archive(
    browser: Browser, server: Server, stored: list[tuple[Path, dict[str, Any]]], rows: list[Row]
) -> None:
    """Compare what one server stored, two pages at a time."""
    turns = asyncio.Semaphore(2)

    async def one(path: Path, item: dict[str, Any]) -> None:
        async with turns:
            started = time.monotonic()
            row = Row(str(path))
            page = await open_study(browser, server, item["study"], item["series"])
            try:
                row = await compare(page, await layout_of(server, item["study"]), item, path)
            except Exception as error:
                row.sentence = f"{type(error).__name__}: {error}"
                row.sentence += f" [{await shown_sentence(page)}]"
            finally:
                await page.close()
            rows.append(row)
            say(f"  {len(rows)} {path.name}: {row.verdict} ({time.monotonic() - started:.1f} s)")

    await asyncio.gather(*(one(path, item) for path, item in stored))


async def shown_sentence(page: Page) -> str:
    """What the page itself says, for a row that failed."""
    try:
        text = await asyncio.wait_for(page.evaluate("document.body.innerText"), 5)
    except (BrowserError, TimeoutError):
        return "the page does not answer"
    return " ".join(str(text).split())[:200]


async def sweep(waiting: list[Path]) -> list[Row]:
    rows: list[Row] = []
    async with chromium() as browser:
        while waiting:
            async with Server.started() as server:
                report = await server.import_paths(waiting)
                again: list[Path] = []
                for refusal in report["refused"]:
                    path = Path(refusal["name"])
                    if refusal["code"] == "instance_conflict":
                        again.append(path)
                        continue
                    row = Row(str(path), verdict="refused", sentence=refusal["message"])
                    if decodes(path):
                        row.verdict = "differ"
                        row.sentence = "pydicom decodes it, but: " + row.sentence
                    rows.append(row)
                stored = [(Path(item["name"]), item) for item in report["stored"]]
                said = {path for path, _ in stored} | set(again) | {Path(row.name) for row in rows}
                rows += [
                    Row(str(path), sentence="import said nothing of it")
                    for path in waiting
                    if path not in said
                ]
                say(f"{len(stored)} stored, {len(again)} for another archive")
                await check_archive(browser, server, stored, rows)
                waiting = again if len(again) < len(waiting) else []
                rows += [Row(str(path), sentence="never stored") for path in again if not waiting]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path("../shared/data/public"))
    options = parser.parse_args()
    rows = asyncio.run(sweep(sorted(p for p in options.dir.rglob("*") if p.is_file())))
    for row in rows:
        row.name = str(Path(row.name).relative_to(options.dir))
    rows.sort(key=lambda row: row.name)
    header = ("file", "transfer syntax", "size", "<= 4 gl", "lossless", "samples")
    table([row.cells() for row in rows], header)
    counts = Counter(row.verdict for row in rows)
    verdicts = ("exact", "rounded", "mapped", "differ", "refused", "crashed")
    figures({"files": len(rows)} | {verdict: counts[verdict] for verdict in verdicts})
    if counts["differ"] or counts["crashed"] or not rows:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
