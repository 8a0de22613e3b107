"""Frames are made on demand, once, whoever asks and whatever happens to the workers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.dicom import EncodedFrame, PoolLimits, WorkerPool
from app.errors import FrameMissing, FrameUndecodable, TableMissing
from app.frames import FrameStore, original_key
from app.resources import Resources
from streaming.vocabulary import FrameKey
from tests.app.samples import CINE, CT, uids

pytestmark = pytest.mark.anyio

KEY = FrameKey(uids(CT)[2], 1)


class CountingPool(WorkerPool):
    """The real pool, counting what it is asked."""

    def __init__(self) -> None:
        super().__init__(PoolLimits(workers=1))
        self.asked: list[int] = []
        self.began = asyncio.Event()

    async def encode_frame(self, path: Path, frame: int) -> EncodedFrame:
        self.asked.append(frame)
        self.began.set()
        return await super().encode_frame(path, frame)


@pytest.fixture
async def pool() -> AsyncIterator[CountingPool]:
    async with CountingPool() as opened:
        yield opened


@pytest.fixture
async def store(resources: Resources, pool: CountingPool) -> AsyncIterator[FrameStore]:
    await resources.intake.take([("ct.dcm", CT), ("cine.dcm", CINE)])
    opened = FrameStore(resources.catalog, resources.blobs, pool, open_frames=4)
    yield opened
    await opened.close()


async def test_many_askers_share_one_encode(store: FrameStore, pool: CountingPool) -> None:
    frames = await asyncio.gather(*(store.get(KEY) for _ in range(10)))
    assert pool.asked == [1]
    assert all(frame == frames[0] for frame in frames)


async def test_an_asker_who_leaves_does_not_stop_the_work(
    store: FrameStore, pool: CountingPool
) -> None:
    leaver = asyncio.create_task(store.get(KEY))
    stayer = asyncio.create_task(store.get(KEY))
    await asyncio.sleep(0)
    leaver.cancel()
    frame = await stayer
    assert leaver.cancelled()
    assert (frame.manifest.frame, pool.asked) == (KEY, [1])


async def test_work_goes_on_though_every_asker_left(store: FrameStore, pool: CountingPool) -> None:
    leaver = asyncio.create_task(store.get(KEY))
    await asyncio.sleep(0)
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    await store.get(KEY)
    assert pool.asked == [1]


async def test_a_frame_is_read_back_as_it_was_made(
    resources: Resources, store: FrameStore, pool: CountingPool
) -> None:
    made = await store.get(KEY)
    later = FrameStore(resources.catalog, resources.blobs, pool, open_frames=4)
    assert await later.get(KEY) == made
    assert pool.asked == [1]
    body = await later.read(KEY, 0, made.index.total + 10)
    assert len(body) == made.index.total
    offset, length = made.index.locate(0, 0, 1)
    assert await later.read(KEY, offset, length) == body[offset : offset + length]


async def test_a_preview_comes_with_the_frame(store: FrameStore, pool: CountingPool) -> None:
    assert (await store.preview(KEY))[8:12] == b"WEBP"
    await store.preview(KEY)
    assert pool.asked == [1]


async def test_few_descriptions_are_kept_open(store: FrameStore, pool: CountingPool) -> None:
    cine = uids(CINE)[2]
    for frame in range(1, 7):
        await store.get(FrameKey(cine, frame))
    await store.get(FrameKey(cine, 1))
    assert pool.asked == [1, 2, 3, 4, 5, 6]
    assert len(store._open) == 4


@pytest.mark.parametrize("key", [FrameKey("1.2.3", 1), FrameKey(KEY.instance, 2)])
async def test_what_the_catalog_does_not_have(store: FrameStore, key: FrameKey) -> None:
    with pytest.raises(FrameMissing):
        await store.get(key)
    with pytest.raises(FrameMissing):
        await store.preview(key)


async def test_there_is_no_such_table(store: FrameStore) -> None:
    with pytest.raises(TableMissing):
        await store.table("0" * 64)


async def test_a_failure_is_remembered(
    resources: Resources, store: FrameStore, pool: CountingPool
) -> None:
    original = await resources.catalog.original(KEY.instance)
    path = await resources.blobs.path(original_key(original.sha256))
    path.write_bytes(path.read_bytes()[:-20_000])
    for _ in range(3):
        with pytest.raises(FrameUndecodable):
            await store.get(KEY)
    assert pool.asked == [1]


async def test_an_original_that_is_gone_costs_this_frame_only(
    resources: Resources, store: FrameStore
) -> None:
    original = await resources.catalog.original(KEY.instance)
    (await resources.blobs.path(original_key(original.sha256))).unlink()
    with pytest.raises(FrameUndecodable, match="send it again"):
        await store.get(KEY)
    assert (await store.get(FrameKey(uids(CINE)[2], 1))).manifest.frame.frame == 1


async def test_a_worker_killed_while_it_encodes_loses_nothing(
    store: FrameStore, pool: CountingPool
) -> None:
    await store.get(FrameKey(uids(CINE)[2], 1))  # a worker is up
    (first,) = pool.pids
    pool.began.clear()
    asking = asyncio.create_task(store.get(KEY))
    await pool.began.wait()
    os.kill(first, signal.SIGKILL)
    frame = await asking
    assert frame.manifest.frame == KEY
    assert pool.pids != (first,)
