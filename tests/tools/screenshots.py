"""``make screenshots``: the screens as a phone shows them, with the demo's studies.

The three of the README go to ``frontend/screenshots`` as WebP; ``--all DIR`` writes every state,
on a phone upright and lying, and on a tablet, as PNG: to be looked at before a screen is done.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
from PIL import Image

from app.demo import sample_files, write_phantoms
from tests.browser.hands import (
    CUT,
    SOCKETS,
    choose_files,
    drag,
    frames_passed,
    pinch,
    press,
    tap,
    type_text,
    until,
)
from tests.tools.chromium import Browser, Page, chromium
from tests.tools.figures import figures, say
from tests.tools.server import Server

README = Path(__file__).parents[2] / "frontend" / "screenshots"
MOST_BYTES = 60_000

# A link that never opens: what is on the screen then came with the page.
SILENT = "window.WebSocket = class extends EventTarget { readyState = 0; send() {} close() {} };"

Act = Callable[[Page, Path], Awaitable[None]]


@dataclass(frozen=True)
class Shot:
    """One picture: where it is taken, and what is done before it."""

    name: str
    path: str = "/"
    act: Act | None = None
    script: str = SOCKETS
    size: tuple[int, int] = (360, 800)
    readme: bool = False


async def lossless(page: Page, folder: Path) -> None:
    await until(page, quality="lossless")
    await page.wait_for("document.querySelector('.badge.just') === null")


async def windows(page: Page, folder: Path) -> None:
    await lossless(page, folder)
    await press(page, "w")
    await tap(page, ".chips button:nth-child(3)")


async def badge(page: Page, folder: Path) -> None:
    await lossless(page, folder)
    await tap(page, ".badge")
    await page.wait_for("document.querySelector('.facts') !== null")


async def more(page: Page, folder: Path) -> None:
    await lossless(page, folder)
    await tap(page, ".toolbar button:last-child")
    await page.wait_for("document.querySelector('.choices') !== null")


async def keys(page: Page, folder: Path) -> None:
    await lossless(page, folder)
    await press(page, "?")


async def written(page: Page, text: str) -> None:
    await press(page, "n")
    await page.wait_for("document.querySelector('textarea') !== null")
    await page.evaluate("document.querySelector('textarea').focus()")
    await type_text(page, text)
    await page.wait_for("!document.querySelector('.note-send button').disabled")
    await tap(page, ".note-send button")
    await page.wait_for("document.querySelector('.notes .note-text') !== null")


async def note(page: Page, folder: Path) -> None:
    await lossless(page, folder)
    await written(page, "No bleed, no midline shift. Observe, repeat the CT if GCS falls.")
    await page.wait_for("document.querySelector('.notes .sent') !== null")


async def offline(page: Page, folder: Path) -> None:
    await lossless(page, folder)
    await page.evaluate(CUT)
    await written(page, "Written without a link.")


async def not_here(page: Page, folder: Path) -> None:
    await lossless(page, folder)
    await page.evaluate(CUT)
    await press(page, "Home")
    await page.wait_for("document.querySelector('.face .large') !== null")


async def zoomed(page: Page, folder: Path) -> None:
    await lossless(page, folder)
    await pinch(page, (180, 400), 60, 200)
    await until(page, quality="lossless")


async def scrubbing(page: Page, folder: Path) -> None:
    await lossless(page, folder)
    await drag(page, (354, 400), (354, 460), steps=3)


async def refused(page: Page, folder: Path) -> None:
    text = folder / "letter.txt"
    text.write_text("no scan")
    await page.wait_for("document.querySelector('input[name=files]') !== null")
    await choose_files(page, "input[name=files]", [text, sample_files()[0]])
    await page.wait_for("document.querySelector('.uploads header b')?.innerText.includes('stored')")


def shots(head: str, chest: str, cine: str) -> tuple[Shot, ...]:
    """Every state of every screen; the arguments are Study Instance UIDs."""
    middle = f"/studies/{head}?position=60"
    tablet, landscape = (820, 1180), (800, 360)
    return (
        Shot("list", readme=True),
        Shot("list-tablet", size=tablet),
        Shot("list-uploaded", act=refused),
        Shot("preview", f"/studies/{chest}", script=SOCKETS + SILENT, readme=True),
        Shot("hint", middle, script=SOCKETS + "localStorage.clear();"),
        Shot("lossless", middle, lossless, readme=True),
        Shot("lossless-chest", f"/studies/{chest}", lossless),
        Shot("lossless-cine", f"/studies/{cine}", lossless),
        Shot("windows", middle, windows),
        Shot("note", middle, note),
        Shot("badge", middle, badge),
        Shot("more", middle, more),
        Shot("keys", middle, keys),
        Shot("zoomed", middle, zoomed),
        Shot("scrubbing", middle, scrubbing),
        Shot("offline", middle, offline),
        Shot("not-here", middle, not_here),
        Shot("small", middle, note, size=(360, 640)),
        Shot("landscape", middle, lossless, size=landscape),
        Shot("landscape-windows", middle, windows, size=landscape),
        Shot("landscape-note", middle, note, size=landscape),
        Shot("tablet", middle, lossless, size=tablet),
        Shot("tablet-windows", middle, windows, size=tablet),
        Shot("tablet-note", middle, note, size=tablet),
    )


async def take(
    browser: Browser, server: Server, shot: Shot, folder: Path, ratio: float = 2
) -> Image.Image:
    """The page of ``shot`` as a picture of device pixels."""
    width, height = shot.size
    page = await browser.page(width=width, height=height, pixel_ratio=ratio)
    await page.send("Page.addScriptToEvaluateOnNewDocument", source=shot.script)
    await page.goto(server.url + shot.path)
    await page.wait_for("document.querySelector('.list, [data-firstlight-viewer]') !== null")
    await page.wait_for("[...document.images].every((image) => image.complete)")
    if shot.act:
        await shot.act(page, folder)
    await frames_passed(page, 8)
    path = folder / f"{shot.name}.png"
    await page.screenshot(path)
    await page.close()
    with Image.open(path) as picture:
        return picture.convert("RGB")


def save_small(picture: Image.Image, path: Path) -> int:
    """As the best WebP below ``MOST_BYTES``; returns its bytes."""
    for quality in (90, 80, 70, 60, 50, 40):
        data = io.BytesIO()
        picture.save(data, "WEBP", quality=quality, method=6)
        if data.tell() <= MOST_BYTES:
            break
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.getvalue())
    return data.tell()


@asynccontextmanager
async def demo_server(folder: Path) -> AsyncIterator[tuple[Server, tuple[str, str, str]]]:
    """A server with the demo's studies, and the UIDs of the head, chest and ultrasound phantoms."""
    paths = (*sample_files(), *write_phantoms(folder / "phantoms", say))
    async with Server.started(paths) as server:
        rows = (await server.get("/studies.json")).json()
        by_modality = {row["modalities"][0]: row["study"] for row in rows if row["phantom"]}
        chosen = (by_modality["CT"], by_modality["DX"], by_modality["US"])
        for row in rows:
            await server.warm(row["study"])
        await server.get(f"/studies/{chosen[0]}?position=60")
        yield server, chosen


async def run(everything: Path | None) -> None:
    written_bytes: dict[str, int] = {}
    if everything:
        await anyio.Path(everything).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with demo_server(folder) as (server, chosen), chromium() as browser:
            for shot in shots(*chosen):
                if shot.readme:
                    picture = await take(browser, server, shot, folder)
                    written_bytes[shot.name] = save_small(picture, README / f"{shot.name}.webp")
                elif everything:
                    picture = await take(browser, server, shot, folder, ratio=1)
                else:
                    continue
                if everything:
                    picture.save(everything / f"{shot.name}.png")
                say(shot.name)
    figures({"screenshot_bytes": written_bytes})


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--all", type=Path, default=None, metavar="DIR", help="write every state to DIR, as PNG"
    )
    asyncio.run(run(parser.parse_args(arguments).all))


if __name__ == "__main__":
    main()
