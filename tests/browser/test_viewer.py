"""The viewer in a real browser, on a phone-sized page, against a real server."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import dcmread

from tests.browser.conftest import Studies
from tests.browser.hands import (
    drag,
    frames_passed,
    pinch,
    press,
    reading,
    shown,
    state,
    tap,
    touch,
    until,
)
from tests.tools.chromium import Browser, Page
from tests.tools.server import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


def address(server: Server, study: str, more: str = "") -> str:
    return f"{server.url}/studies/{study}?inspect=1{more}"


async def samples(page: Page) -> np.ndarray:
    got = await page.evaluate(
        "window.firstlight.inspect.samples()"
        ".then(({data, rows, columns}) => ({rows, columns, data: [...data]}))"
    )
    return np.array(got["data"]).reshape(got["rows"], got["columns"])


async def test_refines_to_lossless_and_samples_equal_pydicoms(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, address(server, studies.ct)) as page:
        await until(page, quality="lossless", complete="true", rmse="0")
        assert np.array_equal(await samples(page), dcmread(studies.ct_file).pixel_array)
        words = await page.evaluate("document.body.innerText")
        for word in ("CompressedSamples, CT1", "1CT1", "LOSSLESS", "1/1", "CT"):
            assert word in words


async def test_fires_quality_events_that_never_go_down(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, "about:blank") as page:
        await page.send(
            "Page.addScriptToEvaluateOnNewDocument",
            source="window.seen = [];"
            "addEventListener('firstlight:quality', (e) => seen.push(e.detail), true);",
        )
        await page.goto(address(server, studies.stack, "&position=9"))
        await until(page, quality="lossless", frame="9")
        seen = await page.evaluate("window.seen")
    ranks = [["preview", "lossy", "lossless"].index(event["quality"]) for event in seen]
    assert ranks == sorted(ranks)
    assert ranks[-1] == 2
    assert {event["frame"] for event in seen} == {9}
    assert [event["bytes"] for event in seen] == sorted(event["bytes"] for event in seen)


@pytest.mark.parametrize("name", ["ct", "stack", "luts", "colour", "palette", "wide", "tall"])
@pytest.mark.parametrize("zoomed", [False, True])
async def test_gpu_draws_what_the_cpu_reference_draws(
    server: Server, studies: Studies, browser: Browser, name: str, zoomed: bool
) -> None:
    async with reading(browser, address(server, getattr(studies, name))) as page:
        await until(page, quality="lossless")
        if zoomed:
            await pinch(page, (180, 400), 60, 200)
        await frames_passed(page)
        assert (await state(page))["render"]["kind"] == "webgl2"
        compared = await page.evaluate("window.firstlight.inspect.compare()")
        assert compared["pixels"] > 100_000
        # Where the frame's edge runs through the middle of a line of pixels, float32 and float64
        # may differ on whether that line is inside: 360 pixels of 4 samples.
        assert compared["differing"] in (0, 360 * 4)


async def test_zoomed_in_from_the_start_it_is_lossless_there_and_when_zoomed_out(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, address(server, studies.tall)) as page:
        await until(page, quality="lossless")
        # From now on the page itself brings manifest and Preview: zoom before anything streams.
        await page.send("Page.addScriptToEvaluateOnNewDocument", source="window.__cut = true;")
        await page.goto(address(server, studies.tall))
        await page.wait_for("window.firstlight?.inspect.state().drawn")
        await pinch(page, (180, 400), 60, 240)
        assert (await state(page))["view"]["zoom"] > 2
        await page.evaluate("window.__cut = false")
        await until(page, quality="lossless", complete="true")
        await press(page, "0")
        await page.wait_for("window.firstlight.inspect.state().view.zoom === 1")
        await until(page, quality="lossless", rmse="0")


async def test_a_picture_that_the_gpu_refuses_is_never_called_lossless(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, address(server, studies.ct)) as page:
        await page.goto("about:blank")
        await page.send(
            "Page.addScriptToEvaluateOnNewDocument",
            source="WebGL2RenderingContext.prototype.getError = function () { return 0x0505; }",
        )
        await page.goto(address(server, studies.ct))
        await until(page, complete="true")
        await frames_passed(page)
        assert (
            await page.evaluate(
                "document.querySelector('[data-firstlight-viewer]').dataset.quality"
            )
            == "preview"
        )
        assert "did not take the picture" in await page.evaluate("document.body.innerText")


async def test_switching_windows_uploads_nothing(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, address(server, studies.stack, "&position=12")) as page:
        await until(page, quality="lossless")
        await tap(page, ".toolbar button")
        await page.wait_for("document.querySelectorAll('.chips button').length > 8")
        before = (await state(page))["render"]
        for number in (3, 5, 2, 1):
            await tap(page, f".chips button:nth-child({number})")
            await frames_passed(page)
        after = (await state(page))["render"]
        assert after["draws"] > before["draws"]
        assert after["uploads"] == before["uploads"]
        await tap(page, ".chips button:nth-child(3)")
        await page.wait_for(
            "document.querySelector('.corner.window').innerText.includes('W 200 L 75')"
        )


async def test_one_finger_scrolls_and_the_second_undoes_it(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, address(server, studies.stack, "&position=10")) as page:
        await until(page, frame="10", quality="lossless")
        await drag(page, (150, 300), (150, 420))
        moved = int((await shown(page))["frame"])
        assert moved > 10
        await drag(page, (150, 420), (150, 300))
        assert int((await shown(page))["frame"]) == 10
        await touch(page, "touchStart", [(150, 300)])
        for y in (320, 340, 380, 420):
            await touch(page, "touchMove", [(150, y)])
            await frames_passed(page, 1)
        assert int((await shown(page))["frame"]) > 10
        await touch(page, "touchStart", [(150, 420), (200, 420)])
        await until(page, frame="10")
        await touch(page, "touchEnd", [])


async def test_pinch_zooms_pan_moves_and_double_tap_fits(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, address(server, studies.stack, "&position=10")) as page:
        await until(page, quality="lossless")
        await pinch(page, (180, 400), 60, 180)
        view = (await state(page))["view"]
        assert view["zoom"] == pytest.approx(3, rel=0.2)
        await drag(page, (180, 400), (120, 380))
        moved = (await state(page))["view"]
        assert moved["middleX"] > view["middleX"]
        assert (await shown(page))["frame"] == "10"
        for _ in range(2):
            await touch(page, "touchStart", [(180, 400)])
            await touch(page, "touchEnd", [])
        await page.wait_for("window.firstlight.inspect.state().view.zoom === 1")


async def test_a_long_press_windows_anywhere(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, address(server, studies.stack, "&position=10")) as page:
        await until(page, quality="lossless")
        await drag(page, (120, 400), (240, 400), rest=0.7)
        after = await state(page)
        assert after["width"] > 80
        assert after["position"] == 10


async def test_keys_do_what_the_list_says(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, address(server, studies.stack)) as page:
        await until(page, frame="1")
        for key, frame in (
            ("ArrowDown", "2"),
            ("PageDown", "12"),
            ("End", "30"),
            ("ArrowUp", "29"),
            ("Home", "1"),
        ):
            await press(page, key)
            await until(page, frame=frame)
        for key, title in (("?", "Gestures and keys"), ("w", "Window"), ("n", "Note")):
            await press(page, key)
            await page.wait_for(f"document.querySelector('.sheet h2')?.innerText === '{title}'")
            await press(page, "Escape")
            await page.wait_for("document.querySelector('.sheet') === null")


LOW_BATTERY = (
    "window.battery = Object.assign(new EventTarget(), {level: 0.2, charging: false});"
    "navigator.getBattery = async () => window.battery;"
)


async def test_a_low_battery_saves_data_until_the_reader_chooses(
    server: Server, studies: Studies, browser: Browser
) -> None:
    saver = "document.querySelector('.sheet [role=switch]:last-of-type')"
    async with reading(browser, address(server, studies.stack), before=LOW_BATTERY) as page:
        await until(page, frame="1")
        await page.evaluate("document.querySelector('button.link').click()")
        await page.wait_for(
            f"{saver}?.innerText.includes('Data saver: on')"
            f" && {saver}.innerText.includes('Saving data: battery is low')"
        )
        await page.evaluate(f"{saver}.click()")
        await page.wait_for(f"{saver}.innerText.includes('Data saver: off')")
        await page.evaluate(
            "window.battery.level = 0.1; window.battery.dispatchEvent(new Event('levelchange'))"
        )
        await frames_passed(page)
        assert "Data saver: off" in await page.evaluate(f"{saver}.innerText")


async def test_survives_a_lost_context(server: Server, studies: Studies, browser: Browser) -> None:
    async with reading(browser, address(server, studies.stack, "&position=10")) as page:
        await until(page, quality="lossless")
        await page.evaluate(
            "window.ext = document.querySelector('canvas.picture').getContext('webgl2')"
            ".getExtension('WEBGL_lose_context'); window.ext.loseContext()"
        )
        await page.wait_for("window.firstlight.inspect.state().render.contextLosses === 1")
        await page.evaluate("window.ext.restoreContext()")
        await page.wait_for("window.firstlight.inspect.state().render.gpuBytes > 0")
        await frames_passed(page)
        compared = await page.evaluate("window.firstlight.inspect.compare()")
        assert compared["differing"] == 0
        assert (await shown(page))["quality"] == "lossless"


async def test_draws_without_webgl(server: Server, studies: Studies, browser: Browser) -> None:
    async with reading(
        browser, address(server, studies.stack, "&position=10&render=canvas")
    ) as page:
        await until(page, quality="lossless")
        assert (await state(page))["render"]["kind"] == "canvas"
        red, green, blue, alpha = await page.evaluate(
            "[...document.querySelector('canvas.picture').getContext('2d')"
            ".getImageData(180, 300, 1, 1).data]"
        )
        assert alpha == 255
        assert red == green == blue
        assert red > 20  # brain, at the brain window


async def test_the_shown_number_keeps_up_with_the_finger(
    server: Server, studies: Studies, browser: Browser
) -> None:
    """At a quarter of the machine's speed: after an animation frame the number is the finger's."""
    async with reading(browser, address(server, studies.stack)) as page:
        await until(page, quality="lossless")
        await page.throttle_cpu(4)
        each = await page.evaluate(
            "Math.min(32, (document.querySelector('.stage').clientHeight * 1.5) / 29)"
        )
        await touch(page, "touchStart", [(150, 200)])
        await touch(page, "touchMove", [(150, 215)])
        await frames_passed(page, 1)
        behind = []
        for step in range(1, 40):
            y = 215 + step * 9
            await touch(page, "touchMove", [(150, y)])
            await frames_passed(page, 2)
            behind.append(
                abs(min(30, 1 + int((y - 215) / each)) - int((await shown(page))["frame"]))
            )
        await touch(page, "touchEnd", [])
        assert max(behind) <= 1
        assert behind.count(0) >= len(behind) * 0.9


# Outlines of a whole stack come within moments here, so the link goes with the first bytes.
CUT_EARLY = """
const Held = window.WebSocket;
window.WebSocket = class extends Held {
  constructor(url, protocols) {
    super(url, protocols);
    this.addEventListener("message", ({ data }) => {
      if (typeof data !== "string") { window.__cut = true; this.close(); }
    });
  }
};
"""


async def test_a_frame_that_is_not_here_never_stands_bright_under_its_number(
    server: Server, studies: Studies, browser: Browser
) -> None:
    async with reading(browser, address(server, studies.stack), before=CUT_EARLY) as page:
        await until(page, frame="1", link="offline")
        await press(page, "End")
        await until(page, frame="30")
        await page.wait_for(
            "document.querySelector('.viewer.waiting .face')?.innerText.startsWith('30')"
        )
        opacity = await page.evaluate(
            "getComputedStyle(document.querySelector('canvas.picture')).opacity"
        )
        assert float(opacity) < 0.3
        assert "WAITING" in await page.evaluate("document.querySelector('.badge').innerText")
