"""The FrameStore: coded frames, made on demand, once, and kept.

A frame is coded when the first viewer wants it and then read from the blobs. However many ask at
once, one encode runs (single-flight); an asker who leaves does not stop it. What is stored is keyed
with ``ENCODER``: a new way of coding makes everything anew and never mixes with the old.

Of a frame four blobs may be written: its tables, its body (all segments), its preview, and last its
description (manifest and index). The description is there only if all the rest is, whenever the
server was killed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import orjson

from app.dicom import EncodedFrame, WorkerPool
from app.errors import FirstlightError, FrameMissing, FrameUndecodable, TableMissing
from app.observe.log import get_logger
from app.storage.blobs import BlobMissing, Blobs
from app.storage.catalog import Catalog
from streaming.codestream.index import FrameIndex
from streaming.manifest import Manifest
from streaming.vocabulary import FrameKey

ENCODER: Final = "2"
"""Raised with every change of what app.dicom makes of the same file."""

REMEMBER_FAILURE_SECONDS: Final = 60.0
REMEMBER_BUSY_SECONDS: Final = 2.0

log = get_logger("frames")


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A coded frame that can be read from."""

    manifest: Manifest
    index: FrameIndex


def original_key(sha256: str) -> str:
    """The blob of a file as it came."""
    return f"originals/{sha256[:2]}/{sha256}"


class FrameStore:
    """Gives out coded frames, their bytes, previews and tables."""

    def __init__(self, catalog: Catalog, blobs: Blobs, pool: WorkerPool, open_frames: int) -> None:
        self._catalog = catalog
        self._blobs = blobs
        self._pool = pool
        self._capacity = open_frames
        self._open: OrderedDict[FrameKey, StoredFrame] = OrderedDict()
        self._making: dict[FrameKey, asyncio.Task[StoredFrame]] = {}
        self._failed: dict[FrameKey, tuple[FirstlightError, float]] = {}

    async def get(self, key: FrameKey) -> StoredFrame:
        """The frame's manifest and index, coding it first if need be.

        Raises
        ------
        FrameMissing
            The catalog has no such frame.
        FrameUndecodable
            It cannot be shown; remembered for a while, so that it costs one try and not one a
            second.
        """
        if key in self._open:
            self._open.move_to_end(key)
            return self._open[key]
        self._raise_if_failed(key)
        making = self._making.get(key)
        if making is None:
            making = asyncio.create_task(self._load_or_make(key))
            self._making[key] = making
            making.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(making)

    async def read(self, key: FrameKey, offset: int, length: int) -> bytes:
        """``length`` bytes of the frame's body from ``offset``."""
        return await self._blobs.read(f"{_folder(key)}/body", offset, length)

    async def preview(self, key: FrameKey) -> bytes:
        """The frame's Preview (WebP), coding the frame first if need be; raises as ``get`` does."""
        try:
            return await self._blobs.get(f"{_folder(key)}/preview")
        except BlobMissing:
            await self.get(key)
        return await self._blobs.get(f"{_folder(key)}/preview")

    async def table(self, identity: str) -> bytes:
        """A lookup table or overlay by its SHA-256; raises TableMissing."""
        try:
            return await self._blobs.get(f"tables/{identity}")
        except BlobMissing:
            raise TableMissing("There is no such table here.", table=identity) from None

    async def close(self) -> None:
        """Stop what is being made; it will be made again when next asked for."""
        making = list(self._making.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)

    async def _load_or_make(self, key: FrameKey) -> StoredFrame:
        try:
            return _read_description(await self._blobs.get(f"{_folder(key)}/frame"))
        except BlobMissing:
            pass
        original = await self._catalog.original(key.instance)
        if not 1 <= key.frame <= original.frames:
            raise FrameMissing(
                "There is no such frame in this image.", instance=key.instance, frame=key.frame
            )
        try:
            path = await self._blobs.path(original_key(original.sha256))
        except BlobMissing:
            raise FrameUndecodable(
                "The file of this image is gone from the server: send it again.",
                instance=key.instance,
            ) from None
        encoded = await self._pool.encode_frame(path, key.frame)
        await self._keep(key, encoded)
        return StoredFrame(encoded.manifest, encoded.index)

    async def _keep(self, key: FrameKey, encoded: EncodedFrame) -> None:
        folder = _folder(key)
        for identity, table in encoded.tables.items():
            await self._blobs.put(f"tables/{identity}", table)
        await self._blobs.put(f"{folder}/body", encoded.body)
        await self._blobs.put(f"{folder}/preview", encoded.preview)
        description = {"manifest": encoded.manifest.to_dict(), "index": encoded.index.to_dict()}
        await self._blobs.put(f"{folder}/frame", orjson.dumps(description))

    def _made(self, key: FrameKey, done: asyncio.Task[StoredFrame]) -> None:
        del self._making[key]
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self._open[key] = done.result()
            while len(self._open) > self._capacity:
                self._open.popitem(last=False)
            return
        log.warning("frame_failed", instance=key.instance, frame=key.frame, exc_info=error)
        if isinstance(error, FrameUndecodable):
            seconds = REMEMBER_BUSY_SECONDS if error.may_retry else REMEMBER_FAILURE_SECONDS
            self._failed[key] = (error, asyncio.get_running_loop().time() + seconds)

    def _raise_if_failed(self, key: FrameKey) -> None:
        if key not in self._failed:
            return
        error, until = self._failed[key]
        if asyncio.get_running_loop().time() < until:
            # A fresh one each time: one raised again would carry every earlier traceback along.
            raise type(error)(error.message, **error.detail)
        del self._failed[key]


def _folder(key: FrameKey) -> str:
    return f"frames/{ENCODER}/{key.instance}/{key.frame}"


def _read_description(data: bytes) -> StoredFrame:
    value = orjson.loads(data)
    return StoredFrame(Manifest.from_dict(value["manifest"]), FrameIndex.from_dict(value["index"]))
