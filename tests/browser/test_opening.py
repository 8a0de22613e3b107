"""Ways into a study: in place from the list, prefetched, after a reload, from an installed app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from tests.browser.conftest import Studies
from tests.browser.hands import CUT, VIEWER, reading, shown, state, tap, until
from tests.tools.chromium import Browser, Page
from tests.tools.server import Server

pytestmark = pytest.mark.anyio

NO_PREFETCH = 'localStorage.setItem("firstlight.prefetch", "off");'
SENT = """
window.__sent = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  window.__sent.push(JSON.parse(data));
  send.call(this, data);
};
window.__looked = () => window.__sent.filter(({ type }) => type === "viewport").at(-1);
"""


def row(study: str) -> str:
    return f'a[data-study="{study}"]'


@asynccontextmanager
async def listed(server: Server, browser: Browser, *scripts: str) -> AsyncIterator[Page]:
    """The study list, open; ``scripts`` run before any of the page's own."""
    page = await browser.page(width=360, height=800)
    for source in ('localStorage.setItem("firstlight-hint-seen", "1");', *scripts):
        await page.send("Page.addScriptToEvaluateOnNewDocument", source=source)
    await page.goto(f"{server.url}/?inspect=1")
    await page.wait_for("document.querySelector('a.study') !== null", 30)
    try:
        yield page
    finally:
        await page.close()


async def sent(page: Page, kind: str) -> list[dict[str, Any]]:
    """What the page has sent of one type of message."""
    wanted = orjson.dumps(kind).decode()
    messages = await page.evaluate(f"window.__sent.filter((m) => m.type === {wanted})")
    assert isinstance(messages, list)
    return messages


async def test_a_study_opens_in_place_over_the_socket_that_is_open(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with listed(server, browser, NO_PREFETCH, SENT) as page:
        await page.evaluate("window.__same = true")
        await tap(page, row(studies.stack))
        # Before the server has said a word: whose scan it is, its Preview, and that it is one.
        await page.wait_for(f"{VIEWER}?.dataset.quality === 'preview'", 20)
        await until(page, frames="30", link="connected")
        assert await page.evaluate("location.pathname") == f"/studies/{studies.stack}"
        assert await page.evaluate("window.__same") is True
        assert len(await sent(page, "hello")) == 1
        (opened,) = await sent(page, "open")
        assert opened["study"] == studies.stack
        await until(page, complete="true")

        await tap(page, "a.back")
        await page.wait_for("document.querySelector('a.study') !== null", 20)
        assert await page.evaluate("location.pathname") == "/"
        assert len(await sent(page, "leave")) == 1
        await page.evaluate("history.forward()")
        await until(page, complete="true", study=studies.stack)
        assert await page.evaluate("window.__same") is True


async def test_a_study_opened_again_asks_for_nothing_that_is_held(
    server: Server, studies: Studies, browser: Browser
) -> None:
    url = f"{server.url}/studies/{studies.ct}?inspect=1"
    async with reading(browser, url, before=NO_PREFETCH) as page:
        await until(page, complete="true")
        before = (await state(page))["received"]
        await tap(page, "a.back")
        await page.wait_for("document.querySelector('a.study') !== null", 20)
        await page.evaluate("history.back()")
        await until(page, complete="true", study=studies.ct)
        assert (await state(page))["received"] == before


async def test_a_prefetched_study_can_be_read_without_any_link(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, server.url) as page:
        ready = "document.querySelectorAll('a[data-prefetched=readable]').length"
        await page.wait_for(f"{ready} >= 2", 60)
        study = await page.evaluate("document.querySelector('a[data-prefetched]').dataset.study")
        await page.evaluate(CUT)
        await tap(page, row(study))
        await until(page, study=study, quality="lossy")
        assert float((await shown(page))["rmse"]) <= 4
        assert (await shown(page))["link"] != "connected"
        assert await page.evaluate("document.querySelector('.name').textContent") != ""


async def test_the_reader_may_switch_prefetching_off(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with listed(server, browser, NO_PREFETCH, SENT) as page:
        await page.wait_for("window.__sent.length > 0", 20)
        asked = await sent(page, "prefetch")
        assert [each["frames"] for each in asked] in ([], [[]])
        assert not await page.evaluate("document.querySelector('a[data-prefetched]') !== null")


async def test_a_reload_asks_for_nothing_that_is_held(
    server: Server, studies: Studies, browser: Browser
) -> None:
    url = f"{server.url}/studies/{studies.ct}?inspect=1"
    async with reading(browser, url) as page:
        await until(page, complete="true")
        held = f"(localStorage.getItem('firstlight-held') ?? '').includes('\"{studies.ct}\"')"
        await page.wait_for(held, 30)
        await asyncio.sleep(2)  # what came last is written half a second later
        await page.goto(url)
        await until(page, complete="true", quality="lossless")
        assert (await state(page))["received"] == 0


async def test_an_installed_app_starts_without_the_server_s_page(
    server: Server, studies: Studies, browser: Browser
) -> None:
    url = f"{server.url}/studies/{studies.ct}?inspect=1"
    async with reading(browser, url) as page:
        await until(page, complete="true")
        await page.wait_for("navigator.serviceWorker.controller !== null", 60)
        await page.goto(url)
        await page.wait_for("document.readyState === 'complete'")
        assert not await page.evaluate("document.getElementById('firstlight-study') !== null")
        await until(page, complete="true", quality="lossless")
        assert await page.evaluate("document.querySelector('.name').textContent") != ""
        await page.goto(f"{server.url}/")
        await page.wait_for("document.querySelector('a.study') !== null", 30)


async def test_an_installed_app_says_what_it_cannot_open(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, f"{server.url}/studies/{studies.ct}") as page:
        await page.wait_for("navigator.serviceWorker.controller !== null", 60)
        await page.goto(f"{server.url}/studies/1.2.3.4.5")
        await page.wait_for("document.body.innerText.includes('does not have this study')", 30)
        await tap(page, 'a[href="/"]')
        await page.wait_for("document.querySelector('a.study') !== null", 30)


async def test_a_hidden_page_stops_the_stream(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with listed(server, browser, NO_PREFETCH, SENT) as page:
        await tap(page, row(studies.stack))
        await until(page, frames="30", link="connected")
        for visibility, paused in (("hidden", "true"), ("visible", "false")):
            told = f"{{value: '{visibility}', configurable: true}}"
            await page.evaluate(
                f"Object.defineProperty(document, 'visibilityState', {told});"
                "document.dispatchEvent(new Event('visibilitychange'))"
            )
            await page.wait_for(f"window.__looked()?.paused === {paused}", 10)


async def test_stay_on_readable_stops_refining(
    server: Server, studies: Studies, browser: Browser
) -> None:
    url = f"{server.url}/studies/{studies.wide}"
    async with reading(browser, url, before=SENT + NO_PREFETCH) as page:
        await until(page, link="connected")
        await page.wait_for("window.__looked()?.readable === false", 60)  # the decoder is here
        await tap(page, "button.link")
        await tap(page, ".sheet [role=switch]")
        await page.wait_for("window.__looked()?.readable === true", 10)
        assert await sent(page, "ping")
        for words in ("Round trip", "Stay on readable: on"):
            await page.wait_for(f"document.querySelector('.sheet').innerText.includes('{words}')")
