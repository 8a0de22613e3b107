"""A head CT at its brain window, on a slow link: what is readable when, and what bone shows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.browser.conftest import Studies
from tests.browser.hands import reading, state, tap, until
from tests.tools.chromium import Browser, Page
from tests.tools.server import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SLOW = 8_000
"""Bytes a second."""
# The first time that a frame is readable, at the brain window: compare what is drawn, or turn to
# the bone window there and then, before more of the frame is here. Every event is kept.
WATCH = """
window.__events = [];
window.__at = {};
addEventListener("firstlight:quality", ({ detail }) => {
  window.__events.push(detail);
  const act = window.__at[detail.frame];
  if (!act || detail.rmse === null || detail.rmse > 4) return;
  delete window.__at[detail.frame];
  if (act === "compare") window.__compared = window.firstlight.inspect.compare();
  else [...document.querySelectorAll(".chips button")]
    .find((button) => button.innerText.startsWith("Bone")).click();
}, true);
"""

# Slice 24 has been seen wrong at the bone window, and readable there afterwards.
TURNED = """
(() => {
  const seen = window.__events.filter(({ frame, rmse }) => frame === 24 && rmse !== null);
  const turned = seen.findIndex(({ rmse }) => rmse > 20);
  return turned >= 0 && seen.slice(turned).some(({ rmse }) => rmse <= 4);
})()
"""


@asynccontextmanager
async def slow_link(server: Server) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """The server behind a link: as slow as ``SLOW`` once the event is set."""
    slow = asyncio.Event()
    pumps: set[asyncio.Task[None]] = set()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, paced: bool) -> None:
        try:
            while data := await source.read(1024 if paced and slow.is_set() else 65536):
                sink.write(data)
                await sink.drain()
                if paced and slow.is_set():
                    await asyncio.sleep(len(data) / SLOW)
        except OSError:
            pass  # the other side is gone
        finally:
            sink.close()
            with contextlib.suppress(OSError):
                await sink.wait_closed()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", server.port)
        pumps.add(asyncio.create_task(pump(reader, back, paced=False)))
        pumps.add(asyncio.create_task(pump(there, writer, paced=True)))

    link = await asyncio.start_server(joined, "127.0.0.1", 0, limit=4096)
    try:
        yield f"http://127.0.0.1:{link.sockets[0].getsockname()[1]}", slow
    finally:
        link.close()
        for each in pumps:
            each.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


async def nothing_more_comes(page: Page) -> None:
    """Wait until the server has sent all that it sends ahead."""
    quiet = "new Promise((done) => { let before = -1; const look = () => {"
    quiet += "const now = window.firstlight.inspect.state().received;"
    quiet += "if (now === before) done(true); before = now; setTimeout(look, 1000); }; look(); })"
    await page.evaluate(quiet)


async def test_readable_early_honest_at_bone_and_lossless_in_the_end(
    server: Server, studies: Studies, browser: Browser
) -> None:
    await server.warm(studies.stack)
    async with slow_link(server) as (url, slow), reading(browser, "about:blank") as page:
        await page.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        # At full speed first, from another slice: then these are here to readable, and no more.
        await page.goto(f"{url}/studies/{studies.stack}?inspect=1&position=1")
        await until(page, quality="lossless")
        await tap(page, ".toolbar button")
        await page.wait_for("document.querySelectorAll('.chips button').length > 8")
        await page.evaluate("window.firstlight.inspect.compare()")
        await nothing_more_comes(page)
        slow.set()

        await page.evaluate("window.__at = { 20: 'compare' }")
        await show(page, 20)
        compared = await page.evaluate("window.__compared")
        assert compared["pixels"] > 100_000
        assert compared["differing"] == 0
        assert len((await state(page))["manifest"]["planes"]) == 2

        await page.evaluate("window.__at = { 24: 'bone' }")
        await show(page, 24)
        await page.wait_for(TURNED, 120)
        slow.clear()
        await until(page, frame="24", quality="lossless", complete="true", rmse="0")
        compared = await page.evaluate("window.firstlight.inspect.compare()")
        assert compared["differing"] == 0
        seen = await page.evaluate("window.__events.filter(({ frame }) => frame === 24)")
    first = next(n for n, event in enumerate(seen) if event["rmse"] is not None)
    readable, *later = seen[first:]
    assert readable["rmse"] <= 4
    assert readable["bytes"] <= 40_000
    turned = next(n for n, event in enumerate(later) if event["rmse"] > 20)
    assert later[turned]["quality"] == "lossy"
    bone = next(event for event in later[turned:] if event["rmse"] <= 4)
    assert bone["bytes"] - readable["bytes"] <= 20_000


async def show(page: Page, position: int) -> None:
    """Show a slice of the stack, and wait until it is readable."""
    series = (await state(page))["series"]
    await page.evaluate(f"window.firstlight.inspect.show({series!r}, {position})")
    await page.wait_for(f"!window.__at[{position}]")
