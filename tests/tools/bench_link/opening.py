"""Our viewer, come to in each of the four ways, and what was on its screen when."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tests.browser.hands import tap
from tests.tools.bench_link.certificate import Certificate
from tests.tools.bench_link.floor import WayIn
from tests.tools.bench_link.lab import Place
from tests.tools.bench_link.milestones import Milestones, Seen, milestones
from tests.tools.bench_link.phone import Phone, copied_profile, phone
from tests.tools.chromium import BrowserError

LIST_SECONDS: Final = 120.0
PREFETCH_SECONDS: Final = 60.0
SCRIPT_SECONDS: Final = 15.0
WORKER_SECONDS: Final = 30.0
STILL_SECONDS: Final = 2.5
"""With nothing arriving for so long the list counts as idle."""

PREFETCH_OFF: Final = 'localStorage.setItem("firstlight.prefetch", "off");'
HINT_SEEN: Final = 'localStorage.setItem("firstlight-hint-seen", "1");'
PREFETCHED: Final = "data-prefetched"


@dataclass(frozen=True)
class Target:
    """A study in our server, as the phone opens it."""

    url: str
    """Of the server, without a slash at the end."""
    study: str
    uids: frozenset[str]

    @property
    def page(self) -> str:
        return f"{self.url}/studies/{self.study}"

    @property
    def row(self) -> str:
        """Selects its row in the list."""
        return f'a[href^="/studies/{self.study}"]'


@dataclass(frozen=True)
class Visit:
    """One timed visit."""

    reached: Milestones
    app_bytes: int = 0
    """Of pages and scripts over the link before the picture was readable, or in all."""
    problems: tuple[str, ...] = field(default=())


async def warmed_profile(
    place: Place, certificate: Certificate, url: str, study: str, folder: Path
) -> Path:
    """Return a browser's profile folder in which the app is installed: the list and one study that
    is none of the images were opened, and a service worker, if there is one, has taken over."""
    place.set("none")
    async with phone(place, certificate, folder, slower=1) as reader:
        await reader.page.send("Page.addScriptToEvaluateOnNewDocument", source=PREFETCH_OFF)
        await reader.page.goto(f"{url}/")
        await reader.page.wait_for("document.readyState === 'complete'")
        await _service_worker(reader)
        await reader.page.goto(f"{url}/studies/{study}")
        await reader.until(lambda: _lossless(reader.said), LIST_SECONDS)
        await reader.page.goto(f"{url}/")
        await reader.quiet(STILL_SECONDS, LIST_SECONDS)
    return folder


async def _service_worker(reader: Phone) -> None:
    """Wait until a service worker has taken the page over; the app registers it once the link is
    idle."""
    await reader.quiet(1.0, 10)
    with contextlib.suppress(BrowserError):
        await reader.page.wait_for("navigator.serviceWorker?.controller != null", WORKER_SECONDS)
    await reader.quiet(1.0, 10)


async def visit(
    place: Place,
    certificate: Certificate,
    target: Target,
    way: WayIn,
    profile: str,
    template: Path,
    seconds: float,
) -> Visit | None:
    """Open the target once; None where the way does not exist (nothing was prefetched).

    It lasts until the picture is lossless, ``seconds`` at most.
    """
    async with fresh_profile(template if way is not WayIn.COLD else None) as folder:
        place.set("none" if way is WayIn.COLD else profile)
        async with phone(place, certificate, folder) as reader:
            place.set(profile)
            began = await _come(reader, target, way)
            if began is None:
                return None
            await reader.until(lambda: _lossless(_of(reader.said, target)), seconds)
            said = list(reader.said)
            problems = tuple(word["message"] for word in said if word["kind"] == "error")
            at = began if began >= 0 else navigation(said, target.page)
            app = sum(size for url, size in reader.wire.http.items() if url.startswith("http"))
            return Visit(milestones(seen(said, target), at), app, problems)


async def _come(reader: Phone, target: Target, way: WayIn) -> float | None:
    """Begin; return when, -1 for the page's own beginning, None where the way is not there."""
    if way in (WayIn.COLD, WayIn.WARM):
        scripts = HINT_SEEN + PREFETCH_OFF
        await reader.page.send("Page.addScriptToEvaluateOnNewDocument", source=scripts)
        await reader.page.goto(target.page)
        return -1
    prefetch = way is WayIn.PREFETCHED
    scripts = HINT_SEEN + (
        'localStorage.removeItem("firstlight.prefetch");' if prefetch else PREFETCH_OFF
    )
    await reader.page.send("Page.addScriptToEvaluateOnNewDocument", source=scripts)
    await reader.page.goto(f"{target.url}/")
    await reader.page.wait_for(f"document.querySelector({target.row!r}) !== null", LIST_SECONDS)
    if prefetch and not await prefetched(reader, target):
        return None
    await reader.quiet(STILL_SECONDS, LIST_SECONDS)
    reader.said.clear()
    await tap(reader.page, target.row)
    await reader.until(lambda: any(w["kind"] == "finger" for w in reader.said), 10)
    return next((float(w["at"]) for w in reader.said if w["kind"] == "finger"), None)


async def prefetched(reader: Phone, target: Target) -> bool:
    """Wait until the list says that it has the study's picture; False where it never will: its
    rows, once drawn by the page's script, do not name their study."""
    row = f"document.querySelector({target.row!r})"
    waiting = (
        "new Promise((done) => { const began = performance.now(); const look = () => {"
        f"const row = {row}; const waited = performance.now() - began;"
        f"if (row?.getAttribute('{PREFETCHED}') === 'readable') done(true);"
        f"else if (waited > {PREFETCH_SECONDS * 1000}) done(false);"
        f"else if (waited > {SCRIPT_SECONDS * 1000} && !row?.hasAttribute('data-study'))"
        " done(false);"
        "else setTimeout(look, 250); }; look(); })"
    )
    return bool(await reader.page.evaluate(waiting))


def seen(said: list[dict[str, Any]], target: Target) -> list[Seen]:
    """What of the target was on the screen when: Previews, and what the viewer said of itself."""
    found = [Seen(word["at"], None) for word in said if word["kind"] == "preview"]
    for word in _of(said, target):
        exact = word["quality"] == "lossless"
        if word["quality"] != "preview":
            error = 0.0 if exact else word.get("rmse")
            found.append(Seen(word["at"], error, exact))
    return found


def navigation(said: list[dict[str, Any]], url: str) -> float:
    """When the navigation to the page began, seconds of its wall clock."""
    began = [
        word["began"] / 1000
        for word in said
        if word["kind"] == "document" and _path(url) == word["path"]
    ]
    return float(began[0]) if began else float("inf")


def _path(url: str) -> str:
    return urlsplit(url).path


def _of(said: list[dict[str, Any]], target: Target) -> list[dict[str, Any]]:
    return [w for w in said if w["kind"] == "quality" and w.get("instance") in target.uids]


def _lossless(said: list[dict[str, Any]]) -> bool:
    return any(word.get("quality") == "lossless" for word in said)


@asynccontextmanager
async def fresh_profile(template: Path | None) -> AsyncIterator[Path]:
    """A profile folder of its own: empty, or as the template."""
    with tempfile.TemporaryDirectory(prefix="phone-", ignore_cleanup_errors=True) as name:
        folder = Path(name) / "profile"
        if template is None:
            folder.mkdir()
        else:
            copied_profile(template, folder)
        yield folder
        shutil.rmtree(folder, ignore_errors=True)
