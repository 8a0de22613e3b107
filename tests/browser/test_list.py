"""The study list: uploading through its button, and what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.hands import choose_files, reading, until
from tests.browser.making import shipped
from tests.tools.chromium import Browser
from tests.tools.server import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.fixture
async def empty() -> AsyncIterator[Server]:
    async with Server.started() as server:
        yield server


async def test_an_empty_list_says_how_to_begin(empty: Server, browser: Browser) -> None:
    async with reading(browser, empty.url) as page:
        await page.wait_for("document.body.innerText.includes('No studies yet')")


async def test_uploads_and_reads_what_was_uploaded(
    empty: Server, browser: Browser, tmp_path: Path
) -> None:
    text = tmp_path / "shopping.txt"
    text.write_text("milk")
    async with reading(browser, empty.url) as page:
        await page.wait_for("document.querySelector('input[name=files]') !== null")
        await choose_files(
            page, "input[name=files]", [shipped("CT_small.dcm"), text, shipped("MR_small.dcm")]
        )
        await page.wait_for("document.querySelectorAll('.study').length === 2")
        await page.wait_for(
            "document.querySelector('.uploads header b').innerText.startsWith('2 image files')"
        )
        said = await page.evaluate("document.querySelector('.uploads').innerText")
        assert "1 refused" in said
        assert "DICOM" in said
        await page.evaluate("[...document.querySelectorAll('.study')].at(-1).click()")
        await until(page, quality="lossless")
