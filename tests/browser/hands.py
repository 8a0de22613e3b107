"""What a reader does with a page: opening, touching, typing, looking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from tests.tools.chromium import Browser, Page

VIEWER = 'document.querySelector("[data-firstlight-viewer]")'

# Chromium can refuse a page's HTTP, but leaves an open WebSocket alone: so the tests keep hold of
# each one, to cut it. While cut, what is opened is refused by the server: a failure like any other,
# whereas an address that the page's own policy forbids would never report its end.
SOCKETS = """
localStorage.setItem("firstlight-hint-seen", "1");
window.__sockets = [];
window.__cut = false;
const Real = window.WebSocket;
window.WebSocket = class extends Real {
  constructor(url, protocols) {
    super(window.__cut ? new URL("/nowhere", url) : url, protocols);
    window.__sockets.push(this);
  }
};
window.__errors = [];
addEventListener("error", (event) => window.__errors.push(String(event.message)));
addEventListener("unhandledrejection", (event) => window.__errors.push(String(event.reason)));
"""

CUT = "window.__cut = true; for (const socket of window.__sockets) socket.close();"


@asynccontextmanager
async def reading(
    browser: Browser,
    url: str,
    *,
    width: int = 360,
    height: int = 800,
    pixel_ratio: float = 1,
    before: str = "",
) -> AsyncIterator[Page]:
    """A page open at ``url``; at its end no script on it may have failed. ``before`` runs ahead of
    the page's own scripts."""
    page = await browser.page(width=width, height=height, pixel_ratio=pixel_ratio)
    await page.send("Page.addScriptToEvaluateOnNewDocument", source=SOCKETS + before)
    await page.goto(url)
    await page.wait_for("document.readyState === 'complete'")
    try:
        yield page
        errors = await page.evaluate("window.__errors")
        assert errors == [], errors
    finally:
        await page.close()


async def shown(page: Page) -> dict[str, str]:
    """The viewer element's data-* attributes."""
    value: dict[str, str] = await page.evaluate(f"({{...{VIEWER}.dataset}})")
    return value


async def until(page: Page, seconds: float = 90, /, **values: str) -> None:
    """Wait until the viewer's data-* attributes have these values."""
    conditions = [
        f"{VIEWER}?.dataset.{name} === {orjson.dumps(value).decode()}"
        for name, value in values.items()
    ]
    await page.wait_for(" && ".join(conditions), seconds)


async def state(page: Page) -> dict[str, Any]:
    value: dict[str, Any] = await page.evaluate("window.firstlight.inspect.state()")
    return value


async def frames_passed(page: Page, count: int = 2) -> None:
    """Wait for animation frames, in which everything that was asked for is drawn."""
    await page.evaluate(
        f"new Promise((done) => {{ let n = {count};"
        "const next = () => (n-- > 0 ? requestAnimationFrame(next) : done(true)); next(); })"
    )


async def tap(page: Page, selector: str) -> None:
    """Touch the middle of an element, wherever it is."""
    find = f"document.querySelector({orjson.dumps(selector).decode()})"
    await page.wait_for(f"{find} !== null", 20)
    x, y = await page.evaluate(
        f"(() => {{ const e = {find}; e.scrollIntoView({{block: 'nearest'}});"
        "const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
    )
    await touch(page, "touchStart", [(x, y)])
    await touch(page, "touchEnd", [])


async def touch(page: Page, kind: str, points: Sequence[tuple[float, float]]) -> None:
    fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    await page.send("Input.dispatchTouchEvent", type=kind, touchPoints=fingers)


async def drag(
    page: Page,
    start: tuple[float, float],
    end: tuple[float, float],
    steps: int = 10,
    rest: float = 0,
) -> None:
    """One finger from here to there; ``rest`` seconds of holding still first."""
    await touch(page, "touchStart", [start])
    if rest:
        await asyncio.sleep(rest)  # what is tested is the reader's own time: a long press
    for step in range(1, steps + 1):
        x = start[0] + (end[0] - start[0]) * step / steps
        y = start[1] + (end[1] - start[1]) * step / steps
        await touch(page, "touchMove", [(x, y)])
        await frames_passed(page, 1)
    await touch(page, "touchEnd", [])


async def pinch(
    page: Page, middle: tuple[float, float], before: float, after: float, steps: int = 8
) -> None:
    """Two fingers side by side, from one distance to another."""

    def fingers(distance: float) -> list[tuple[float, float]]:
        return [(middle[0] - distance / 2, middle[1]), (middle[0] + distance / 2, middle[1])]

    await touch(page, "touchStart", fingers(before)[:1])
    await touch(page, "touchStart", fingers(before))
    for step in range(1, steps + 1):
        await touch(page, "touchMove", fingers(before + (after - before) * step / steps))
        await frames_passed(page, 1)
    await touch(page, "touchEnd", [])


async def type_text(page: Page, text: str) -> None:
    await page.send("Input.insertText", text=text)


async def press(page: Page, key: str) -> None:
    await page.send(
        "Input.dispatchKeyEvent", type="keyDown", key=key, text=key if len(key) == 1 else ""
    )
    await page.send("Input.dispatchKeyEvent", type="keyUp", key=key)


async def choose_files(page: Page, selector: str, paths: Sequence[Path]) -> None:
    """Put files into a file input, as its dialog would."""
    root = (await page.send("DOM.getDocument"))["root"]["nodeId"]
    node = (await page.send("DOM.querySelector", nodeId=root, selector=selector))["nodeId"]
    await page.send("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])
