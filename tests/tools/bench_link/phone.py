"""The reader's phone: Chromium on the far side of the link, a slow CPU, driven through a pipe.

The pipe crosses no network, so that driving and listening cost the link nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from tests.tools.bench_link.certificate import Certificate
from tests.tools.bench_link.lab import Place
from tests.tools.bench_link.wire_log import WireLog
from tests.tools.chromium import FLAGS, Browser, BrowserError, Page, chromium_path

WIDTH, HEIGHT, PIXEL_RATIO, CPU_SLOWER = 390, 844, 3, 4
RECORDER: Final = (Path(__file__).parent / "recorder.js").read_text(encoding="utf-8")
LONGEST_MESSAGE: Final = 1 << 29
END_SECONDS: Final = 8.0
SETTLE_SECONDS: Final = 1.0
"""For a browser that has just started: its own start must not be measured."""

# Chromium reads what it is told from descriptor 3 and answers on 4.
_ONTO_3_AND_4: Final = (
    "import os, sys\n"
    "told, said = os.dup(int(sys.argv[1])), os.dup(int(sys.argv[2]))\n"
    "os.dup2(told, 3); os.dup2(said, 4)\n"
    "os.set_inheritable(3, True); os.set_inheritable(4, True)\n"
    "os.execvp(sys.argv[3], sys.argv[3:])\n"
)


class Pipe:
    """DevTools messages, each closed by a zero byte, over two pipes."""

    def __init__(self, reader: asyncio.StreamReader, writing: int) -> None:
        self._reader, self._writing = reader, writing

    async def send(self, message: str, /) -> None:
        data = message.encode() + b"\0"
        while data:
            data = data[await asyncio.to_thread(os.write, self._writing, data) :]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                yield (await self._reader.readuntil(b"\0"))[:-1]

    async def close(self) -> None:
        os.close(self._writing)


@dataclass
class Phone:
    """One Chromium with one page, what the page said, and what reached it."""

    browser: Browser
    page: Page
    wire: WireLog
    said: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Runtime.bindingCalled":
            word = orjson.loads(event["params"]["payload"])
            word["at"] /= 1000
            self.said.append(word)
            self.news.set()

    def now(self) -> float:
        """The wall clock, as the page's own."""
        return time.time()

    async def until(self, true: Callable[[], object], seconds: float) -> bool:
        """Wait until ``true()`` is true, or known; False when the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while true() in (None, False):
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            return False
        return True

    async def quiet(self, still: float, seconds: float) -> None:
        """Wait until nothing has arrived for ``still`` seconds, at most ``seconds``."""
        loop = asyncio.get_running_loop()
        deadline, since, before = loop.time() + seconds, loop.time(), -1.0
        while loop.time() < deadline and loop.time() - since < still:
            if self.wire.last != before:
                before, since = self.wire.last, loop.time()
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def phone(
    place: Place, certificate: Certificate, profile: Path, *, slower: float = CPU_SLOWER
) -> AsyncIterator[Phone]:
    """Start Chromium on the phone with the profile folder, and end it so that its caches stay."""
    path = chromium_path()
    if path is None:
        raise BrowserError("No Chromium here. `make system` installs it, or set CHROMIUM.")
    its_input, told = os.pipe()
    said, its_output = os.pipe()
    flags = (*FLAGS, "--remote-debugging-pipe", certificate.flag, f"--user-data-dir={profile}")
    onto = (sys.executable, "-c", _ONTO_3_AND_4, str(its_input), str(its_output))
    process = await asyncio.create_subprocess_exec(
        *place.command("phone", [*onto, path, *flags, "about:blank"]),
        pass_fds=(its_input, its_output),
        stderr=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    os.close(its_input)
    os.close(its_output)
    browser = Browser(Pipe(await _reader(said), told))
    try:
        yield await _page(browser, slower)
    finally:
        with contextlib.suppress(BrowserError, OSError, TimeoutError):
            await asyncio.wait_for(browser.send("Browser.close"), END_SECONDS)
        try:
            await asyncio.wait_for(process.wait(), END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        await browser.close()


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LONGEST_MESSAGE)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
    )
    return reader


async def _page(browser: Browser, slower: float) -> Phone:
    page = await browser.page(WIDTH, HEIGHT, PIXEL_RATIO)
    found = Phone(browser, page, WireLog(browser))
    browser.listeners.append(found.heard)
    await page.send("Network.enable", maxTotalBufferSize=0, maxResourceBufferSize=0)
    await page.send("Runtime.addBinding", name="benchSay")
    await page.send("Page.addScriptToEvaluateOnNewDocument", source=RECORDER)
    await page.throttle_cpu(slower)
    await asyncio.sleep(SETTLE_SECONDS)
    return found


def copied_profile(template: Path, folder: Path) -> Path:
    """Return a copy of a browser's profile folder, as a reader's phone would hold it."""
    shutil.copytree(template, folder, symlinks=True)
    for lock in folder.glob("Singleton*"):
        lock.unlink()
    return folder
