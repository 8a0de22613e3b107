"""A cine in a real browser: its own rate, PREVIEW while it moves, LOSSLESS when it stands."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from tests.app.dicom.public_data import public_file
from tests.browser.hands import (
    VIEWER,
    frames_passed,
    pinch,
    press,
    reading,
    shown,
    state,
    tap,
    until,
)
from tests.browser.making import shipped, write_flat_cine
from tests.tools.chromium import Browser, Page
from tests.tools.server import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

PLAY = ".toolbar button"
"""The first tool of a stack with a cine in it."""
BACK, NEXT, SPEED, ORDER, CLOSE = (f".cine-tools button:nth-child({n})" for n in range(1, 6))

# Keeps a note of every animation frame: is motion there, and is the picture?
WATCH = f"""
window.__seen = [];
const watch = () => {{
  const viewer = {VIEWER}, motion = document.querySelector("canvas.motion");
  window.__seen.push([motion !== null && !motion.hidden, viewer.classList.contains("waiting"),
    viewer.dataset.quality, viewer.dataset.frame, document.querySelector(".badge").innerText]);
  requestAnimationFrame(watch);
}};
requestAnimationFrame(watch);
"""

# Lets `window.__allowed` bytes of motion through, and no more; with `__cut` no link at all.
GATE = """
window.__allowed = Infinity;
const open = window.fetch;
window.fetch = async (address, options) => {
  if (!String(address).includes("/motion")) return open(address, options);
  if (window.__cut) throw new TypeError("Failed to fetch");
  const answer = await open(address, options);
  const reader = answer.body.getReader();
  let left = new Uint8Array();
  return new Response(new ReadableStream({
    async pull(controller) {
      while (!left.length) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        left = value;
      }
      while (window.__allowed <= 0) {
        if (window.__cut) return controller.error(new TypeError("network error"));
        await new Promise(requestAnimationFrame);
      }
      const some = left.subarray(0, Math.min(left.length, window.__allowed, 2000));
      window.__allowed -= some.length;
      left = left.subarray(some.length);
      controller.enqueue(some);
    },
  }), { status: answer.status });
};
"""


@pytest.fixture(scope="session")
async def cine(server: Server) -> str:
    """30 frames of a real ultrasound, 33.333 ms each."""
    report = await server.import_paths([shipped("examples_ybr_color.dcm")])
    study = str(report["stored"][0]["study"])
    await server.warm(study)
    return study


def address(server: Server, study: str, more: str = "") -> str:
    return f"{server.url}/studies/{study}?inspect=1{more}"


async def figures(page: Page) -> dict[str, Any]:
    """What the player's clock did."""
    value: dict[str, Any] = orjson.loads((await shown(page))["cineFigures"])
    return value


async def until_passed(page: Page, frames: int) -> dict[str, Any]:
    """Play until so many frames went by."""
    enough = f"JSON.parse({VIEWER}.dataset.cineFigures ?? '{{}}').frames >= {frames}"
    await page.wait_for(enough, 90)
    return await figures(page)


async def says(page: Page, words: str) -> str:
    """Return the cine's line once it says so: words come with the next drawing."""
    line = "document.querySelector('.cine-says')?.innerText"
    await page.wait_for(f"{line}?.includes({orjson.dumps(words).decode()})", 20)
    value: str = await page.evaluate(line)
    return value.strip()


async def test_plays_at_its_own_rate_and_stands_lossless(
    server: Server, cine: str, browser: Browser
) -> None:
    async with reading(browser, address(server, cine)) as page:
        await until(page, quality="lossless")
        await page.evaluate(WATCH)
        await tap(page, PLAY)
        await until(page, cine="playing")
        figured = await until_passed(page, 75)
        assert figured["by"] == "motion"
        assert figured["frames"] / figured["ms"] * 1000 == pytest.approx(30, rel=0.03)
        assert figured["drawn"] > 10
        assert await says(page, "30 images") == "30 images a second"
        words = await page.evaluate("document.querySelector('.identity').innerText")
        await tap(page, PLAY)
        await until(page, cine="paused", quality="lossless")
        after = await shown(page)
        assert (await page.evaluate("document.querySelector('canvas.motion').hidden")) is True
        assert words == await page.evaluate("document.querySelector('.identity').innerText")
        seen = await page.evaluate("window.__seen")
    moving = [one for one in seen if one[0]]
    assert {one[2] for one in moving} == {"preview"}
    assert {one[4] for one in moving} == {"PREVIEW"}
    assert len({one[3] for one in moving}) > 10
    # Never dimmed, never black: motion, or the picture itself.
    assert not any(one[1] for one in seen)
    assert seen[-1][3] == after["frame"]


async def test_a_vector_of_frame_times_is_kept(server: Server, browser: Browser) -> None:
    file = public_file("us-cine/acuson-stress-echo/I_000013.dcm")
    report = await server.import_paths([file])
    async with reading(browser, address(server, report["stored"][0]["study"])) as page:
        await until(page, quality="lossless")
        await tap(page, PLAY)
        figured = await until_passed(page, 45)
        # 20 or 40 ms each; over whole rounds the mean counts.
        assert 25 < figured["frames"] / figured["ms"] * 1000 < 50
        assert (await state(page))["motion"] == "playing"


async def test_grey_levels_of_motion_are_the_pictures(
    server: Server, browser: Browser, files: Path
) -> None:
    report = await server.import_paths([write_flat_cine(files / "flat.dcm", (0, 64, 128, 255))])
    async with reading(browser, address(server, report["stored"][0]["study"])) as page:
        await until(page, quality="lossless")
        await tap(page, PLAY)
        await until_passed(page, 3)
        rate = await says(page, "no frame rate")
        assert rate == "The file gives no frame rate: shown at 15 images a second."
        levels = await page.evaluate(
            "(() => { const c = document.querySelector('canvas.motion');"
            "const x = c.getContext('2d'); return [0.125, 0.375, 0.625, 0.875].map((at) =>"
            "[...x.getImageData(c.width * at, c.height / 2, 1, 1).data.slice(0, 3)]); })()"
        )
    for got, level in zip(levels, (0, 64, 128, 255), strict=True):
        assert got == pytest.approx([level] * 3, abs=4)


async def test_motion_follows_zoom_and_pan(server: Server, cine: str, browser: Browser) -> None:
    box = (
        "(() => { const b = document.querySelector('canvas.motion').getBoundingClientRect();"
        "return [b.x, b.y, b.width, b.height]; })()"
    )
    async with reading(browser, address(server, cine)) as page:
        await until(page, quality="lossless")
        await tap(page, PLAY)
        await until_passed(page, 3)
        fitted = np.array(await page.evaluate(box))
        assert fitted[2] == pytest.approx(360, abs=1)
        await pinch(page, (180, 380), 60, 150)
        await frames_passed(page)
        zoom = (await state(page))["view"]["zoom"]
        assert zoom > 1.5
        assert (await state(page))["motion"] == "playing"
        zoomed = np.array(await page.evaluate(box))
        assert zoomed[2:] == pytest.approx(fitted[2:] * zoom, rel=0.01)


async def test_keys_speed_order_and_close(server: Server, cine: str, browser: Browser) -> None:
    async with reading(browser, address(server, cine)) as page:
        await until(page, quality="lossless")
        await press(page, " ")
        await until_passed(page, 5)
        await press(page, ".")
        await until(page, cine="paused")
        await frames_passed(page)
        at = int((await shown(page))["frame"])
        await press(page, ",")
        await until(page, frame=str(at - 1 or 30))
        await tap(page, NEXT)
        await until(page, frame=str(at), quality="lossless")
        await tap(page, SPEED)
        await tap(page, ORDER)
        await press(page, " ")
        await until_passed(page, 10)
        before = await figures(page)
        after = await until_passed(page, before["frames"] + 40)
        passed, went = after["frames"] - before["frames"], after["ms"] - before["ms"]
        assert passed / went * 1000 == pytest.approx(60, rel=0.05)
        assert "To and fro" in await page.evaluate("document.querySelector('.cine').innerText")
        await tap(page, CLOSE)
        await page.wait_for("document.querySelector('.cine, canvas.motion') === null", 10)
        await until(page, quality="lossless")


async def test_a_reader_who_goes_elsewhere_sees_the_picture(
    server: Server, cine: str, browser: Browser
) -> None:
    async with reading(browser, address(server, cine)) as page:
        await until(page, quality="lossless")
        await tap(page, PLAY)
        await until_passed(page, 5)
        await press(page, "End")
        await until(page, cine="paused", frame="30", quality="lossless")
        assert (await state(page))["motion"] is None


async def test_without_a_video_decoder_the_images_are_played(
    server: Server, cine: str, browser: Browser
) -> None:
    async with reading(browser, "about:blank") as page:
        await page.send(
            "Page.addScriptToEvaluateOnNewDocument", source="delete window.VideoDecoder;"
        )
        await page.goto(address(server, cine))
        await until(page, quality="lossless")
        await tap(page, PLAY)
        figured = await until_passed(page, 12)
        assert figured["by"] == "images"
        await page.wait_for("document.body.innerText.includes('plays the images themselves')", 30)
        assert (await state(page))["motion"] is None
        await tap(page, PLAY)
        await until(page, cine="paused", quality="lossless")


async def test_a_link_that_is_slow_and_then_gone_is_said(
    server: Server, cine: str, browser: Browser
) -> None:
    async with reading(browser, "about:blank") as page:
        await page.send("Page.addScriptToEvaluateOnNewDocument", source=GATE)
        await page.goto(address(server, cine))
        await until(page, quality="lossless")
        await page.evaluate("window.__allowed = 3500")
        await tap(page, PLAY)
        await page.wait_for("/Loading motion · \\d+ %/.test(document.body.innerText)", 30)
        held = await page.evaluate(
            "Number(document.querySelector('[role=progressbar]').ariaValueNow)"
        )
        assert 0 < held < 100
        await page.evaluate("window.__cut = true")
        await page.wait_for("document.body.innerText.includes('Playing goes on when')", 30)
        await page.evaluate("window.__cut = false; window.__allowed = Infinity;")
        await page.evaluate("dispatchEvent(new Event('online'))")
        await until(page, cine="playing")
        await until_passed(page, 30)


async def test_what_the_server_refuses_is_a_sentence_and_can_be_tried_again(
    server: Server, browser: Browser, files: Path
) -> None:
    path = write_flat_cine(files / "gone.dcm", (10, 200), frames=4)
    study = (await server.import_paths([path]))["stored"][0]["study"]
    async with reading(browser, address(server, study)) as page:
        await until(page, quality="lossless")
        kept = server.data / "blobs" / "originals"
        aside = server.data / "aside"
        shutil.move(kept, aside)
        await tap(page, PLAY)
        await until(page, cine="refused")
        assert await says(page, "The file of this image is gone from the server")
        await until(page, quality="lossless")
        shutil.move(aside, kept)
        # What failed is remembered by the server for a minute: not asked again here.
        assert await page.evaluate("document.querySelector('.cine-says button').innerText")
