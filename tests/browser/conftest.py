"""One server with a few studies, and one Chromium, for all tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.demo.head import head_slices
from tests.browser.making import shipped, write_colour, write_large, write_luts, write_stack
from tests.tools.chromium import Browser, chromium, chromium_path
from tests.tools.server import Server

STATIC = Path(__file__).parents[2] / "app" / "static" / ".vite" / "manifest.json"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Studies:
    """Study Instance UIDs, and the files behind them."""

    ct: str
    ct_file: Path
    stack: str
    luts: str
    colour: str
    palette: str
    wide: str
    """Wider than one layer of a texture (2048)."""
    tall: str
    """Taller than one, with the edge between two layers in its middle."""


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    if chromium_path() is None:
        pytest.skip("there is no Chromium here: `make system` installs it")
    if not STATIC.exists():
        pytest.skip("the pages are not built: `make frontend` builds them")


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("browser-files")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def server(built: None, files: Path) -> AsyncIterator[Server]:
    async with Server.started() as started:
        yield started


@pytest.fixture(scope="session")
async def studies(server: Server, files: Path) -> Studies:
    slices = [slice_ for number, slice_ in enumerate(head_slices()) if number % 3 == 0]
    stack = write_stack(files / "stack", slices[:30])
    luts = write_luts(files / "luts.dcm")
    colour = write_colour(files / "colour.dcm")
    ct = shipped("CT_small.dcm")
    palette = shipped("examples_palette.dcm")

    async def stored(path: Path) -> str:
        report = await server.import_paths([path])
        return str(report["stored"][0]["study"])

    return Studies(
        ct=await stored(ct),
        ct_file=ct,
        stack=await stored(stack),
        luts=await stored(luts),
        colour=await stored(colour),
        palette=await stored(palette),
        wide=await stored(write_large(files / "wide.dcm", (700, 2300))),
        tall=await stored(write_large(files / "tall.dcm", (3900, 1000))),
    )


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started
