"""Blobs: immutable bytes by key. Originals by their digest, coded frames by instance and frame.

Keys are relative paths of letters, digits, dot, dash and slash. A key, once there, keeps its bytes;
writing it again with the same bytes is harmless. A reader sees all of a blob or nothing (the store
renames into place).
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class BlobMissing(KeyError):
    """There is no blob of this key."""


class Blobs(Protocol):
    """What the application asks of a blob store."""

    async def put(self, key: str, data: bytes) -> None:
        """Write ``data`` under ``key``, all or nothing."""

    async def put_file(self, key: str, path: Path) -> None:
        """Write the file's bytes under ``key``; on return they survive a loss of power."""

    async def get(self, key: str) -> bytes:
        """All bytes of ``key``; raises BlobMissing."""

    async def read(self, key: str, offset: int, length: int) -> bytes:
        """``length`` bytes from ``offset``; fewer at the end of the blob; raises BlobMissing."""

    async def has(self, key: str) -> bool:
        """Whether ``key`` is there."""

    async def path(self, key: str) -> Path:
        """The blob as a local file for a worker process to read; raises BlobMissing. It must not be
        changed."""
