"""What every blob store must do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.storage.blobs import BlobMissing, Blobs

pytestmark = pytest.mark.anyio

KEY = "frames/1/1.2.3/7/body"


async def test_what_was_put_is_got(blobs: Blobs) -> None:
    await blobs.put(KEY, b"0123456789")
    assert await blobs.get(KEY) == b"0123456789"
    assert await blobs.has(KEY)


async def test_a_range_is_read(blobs: Blobs) -> None:
    await blobs.put(KEY, b"0123456789")
    assert await blobs.read(KEY, 3, 4) == b"3456"
    assert await blobs.read(KEY, 8, 10) == b"89"
    assert await blobs.read(KEY, 3, 0) == b""


async def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    await blobs.put(KEY, b"")
    assert await blobs.has(KEY)
    assert await blobs.get(KEY) == b""


async def test_a_file_is_kept_and_stays_where_it_was(blobs: Blobs, tmp_path: Path) -> None:
    path = tmp_path / "sent.dcm"
    path.write_bytes(b"DICM" * 1000)
    await blobs.put_file(KEY, path)
    assert await blobs.get(KEY) == path.read_bytes() == (await blobs.path(KEY)).read_bytes()


async def test_what_is_missing_is_said_to_be(blobs: Blobs) -> None:
    assert not await blobs.has(KEY)
    with pytest.raises(BlobMissing):
        await blobs.get(KEY)
    with pytest.raises(BlobMissing):
        await blobs.read(KEY, 0, 1)
    with pytest.raises(BlobMissing):
        await blobs.path(KEY)


async def test_a_reader_never_sees_half_a_blob(blobs: Blobs) -> None:
    old, new = b"a" * 300_000, b"b" * 300_000
    await blobs.put(KEY, old)

    async def write() -> None:
        for _ in range(10):
            await blobs.put(KEY, new)

    writing = asyncio.create_task(write())
    while not writing.done():
        assert await blobs.get(KEY) in (old, new)
    await writing


async def test_a_range_beyond_the_end_is_empty(blobs: Blobs) -> None:
    await blobs.put(KEY, b"0123456789")
    assert await blobs.read(KEY, 20, 4) == b""
