"""The MotionStore: motion proxies of multi-frame instances, made part by part, once, and kept.

A proxy is asked for as a document: a header, then parts, each as soon as it is made. Head and parts
are blobs of their own, keyed with ``MOTION``; however many ask at once, a part is made once, and
parts of several cines take turns. README.md beside this file describes the document's bytes.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import orjson

from app.dicom import MotionHead, MotionPart, WorkerPool
from app.errors import FirstlightError, FrameUndecodable
from app.frames import REMEMBER_BUSY_SECONDS, REMEMBER_FAILURE_SECONDS, original_key
from app.observe.log import get_logger
from app.storage.blobs import BlobMissing, Blobs
from app.storage.catalog import Catalog, Original

MOTION: Final = "1"
"""Raised with every change of what app.dicom.motion makes of the same file, and of the document."""
FORMAT: Final = 1
LENGTH: Final = struct.Struct(">I")

log = get_logger("motion")


def head_block(head: MotionHead) -> bytes:
    """The first block of a document."""
    return _block({"format": FORMAT, **head.to_dict()})


def part_block(part: MotionPart) -> bytes:
    """The block of one part: what it holds, then the chunks themselves."""
    lengths = [len(chunk) for chunk in part.chunks]
    return b"".join((_block({"first": part.first, "lengths": lengths}), *part.chunks))


def read_head(block: bytes) -> MotionHead:
    """The head that ``head_block`` packed."""
    (length,) = LENGTH.unpack_from(block)
    return MotionHead.from_dict(orjson.loads(block[LENGTH.size : LENGTH.size + length]))


class MotionStore:
    """Gives out motion documents."""

    def __init__(self, catalog: Catalog, blobs: Blobs, pool: WorkerPool) -> None:
        self._catalog = catalog
        self._blobs = blobs
        self._pool = pool
        self._making: dict[str, asyncio.Task[bytes]] = {}
        self._failed: dict[str, tuple[FirstlightError, float]] = {}

    async def head(self, original: Original) -> MotionHead:
        """What a player must know first.

        Raises
        ------
        MotionRefused
            The image is a single frame, or has too many.
        FrameUndecodable, FrameBusy
            Its file cannot be read (now).
        """
        return read_head(await self._head_block(original))

    async def document(self, original: Original, first_part: int) -> AsyncGenerator[bytes, None]:
        """The document from ``first_part`` (from 1) on, block by block; beyond the last part it is
        the header alone.

        What is wrong with a part is raised when its turn comes: FrameUndecodable, FrameBusy,
        MotionUnavailable.
        """
        block = await self._head_block(original)
        yield block
        for part in range(first_part, read_head(block).parts + 1):
            yield await self.part(original, part)

    async def part(self, original: Original, part: int) -> bytes:
        """The block of one part, making it first if need be; raises as ``document``."""

        async def make(path: Path) -> bytes:
            return part_block(await self._pool.motion_part(path, part))

        return await self._once(f"{_folder(original)}/part-{part}", original, make)

    async def whole(self, original: Original) -> bool:
        """Whether every part is made: the document can no longer fail."""
        try:
            head = read_head(await self._blobs.get(f"{_folder(original)}/head"))
        except BlobMissing:
            return False
        # From the end: most documents that are not whole lack their last part.
        for part in range(head.parts, 0, -1):
            if not await self._blobs.has(f"{_folder(original)}/part-{part}"):
                return False
        return True

    async def close(self) -> None:
        """Stop what is being made; it will be made again when next asked for."""
        making = list(self._making.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)

    async def _head_block(self, original: Original) -> bytes:
        async def make(path: Path) -> bytes:
            return head_block(await self._pool.motion_head(path))

        return await self._once(f"{_folder(original)}/head", original, make)

    async def _once(
        self, key: str, original: Original, make: Callable[[Path], Awaitable[bytes]]
    ) -> bytes:
        """The blob of ``key``, made by one task whoever asks; an asker who leaves stops nothing."""
        try:
            return await self._blobs.get(key)
        except BlobMissing:
            pass
        self._raise_if_failed(key)
        if key not in self._making:
            task = asyncio.create_task(self._made(key, original, make))
            self._making[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(self._making[key])

    async def _made(
        self, key: str, original: Original, make: Callable[[Path], Awaitable[bytes]]
    ) -> bytes:
        try:
            path = await self._blobs.path(original_key(original.sha256))
        except BlobMissing:
            raise FrameUndecodable(
                "The file of this image is gone from the server: send it again.",
                instance=original.instance,
            ) from None
        made = await make(path)
        await self._blobs.put(key, made)
        return made

    def _ended(self, key: str, done: asyncio.Task[bytes]) -> None:
        del self._making[key]
        if done.cancelled() or (error := done.exception()) is None:
            return
        log.warning("motion_failed", key=key, exc_info=error)
        if isinstance(error, FirstlightError):
            seconds = REMEMBER_BUSY_SECONDS if error.may_retry else REMEMBER_FAILURE_SECONDS
            self._failed[key] = (error, asyncio.get_running_loop().time() + seconds)

    def _raise_if_failed(self, key: str) -> None:
        if key not in self._failed:
            return
        error, until = self._failed[key]
        if asyncio.get_running_loop().time() < until:
            detail: dict[str, Any] = error.detail
            raise type(error)(error.message, **detail)
        del self._failed[key]


def _block(header: dict[str, Any]) -> bytes:
    text = orjson.dumps(header)
    return LENGTH.pack(len(text)) + text


def _folder(original: Original) -> str:
    return f"motion/{MOTION}/{original.instance}"
