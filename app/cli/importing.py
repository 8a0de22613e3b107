"""``firstlight import``: the one door, from the command line."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import orjson

from app.model import Received, RefusedFile, StoredFile
from app.observe.log import quiet_logs
from app.resources import open_resources
from app.settings import Settings


def import_paths(settings: Settings, paths: list[Path], as_json: bool) -> int:
    """Import and print; returns the exit code: 1 when there were files and every one was refused.

    One line a file goes to stderr as it is done; the result goes to stdout.
    """
    quiet_logs()
    received = asyncio.run(_take(settings, paths))
    if as_json:
        sys.stdout.buffer.write(
            orjson.dumps(received.to_dict(), option=orjson.OPT_INDENT_2) + b"\n"
        )
    else:
        print(f"{len(received.stored)} stored, {len(received.refused)} refused.")
    return 1 if received.refused and not received.stored else 0


async def _take(settings: Settings, paths: list[Path]) -> Received:
    async with open_resources(settings) as resources:
        return await resources.intake.take([(str(path), path) for path in paths], say)


def say(one: StoredFile | RefusedFile) -> None:
    """One line on stderr: what became of a file, and why."""
    if isinstance(one, RefusedFile):
        print(f"refused  {one.name}: {one.message}", file=sys.stderr)
    elif one.already:
        print(f"stored   {one.name}: it is here already", file=sys.stderr)
    else:
        print(f"stored   {one.name}", file=sys.stderr)
