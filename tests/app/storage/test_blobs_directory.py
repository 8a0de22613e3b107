"""Reading from files, in the page cache or not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.storage import blobs_directory
from app.storage.blobs import BlobMissing
from app.storage.blobs_directory import DirectoryBlobs

pytestmark = pytest.mark.anyio

BYTES = bytes(range(256)) * 4096


async def test_it_reads_what_is_not_in_the_page_cache(tmp_path: Path) -> None:
    blobs = DirectoryBlobs(tmp_path)
    await blobs.put("a/b", BYTES)
    handle = os.open(tmp_path / "a/b", os.O_RDONLY)
    os.fsync(handle)
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(handle)
    assert await blobs.read("a/b", 4000, 300_000) == BYTES[4000:304_000]


async def test_it_reads_where_the_kernel_cannot_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs_directory, "NOWAIT", 0)
    blobs = DirectoryBlobs(tmp_path)
    await blobs.put("a/b", BYTES)
    assert await blobs.read("a/b", 10, 20) == BYTES[10:30]
    assert await blobs.read("a/b", len(BYTES) - 5, 20) == BYTES[-5:]
    with pytest.raises(BlobMissing):
        await blobs.read("a/c", 0, 1)
