"""Motion is made part by part, once, whoever asks and whatever is wrong with the file."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from app.dicom import MotionHead, MotionPart, PoolLimits, WorkerPool
from app.errors import FrameUndecodable, MotionRefused
from app.frames import original_key
from app.motion import MotionStore, head_block, part_block, read_head
from app.resources import Resources
from app.storage.catalog import Original
from tests.app.dicom.making import gradient, make_dataset, save
from tests.app.samples import CINE, CT, uids
from tests.vectors.motion import HEAD, PARTS, document, read

pytestmark = pytest.mark.anyio


class CountingPool(WorkerPool):
    """The real pool, counting what it is asked."""

    def __init__(self) -> None:
        super().__init__(PoolLimits(workers=1))
        self.asked: list[int] = []

    async def motion_head(self, path: Path) -> MotionHead:
        self.asked.append(0)
        return await super().motion_head(path)

    async def motion_part(self, path: Path, part: int) -> MotionPart:
        self.asked.append(part)
        return await super().motion_part(path, part)


@pytest.fixture
async def pool() -> AsyncIterator[CountingPool]:
    async with CountingPool() as opened:
        yield opened


@pytest.fixture
async def store(resources: Resources, pool: CountingPool) -> AsyncIterator[MotionStore]:
    await resources.intake.take([("ct.dcm", CT), ("cine.dcm", CINE)])
    opened = MotionStore(resources.catalog, resources.blobs, pool)
    yield opened
    await opened.close()


@pytest.fixture
async def cine(resources: Resources, store: MotionStore) -> Original:
    return await resources.catalog.original(uids(CINE)[2])


async def whole(store: MotionStore, original: Original, part: int = 1) -> bytes:
    return b"".join([block async for block in store.document(original, part)])


async def test_many_askers_share_one_making(
    store: MotionStore, pool: CountingPool, cine: Original
) -> None:
    assert not await store.whole(cine)
    documents = await asyncio.gather(*(whole(store, cine) for _ in range(5)))
    assert len(set(documents)) == 1
    assert pool.asked == [0, 1]
    assert await store.whole(cine)
    head, chunks = read(documents[0])
    assert (head["frames"], head["timing"]["source"], len(chunks)) == (30, "FrameTime", 30)


async def test_a_later_store_reads_what_was_kept(
    resources: Resources, store: MotionStore, pool: CountingPool, cine: Original
) -> None:
    made = await whole(store, cine)
    later = MotionStore(resources.catalog, resources.blobs, pool)
    assert await whole(later, cine) == made
    assert pool.asked == [0, 1]


async def test_an_asker_who_leaves_does_not_stop_the_work(
    store: MotionStore, pool: CountingPool, cine: Original
) -> None:
    await store.head(cine)
    leaver = asyncio.create_task(store.part(cine, 1))
    await asyncio.sleep(0.02)
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    await store.part(cine, 1)
    assert pool.asked == [0, 1]


async def test_a_long_cine_lets_a_short_one_through(
    resources: Resources, store: MotionStore, pool: CountingPool, cine: Original, tmp_path: Path
) -> None:
    frames = 2000
    dataset = make_dataset(gradient(64, 64, "u1"), CineRate=30)
    dataset.NumberOfFrames = frames
    dataset.PixelData = dataset.PixelData * frames
    await resources.intake.take([("long.dcm", save(dataset, tmp_path / "long.dcm"))])
    long = await resources.catalog.original(str(dataset.SOPInstanceUID))
    blocks = store.document(long, 1)
    assert read_head(await anext(blocks)).parts == 45
    await anext(blocks)
    following = asyncio.ensure_future(anext(blocks))
    short = await whole(store, cine)
    assert len(read(short)[1]) == 30
    # One part of the long one had begun before, and no more was made meanwhile.
    assert pool.asked.count(1) == 2
    assert 3 not in pool.asked
    await following
    await blocks.aclose()


async def test_beyond_the_last_part_there_is_the_head_alone(
    store: MotionStore, pool: CountingPool, cine: Original
) -> None:
    assert await whole(store, cine, 99) == head_block(await store.head(cine))
    assert pool.asked == [0]


async def test_a_single_image_is_refused_once(
    resources: Resources, store: MotionStore, pool: CountingPool
) -> None:
    still = await resources.catalog.original(uids(CT)[2])
    for _ in range(3):
        with pytest.raises(MotionRefused):
            await store.head(still)
    assert pool.asked == [0]


async def test_an_original_that_is_gone_is_said(
    resources: Resources, store: MotionStore, cine: Original
) -> None:
    (await resources.blobs.path(original_key(cine.sha256))).unlink()
    with pytest.raises(FrameUndecodable, match="send it again"):
        await store.head(cine)


def test_the_document_is_as_agreed_with_the_viewer() -> None:
    written = b"".join((head_block(HEAD), *(part_block(part) for part in PARTS)))
    assert written == document()
    assert read_head(head_block(HEAD)) == HEAD
    (length,) = struct.unpack_from(">I", written)
    assert orjson.loads(written[4 : 4 + length])["format"] == 1
