"""Memory: a 500-frame stack scrolled end to end twice stays under 200 MB of page memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from tests.browser.hands import reading, state, until
from tests.browser.making import write_cine
from tests.tools.chromium import Browser
from tests.tools.server import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.slow]

FRAMES = 500
MOST_BYTES = 200_000_000

# Through the stack as a finger goes: each frame for an animation frame, every tenth until lossless.
SCROLL = """(async () => {
  const { inspect } = window.firstlight;
  const viewer = document.querySelector("[data-firstlight-viewer]");
  const series = inspect.state().series;
  const next = () => new Promise((done) => requestAnimationFrame(done));
  const order = Array.from({ length: %d }, (_, i) => i + 1);
  for (const position of %s ? order : order.reverse()) {
    inspect.show(series, position);
    await next();
    while (position %% 10 === 0 && viewer.dataset.quality !== "lossless") await next();
  }
})()"""


async def private_bytes(browser: Browser) -> int:
    """Memory that only the page's process has: heaps, workers, WebAssembly, decoded tiles."""
    processes = (await browser.send("SystemInfo.getProcessInfo"))["processInfo"]
    sizes = []
    for process in processes:
        if process["type"] == "renderer":
            rollup = await anyio.Path(f"/proc/{process['id']}/smaps_rollup").read_text()
            kibibytes = re.findall(r"^Private_(?:Clean|Dirty): +(\d+) kB", rollup, re.MULTILINE)
            sizes.append(sum(map(int, kibibytes)) * 1024)
    return max(sizes)


async def test_a_long_stack_scrolled_twice_stays_small(
    server: Server,
    browser: Browser,
    files: Path,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    report = await server.import_paths([write_cine(files / "cine.dcm", FRAMES)])
    study = report["stored"][0]["study"]
    async with reading(browser, f"{server.url}/studies/{study}?inspect=1") as page:
        await until(page, quality="lossless", frames=str(FRAMES))
        most = 0
        for forth in ("true", "false"):
            await page.evaluate(SCROLL % (FRAMES, forth))
            # As measureUserAgentSpecificMemory does: what is held, not what waits to be collected.
            await page.send("HeapProfiler.collectGarbage")
            drawn = (await state(page))["render"]
            most = max(most, await private_bytes(browser) + drawn["gpuBytes"])
        received = (await state(page))["received"]
        record_testsuite_property("page_memory_bytes", most)
        record_testsuite_property("received_bytes", received)
        assert received > 10_000_000
        assert most < MOST_BYTES
