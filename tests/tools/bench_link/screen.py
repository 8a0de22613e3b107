"""What our page claims, held against its own screen.

The visits take the page's word for how good its picture is. Here the link is cut as soon as the
page says <= 4 gl, the canvas photographed, the link restored, and the same canvas photographed when
the page says LOSSLESS: the RMSE between the two is the error that a reader had before their eyes.
"""

from __future__ import annotations

import asyncio
import base64
import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.tools.bench_link.milestones import READABLE_GL
from tests.tools.bench_link.phone import Phone
from tests.tools.bench_link.preparing import Prepared
from tests.tools.bench_link.reading import reading
from tests.tools.bench_link.results import Results
from tests.tools.bench_link.stage import Stage
from tests.tools.figures import say

PROFILE: Final = "2g"
RATE: Final = "60k"
"""So slow that a page that says <= 4 gl has not got the rest already."""
SETTLE_SECONDS: Final = 1.5
PATIENCE_SECONDS: Final = 240.0
# A constructed style sheet: the page's own policy forbids any other.
ONLY_CANVAS: Final = (
    "(() => { const only = new CSSStyleSheet(); only.replaceSync("
    "'body * { visibility: hidden !important } canvas { visibility: visible !important }');"
    "document.adoptedStyleSheets = [...document.adoptedStyleSheets, only]; })()"
)


async def screen_errors(stage: Stage, images: list[Prepared], results: Results) -> None:
    """Check each image once, where the link can be cut."""
    if not stage.place.real:
        return
    for prepared in images:
        name, uid = prepared.image.name, prepared.needed.frame.instance
        async with reading(
            stage, prepared.image.study, PROFILE, inspect=False, down=RATE
        ) as reader:
            found = await _error(stage, reader, uid)
        if found is None:
            results.remarks.append(f"{name}: its screen could not be compared with its claim.")
            continue
        claimed, measured = found
        results.screen_errors[name] = round(measured, 3)
        say(
            f"{name:8} says {claimed:.2f} gl; its screen differs from LOSSLESS by {measured:.2f} gl"
        )


async def _error(stage: Stage, reader: Phone, uid: str) -> tuple[float, float] | None:
    """What the page claimed when it was readable, and the error of its screen."""
    if not await reader.until(lambda: _claim(reader, uid) is not None, PATIENCE_SECONDS):
        return None
    stage.place.cut()
    try:
        await reader.page.evaluate(ONLY_CANVAS)
        claimed, readable = await _settled(reader, uid)
    finally:
        stage.place.restore()
    if not await reader.until(lambda: _claim(reader, uid) == 0.0, PATIENCE_SECONDS):
        return None
    await asyncio.sleep(SETTLE_SECONDS)
    exact = await _photograph(reader)
    drawn = exact.max(axis=2) > 0
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if claimed is None or not rows.size:
        return None
    inside = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    difference = readable[inside].astype(float) - exact[inside].astype(float)
    return claimed, float(np.sqrt(np.mean(difference**2)))


async def _settled(reader: Phone, uid: str) -> tuple[float | None, NDArray[np.uint8]]:
    """The claim and the screen that belong together: the claim the same before and after."""
    while True:
        await asyncio.sleep(SETTLE_SECONDS)
        claimed = _claim(reader, uid)
        picture = await _photograph(reader)
        if _claim(reader, uid) == claimed:
            return claimed, picture


def _claim(reader: Phone, uid: str) -> float | None:
    """The last error that the page said of the frame, once that is readable; 0 for LOSSLESS."""
    for word in reversed(reader.said):
        if word["kind"] == "quality" and word.get("instance") == uid:
            if word["quality"] == "lossless":
                return 0.0
            error = word.get("rmse")
            return float(error) if error is not None and error <= READABLE_GL else None
    return None


async def _photograph(reader: Phone) -> NDArray[np.uint8]:
    answer = await reader.page.send("Page.captureScreenshot", format="png")
    image = Image.open(io.BytesIO(base64.b64decode(answer["data"]))).convert("RGB")
    return np.asarray(image)
