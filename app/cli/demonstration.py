"""``firstlight demo``: phantoms and pydicom's samples, imported like any other file, and served."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from app.cli.importing import say
from app.demo import sample_files, write_phantoms
from app.errors import FirstlightError
from app.model import Received, RefusedFile
from app.observe.log import quiet_logs
from app.resources import Resources, open_resources
from app.serving import check_port, serve
from app.settings import Settings, default_data, load_settings

WARM_AT_ONCE: Final = 4


def demonstrate(data: Path | None, host: str, port: int) -> None:
    """Prepare the demo's data, which a second run finds done, and serve it until stopped.

    The data have a folder of their own: phantoms must never stand among real patients.
    """
    check_port(host, port)  # before minutes of work
    quiet_logs()
    settings = load_settings(data=data or default_data().with_name("firstlight-demo"))
    asyncio.run(_prepare(settings))
    serve(
        settings,
        host,
        port,
        lambda: _tell(f"Firstlight is at http://{host}:{port} (Ctrl-C ends it)"),
    )


async def _prepare(settings: Settings) -> None:
    async with open_resources(settings) as resources:
        folder = settings.data / "phantoms"
        _tell(f"The demo keeps its data in {settings.data}, apart from all others.")
        _tell("Making the phantoms (the first time this takes a minute).")
        phantoms = await asyncio.to_thread(write_phantoms, folder, _tell)
        files = [*phantoms, *sample_files()]
        _tell(f"Importing {len(files)} files.")
        received = await resources.intake.take(
            [(path.name, path) for path in files],
            lambda one: say(one) if isinstance(one, RefusedFile) else None,
        )
        _tell_result(received)
        await _warm(resources)


async def _warm(resources: Resources) -> None:
    """Make the first frame of every study, so that each opens at once."""
    gate = asyncio.Semaphore(WARM_AT_ONCE)

    async def one(row_number: int, total: int) -> None:
        row = rows[row_number]
        if row.first is None:
            return
        async with gate:
            try:
                await resources.frames.get(row.first.key)
            except FirstlightError as error:
                _tell(f"{row.description}: {error.message}")
            else:
                _tell(f"Picture {row_number + 1} of {total} is ready.")

    rows = await resources.catalog.studies()
    await asyncio.gather(*(one(number, len(rows)) for number in range(len(rows))))


def _tell_result(received: Received) -> None:
    new = sum(1 for one in received.stored if not one.already)
    there = len(received.stored) - new
    _tell(f"{new} stored, {there} were here already, {len(received.refused)} refused.")


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
