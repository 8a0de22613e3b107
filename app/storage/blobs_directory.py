"""Blobs as files of a folder (obstore's LocalStore: written aside, then renamed into place)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from obstore.exceptions import NotFoundError
from obstore.store import LocalStore

from app.errors import StartupError
from app.storage.blobs import BlobMissing


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
        if length == 0:
            return b""
        try:
            return bytes(await self._store.get_range_async(key, start=offset, length=length))
        except (FileNotFoundError, NotFoundError):
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


def _flush(path: Path) -> None:
    """Make a renamed file durable: its bytes, then the entry in each folder that may be new."""
    for place in (path, path.parent, path.parent.parent, path.parent.parent.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
