"""Lossy JPEG 2000 frames in their own bytes: to the end, and never a worse picture on the way."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from tests.app.dicom.public_data import public_file
from tests.browser.hands import drag, pinch, press, reading, state, until
from tests.tools.chromium import Browser, Page
from tests.tools.server import Server
from tests.tools.sweep import KINDS, WHOLE

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

CR = "xray-chest/RG1-philips-cr/RG1_J2KI.dcm"
US = "us-still/US1-tissue-doppler/US1_J2KI.dcm"
WATCH = """
window.seen = [];
addEventListener("firstlight:quality", (event) => seen.push(event.detail), true);
"""


async def opened(server: Server, page: Page, path: Path) -> None:
    stored = (await server.import_paths([path]))["stored"][0]
    await page.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    await page.goto(f"{server.url}/studies/{stored['study']}?inspect=1")


async def samples(page: Page, series: str) -> np.ndarray:
    got = await page.evaluate(f'{WHOLE}("{series}", 1)')
    return np.frombuffer(b64decode(got["base64"]), KINDS[got["kind"]])


@pytest.mark.parametrize("name", [CR, US])
async def test_ends_with_the_samples_of_the_source_at_the_cost_of_the_source(
    server: Server, browser: Browser, name: str
) -> None:
    path = public_file(name)
    dataset = dcmread(path)
    async with reading(browser, "about:blank") as page:
        await opened(server, page, path)
        await until(page, quality="lossless", complete="true", rmse="0")
        manifest = (await state(page))["manifest"]
        assert manifest["coding"] == "j2k-source"
        assert (await state(page))["bytes"] <= 1.02 * manifest["source"]["bytes"]
        words = await page.evaluate("document.body.innerText")
        assert "source: JPEG 2000" in words
        seen = await page.evaluate("window.seen")
        found = await samples(page, dataset.SeriesInstanceUID)
    ranks = [["preview", "lossy", "lossless"].index(event["quality"]) for event in seen]
    assert ranks == sorted(ranks)
    errors = [event["rmse"] for event in seen if event["rmse"] is not None]
    assert errors == sorted(errors, reverse=True)
    assert np.array_equal(found, dataset.pixel_array.ravel())


async def test_windowing_and_zooming_on_the_way_show_no_worse_picture(
    server: Server, browser: Browser
) -> None:
    path = public_file(CR)
    async with reading(browser, "about:blank") as page:
        await page.send("Network.enable")
        # Slow enough that all of it happens long before the end.
        await page.send(
            "Network.emulateNetworkConditions",
            offline=False,
            latency=50,
            downloadThroughput=40_000,
            uploadThroughput=40_000,
        )
        await opened(server, page, path)
        await page.wait_for("window.firstlight?.inspect.state().quality === 'lossy'", 60)
        await drag(page, (180, 300), (240, 360))
        await pinch(page, (180, 400), 60, 240)
        midway = await state(page)
        assert midway["view"]["zoom"] > 2
        assert not midway["complete"]
        assert midway["bytes"] < 0.9 * midway["manifest"]["source"]["bytes"]
        await press(page, "0")
        await page.wait_for("window.firstlight.inspect.state().view.zoom === 1")
        await until(page, quality="lossless", complete="true", rmse="0")
        seen = await page.evaluate("window.seen")
        compared = await page.evaluate("window.firstlight.inspect.compare()")
    ranks = [["preview", "lossy", "lossless"].index(event["quality"]) for event in seen]
    assert 0 not in ranks[ranks.index(1) :]
    assert [event["bytes"] for event in seen] == sorted(event["bytes"] for event in seen)
    assert compared["pixels"] > 100_000
    assert compared["differing"] in (0, 360 * 4)
