"""Blobs as files of a folder (obstore's LocalStore: written aside, then renamed into place).

A stream reads a few kilobytes at a time. What is in memory already (the page cache) is read at
once, in some microseconds, without a thread; only what the disk must fetch waits in one.
"""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import Final

from obstore.exceptions import NotFoundError
from obstore.store import LocalStore

from app.errors import StartupError
from app.storage.blobs import BlobMissing

NOWAIT: Final[int] = getattr(os, "RWF_NOWAIT", 0)
"""Linux only; elsewhere every read goes through a thread."""


class DirectoryBlobs:
    """The ``file://`` implementation of Blobs."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartupError(
                f"The folder for files, {folder}, cannot be made ({error.strerror}): "
                "choose another with --data."
            ) from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StartupError(
                f"The folder for files, {folder}, is not writable: choose another with --data."
            )
        self._folder = folder.resolve()
        self._store = LocalStore(prefix=self._folder)

    async def put(self, key: str, data: bytes) -> None:
        await self._store.put_async(key, data)

    async def put_file(self, key: str, path: Path) -> None:
        await self._store.put_async(key, path)
        await asyncio.to_thread(_flush, self._folder / key)

    async def get(self, key: str) -> bytes:
        try:
            answer = await self._store.get_async(key)
            return bytes(await answer.bytes_async())
        except (FileNotFoundError, NotFoundError):
            raise BlobMissing(key) from None

    async def read(self, key: str, offset: int, length: int) -> bytes:
        path = f"{self._folder}/{key}"  # a Path takes longer to make than the file to read
        try:
            data = _read_cached(path, offset, length)
            if data is not None:
                return data
            return await asyncio.to_thread(_read, path, offset, length)
        except (FileNotFoundError, IsADirectoryError):
            raise BlobMissing(key) from None

    async def has(self, key: str) -> bool:
        try:
            await self._store.head_async(key)
        except (FileNotFoundError, NotFoundError):
            return False
        return True

    async def path(self, key: str) -> Path:
        if not await self.has(key):
            raise BlobMissing(key)
        return self._folder / key


def _read(path: str, offset: int, length: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(length)


def _read_cached(path: str, offset: int, length: int) -> bytes | None:
    """All that there is of a range if it is in the page cache (``RWF_NOWAIT``); None otherwise."""
    if not NOWAIT:
        return None
    handle = os.open(path, os.O_RDONLY)
    try:
        data = bytearray(length)
        count = os.preadv(handle, [data], offset, NOWAIT)
        # Fewer bytes: the end of the blob, or of what is cached.
        whole = count == length or offset + count >= os.fstat(handle).st_size
        return bytes(memoryview(data)[:count]) if whole else None
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EOPNOTSUPP, errno.ENOSYS):
            return None
        raise
    finally:
        os.close(handle)


def _flush(path: Path) -> None:
    """Make a renamed file durable: its bytes, then the entry in each folder that may be new."""
    for place in (path, path.parent, path.parent.parent, path.parent.parent.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
