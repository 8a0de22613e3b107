"""A headless Chromium driven over its DevTools protocol, for the tools and the browser tests.

They compare what a page holds with what Python holds, so they speak to Chromium from Python, with
the ``websockets`` package that the server needs anyway.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import orjson
from websockets.asyncio.client import connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--enable-precise-memory-info",
    "--js-flags=--expose-gc",
)


class BrowserError(Exception):
    """The browser said no, or a script in the page threw."""


def chromium_path() -> str | None:
    """Path of a Chromium on this machine ($CHROMIUM first), or None."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Transport(Protocol):
    """What carries DevTools messages: a WebSocket, or a pair of pipes."""

    async def send(self, message: str, /) -> None: ...

    def __aiter__(self) -> AsyncIterator[str | bytes]: ...

    async def close(self) -> None: ...


class Page:
    """One tab, sized like a phone; ``session`` names it on the connection."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self.browser, self.session, self.target = browser, session, target

    async def send(self, method: str, **parameters: Any) -> Any:
        return await self.browser.send(method, session=self.session, **parameters)

    async def goto(self, url: str) -> None:
        answer = await self.send("Page.navigate", url=url)
        if "errorText" in answer:
            raise BrowserError(f"{url} did not open: {answer['errorText']}")

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited."""
        answer = await self.send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    async def wait_for(self, expression: str, seconds: float = 60) -> Any:
        """Poll an expression until it is truthy; the page may navigate meanwhile."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            try:
                if value := await self.evaluate(expression):
                    return value
            except BrowserError as error:
                if loop.time() > deadline:
                    raise BrowserError(f"{expression}: {error}") from None
            if loop.time() > deadline:
                raise BrowserError(f"not true after {seconds:g} s: {expression}")
            await asyncio.sleep(0.05)

    async def screenshot(self, path: Path) -> None:
        answer = await self.send("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(answer["data"]))

    async def throttle_cpu(self, rate: float) -> None:
        await self.send("Emulation.setCPUThrottlingRate", rate=rate)

    async def close(self) -> None:
        await self.browser.send("Target.closeTarget", targetId=self.target)


class Browser:
    """The connection to one Chromium; events of all its pages and workers go to ``listeners``."""

    def __init__(self, socket: Transport) -> None:
        self._socket = socket
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._count = 0
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self._reader = asyncio.create_task(self._read())
        self._background: set[asyncio.Task[Any]] = set()

    async def _read(self) -> None:
        async for text in self._socket:
            message = orjson.loads(text)
            if "id" in message:
                waiting = self._answers.pop(message["id"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
                continue
            for listener in self.listeners:
                listener(message)

    async def send(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[self._count] = answered
        await self._socket.send(orjson.dumps(message).decode())
        answer = await answered
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def post(self, method: str, session: str | None = None, **parameters: Any) -> None:
        """Send without waiting for the answer (for use inside a listener)."""
        task = asyncio.create_task(self.send(method, session, **parameters))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def page(
        self, width: int = 360, height: int = 800, pixel_ratio: float = 2, touch: bool = True
    ) -> Page:
        created = await self.send("Target.createTarget", url="about:blank", newWindow=True)
        target = created["targetId"]
        answer = await self.send("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(self, answer["sessionId"], target)
        await page.send("Page.enable")
        await page.send("Runtime.enable")
        await page.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=pixel_ratio,
            mobile=touch,
        )
        await page.send("Emulation.setFocusEmulationEnabled", enabled=True)
        if touch:
            await page.send("Emulation.setTouchEmulationEnabled", enabled=True)
        return page

    async def close(self) -> None:
        self._reader.cancel()
        await self._socket.close()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start Chromium with an empty profile, connect to it, and end it with all it started."""
    path = chromium_path()
    if path is None:
        raise BrowserError("No Chromium here. Install Debian's package chromium, or set CHROMIUM.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            path,
            *FLAGS,
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            "about:blank",
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        try:
            address = await _devtools_address(process.stderr)
            drain = asyncio.create_task(_drain(process.stderr))
            async with connect(address, max_size=None) as socket:
                browser = Browser(socket)
                try:
                    yield browser
                finally:
                    await browser.close()
            drain.cancel()
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _devtools_address(stderr: asyncio.StreamReader) -> str:
    said = []
    while line := await stderr.readline():
        said.append(line.decode(errors="replace"))
        if found := re.search(r"DevTools listening on (ws://\S+)", said[-1]):
            return found[1]
    raise BrowserError("Chromium ended before it listened: " + "".join(said[-5:]))


async def _drain(stderr: asyncio.StreamReader) -> None:
    while await stderr.read(65536):
        pass
