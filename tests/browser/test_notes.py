"""Notes: kept on the phone, sent, seen elsewhere at once, never lost, never doubled."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Studies
from tests.browser.hands import CUT, reading, tap, type_text, until
from tests.tools.chromium import Browser, Page
from tests.tools.server import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def write(page: Page, text: str) -> None:
    await tap(page, ".toolbar button:nth-last-child(2)")
    await tap(page, "textarea")
    await page.evaluate("document.querySelector('textarea').focus()")
    await type_text(page, text)
    await page.wait_for("!document.querySelector('.note-send button').disabled")
    await tap(page, ".note-send button")


async def notes(server: Server, study: str) -> int:
    rows = (await server.get("/studies.json")).json()
    return int(next(row["notes"] for row in rows if row["study"] == study))


async def test_a_note_reaches_a_second_page_at_once(
    server: Server, studies: Studies, browser: Browser
) -> None:
    address = f"{server.url}/studies/{studies.colour}?inspect=1"
    async with reading(browser, address) as clinic, reading(browser, address) as reader:
        await until(clinic, link="connected")
        await until(reader, quality="lossless")
        await write(reader, "No free fluid.")
        await reader.wait_for(
            "document.querySelector('.notes .sent')?.innerText.startsWith('sent ')"
        )
        await clinic.wait_for(
            "document.querySelector('.toast')?.innerText.includes('No free fluid.')"
        )
        await tap(clinic, ".toast")
        await clinic.wait_for(
            "document.querySelector('.notes')?.innerText.includes('read lossless')"
        )


async def test_a_note_outlives_a_cut_link_and_a_reload(
    server: Server, studies: Studies, browser: Browser
) -> None:
    address = f"{server.url}/studies/{studies.palette}?inspect=1"
    before = await notes(server, studies.palette)
    async with reading(browser, address) as page:
        await until(page, quality="lossless")
        await page.evaluate(CUT)
        await write(page, "Written without a link.")
        await page.wait_for(
            "document.querySelector('.notes .saved')?.innerText.startsWith('saved on this phone')"
        )
        assert await notes(server, studies.palette) == before
        await page.send("Page.reload")
        await page.wait_for(
            "document.readyState === 'complete' && document.querySelector('.toolbar') !== null"
        )
        await until(page, link="connected")
        await page.wait_for("window.firstlight.inspect.state().pending === 0")
        await page.wait_for("window.firstlight.inspect.state().notes > 0")
        assert await notes(server, studies.palette) == before + 1


async def test_the_list_sends_what_waits(
    server: Server, studies: Studies, browser: Browser
) -> None:
    before = await notes(server, studies.luts)
    async with reading(browser, f"{server.url}/studies/{studies.luts}?inspect=1") as page:
        await until(page, quality="lossless")
        await page.evaluate(CUT)
        await write(page, "Sent from the list.")
        await page.wait_for("document.querySelector('.notes .saved') !== null")
        await page.goto(server.url)
        await page.wait_for(
            f"document.querySelector('.study[href$=\"{studies.luts}\"] .notes-count') !== null"
        )
        assert await notes(server, studies.luts) == before + 1
