"""Files, folders and zips, as a user names them, through the one door."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final

from app.errors import Refused, Unreadable
from app.ingest.archive import ArchiveLimits, is_zip, unpack
from app.ingest.folder import walk
from app.ingest.receive import Door
from app.model import Received, RefusedFile, StoredFile

Found = tuple[str, Path] | RefusedFile
Progress = Callable[[StoredFile | RefusedFile], None]

_END: Final = object()


def _no_progress(_: StoredFile | RefusedFile) -> None:
    """For whoever only wants the result."""


class Intake:
    """Takes in whole paths, a few files at a time."""

    def __init__(self, door: Door, limits: ArchiveLimits, incoming: Path, at_once: int) -> None:
        self._door = door
        self._limits = limits
        self._incoming = incoming
        self._at_once = at_once

    async def take(
        self, paths: list[tuple[str, Path]], progress: Progress = _no_progress
    ) -> Received:
        """Receive each named path, telling ``progress`` of each file as it is done.

        Folders are walked and zips unpacked; a zip within a folder counts as a zip, one within a
        zip does not.
        """
        received = Received()
        with tempfile.TemporaryDirectory(dir=self._incoming) as folder:
            unpacked = Path(folder)
            waiting: set[asyncio.Task[StoredFile | RefusedFile]] = set()

            def settle(done: set[asyncio.Task[StoredFile | RefusedFile]]) -> None:
                for task in done:
                    received.add(task.result())
                    progress(task.result())

            try:
                async for found in self._files(paths, unpacked):
                    waiting.add(asyncio.create_task(self._one(found, unpacked)))
                    if len(waiting) >= self._at_once:
                        done, waiting = await asyncio.wait(
                            waiting, return_when=asyncio.FIRST_COMPLETED
                        )
                        settle(done)
                if waiting:
                    settle((await asyncio.wait(waiting))[0])
            finally:
                for task in waiting:
                    task.cancel()
        return received

    async def _one(self, found: Found, unpacked: Path) -> StoredFile | RefusedFile:
        if isinstance(found, RefusedFile):
            return found
        name, path = found
        try:
            return await self._door.receive(path, name)
        finally:
            if unpacked in path.parents:
                path.unlink()

    async def _files(self, paths: list[tuple[str, Path]], unpacked: Path) -> AsyncIterator[Found]:
        for name, path in paths:
            if not path.exists():
                yield RefusedFile(name, Unreadable.code, "There is no such file or folder.")
            elif path.is_dir():
                async for found in _in_thread(walk(path, name)):
                    async for file in self._opened(found, unpacked):
                        yield file
            else:
                async for file in self._opened((name, path), unpacked):
                    yield file

    async def _opened(self, found: Found, unpacked: Path) -> AsyncIterator[Found]:
        """A file as it is; a zip as its entries."""
        if isinstance(found, RefusedFile):
            yield found
            return
        name, path = found
        try:
            if not await asyncio.to_thread(is_zip, path):
                yield found
                return
            folder = Path(tempfile.mkdtemp(dir=unpacked))
            async for entry in _in_thread(unpack(path, name, folder, self._limits)):
                yield entry
        except Refused as refusal:
            yield RefusedFile(name, refusal.code, refusal.message)
        except OSError as error:
            yield RefusedFile(name, Unreadable.code, f"The file cannot be read ({error.strerror}).")


async def _in_thread(found: Iterator[Found]) -> AsyncIterator[Found]:
    """Step an iterator that blocks (disk, unpacking) without blocking the server."""
    while (one := await asyncio.to_thread(next, found, _END)) is not _END:
        yield one  # type: ignore[misc]  # next() gives Found, or the sentinel that ended the loop
