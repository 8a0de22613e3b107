"""``make size``: bytes over the wire of a first visit, as Chromium counts them, with brotli.

Three phantoms are opened in a fresh profile (a CT stack, a large radiograph, an ultrasound cine),
and the largest of each figure is given. A first visit is everything loaded over HTTP until the
picture is lossless: page (with manifest and Preview inside), scripts, styles, decoder. The first
picture is what a page without any script has loaded when it shows the Preview.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from app.demo.phantoms import write_phantoms
from tests.tools.chromium import Browser, Page, chromium
from tests.tools.figures import figures, say, table
from tests.tools.server import Server

LIMITS = {
    "first_visit_bytes": 150_000,
    "shell_viewer_bytes": 65_000,
    "first_picture_bytes": 40_000,
}
COMPLETE = "document.querySelector('[data-firstlight-viewer]')?.dataset.complete === 'true'"
PICTURE = "document.querySelector('img.preview')?.naturalWidth > 0"


class Traffic:
    """Bytes of each HTTP response, headers included, of a page and of its workers."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.bytes: dict[str, int] = defaultdict(int)
        self._urls: dict[str, str] = {}
        browser.listeners.append(self._heard)

    async def watch(self, page: Page) -> None:
        await page.send("Network.enable")
        await page.send(
            "Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True
        )

    def _heard(self, event: dict[str, Any]) -> None:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Target.attachedToTarget" and parameters["targetInfo"]["type"] == "worker":
            session = parameters["sessionId"]
            self.browser.post("Network.enable", session)
            self.browser.post("Runtime.runIfWaitingForDebugger", session)
        elif method == "Network.requestWillBeSent":
            self._urls[parameters["requestId"]] = parameters["request"]["url"]
        elif method == "Network.loadingFinished":
            url = self._urls.get(parameters["requestId"], "")
            if url.startswith("http"):
                self.bytes[urlsplit(url).path] += int(parameters["encodedDataLength"])


def is_decoder(path: str) -> bool:
    """The OpenJPEG WebAssembly and the worker that drives it, by the names the build gives them."""
    return "/openjpeg" in path or "/worker-" in path


async def first_visit(server: Server, study: str) -> dict[str, int]:
    """Path to bytes of all that a first visit loads until the frame is complete."""
    async with chromium() as browser:
        page = await browser.page()
        traffic = Traffic(browser)
        await traffic.watch(page)
        await page.goto(f"{server.url}/studies/{study}")
        await page.wait_for(COMPLETE, 120)
        await asyncio.sleep(0.5)  # what is still on its way is counted too
        return await with_content_lengths(server, traffic.bytes)


async def with_content_lengths(server: Server, seen: dict[str, int]) -> dict[str, int]:
    """What was seen, each file at least as large as its answer's body: DevTools does not count all
    of what a worker loads."""
    async with httpx2.AsyncClient(headers={"Accept-Encoding": "br"}) as client:
        for path in [path for path in seen if path.startswith("/static/")]:
            answer = await client.head(server.url + path)
            seen[path] = max(seen[path], int(answer.headers["Content-Length"]))
    return dict(seen)


async def first_picture(server: Server, study: str) -> dict[str, int]:
    """Path to bytes of what is loaded when the Preview shows, all scripts being blocked."""
    async with chromium() as browser:
        page = await browser.page()
        traffic = Traffic(browser)
        await traffic.watch(page)
        await page.send("Network.setBlockedURLs", urls=["*.js*", "*.wasm*"])
        await page.goto(f"{server.url}/studies/{study}")
        await page.wait_for(PICTURE, 30)
        await asyncio.sleep(0.5)
        return dict(traffic.bytes)


async def measure() -> dict[str, int]:
    """The figures of ``make size``; see LIMITS for what they must not exceed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_phantoms(folder, lambda _: None)
        async with Server.started() as server:
            report = await server.import_paths([folder])
            studies = sorted({item["study"] for item in report["stored"]})
            largest: dict[str, int] = defaultdict(int)
            for study in studies:
                await server.warm(study)
                visit = await first_visit(server, study)
                picture = await first_picture(server, study)
                say(f"study {study}")
                table(
                    [(path, f"{size:,}") for path, size in sorted(visit.items())], ("path", "bytes")
                )
                decoder = sum(size for path, size in visit.items() if is_decoder(path))
                figures_here = {
                    "first_visit_bytes": sum(visit.values()),
                    "shell_viewer_bytes": sum(visit.values()) - decoder,
                    "decoder_bytes": decoder,
                    "first_picture_bytes": sum(picture.values()),
                }
                for key, value in figures_here.items():
                    largest[key] = max(largest[key], value)
    return dict(largest)


def main() -> None:
    values = asyncio.run(measure())
    figures(values)
    over = [key for key, limit in LIMITS.items() if values[key] > limit]
    if over:
        raise SystemExit("over the limit: " + ", ".join(f"{key} > {LIMITS[key]:,}" for key in over))


if __name__ == "__main__":
    main()
