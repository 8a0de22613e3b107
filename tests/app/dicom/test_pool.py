"""The pool of workers: answers, refusals, crashes, limits."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless

from app.dicom import PoolLimits, WorkerPool
from app.dicom.encode import encode_frame
from app.dicom.examination import examine
from app.errors import (
    FrameBusy,
    FrameMissing,
    FrameUndecodable,
    NotDicom,
    TookTooLong,
    TooLarge,
    Undecodable,
)
from tests.app.dicom.making import gradient, make_dataset, save

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(PoolLimits(workers=1)) as pool:
        yield pool


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return save(make_dataset(gradient(200, 300)), tmp_path / "image.dcm")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """An image whose encoding takes long enough to be killed in the middle of."""
    noise = np.random.default_rng(5).integers(0, 4096, (2000, 1500), np.uint16)
    return save(make_dataset(noise), tmp_path / "large.dcm")


async def started(pool: WorkerPool, before: frozenset[int] = frozenset()) -> int:
    """Wait until the pool has a worker that was not there before; return its process id."""
    # Nobody tells of a process that somebody else starts, nor of what it is doing.
    while not (new := set(pool.pids) - before):  # noqa: ASYNC110
        await asyncio.sleep(0)
    return new.pop()


async def test_a_worker_s_answer_is_the_function_s_own(pool: WorkerPool, image: Path) -> None:
    assert await pool.examine(image) == examine(image)
    assert await pool.encode_frame(image, 1) == encode_frame(image, 1)


async def test_workers_are_started_when_they_are_needed(pool: WorkerPool, image: Path) -> None:
    assert not pool.pids
    await pool.examine(image)
    first = pool.pids
    assert len(first) == 1
    await pool.examine(image)
    assert list(pool.pids) == list(first)


async def test_many_jobs_share_the_workers(image: Path) -> None:
    async with WorkerPool(PoolLimits(workers=2)) as pool:
        found = await asyncio.gather(*(pool.encode_frame(image, 1) for _ in range(8)))
        assert len(pool.pids) == 2
    assert all(frame == found[0] for frame in found)
    assert not list(pool.pids)


async def test_refusals_come_back_as_they_were(pool: WorkerPool, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"Dear Sir or Madam, " * 30)
    with pytest.raises(NotDicom, match="not a DICOM file"):
        await pool.examine(path)


async def test_a_stored_frame_that_cannot_be_shown(
    pool: WorkerPool, image: Path, tmp_path: Path
) -> None:
    with pytest.raises(FrameMissing):
        await pool.encode_frame(image, 2)
    short = save(make_dataset(gradient(20, 30), PixelData=b"\0" * 100), tmp_path / "short.dcm")
    with pytest.raises(FrameUndecodable, match="cut off"):
        await pool.encode_frame(short, 1)


async def test_a_worker_killed_in_the_middle_costs_nothing(pool: WorkerPool, large: Path) -> None:
    job = asyncio.create_task(pool.encode_frame(large, 1))
    killed = await started(pool)
    os.kill(killed, signal.SIGKILL)
    frame = await job
    assert frame.manifest.rows == 2000
    assert killed not in pool.pids


async def test_a_worker_killed_while_it_codes_costs_nothing(pool: WorkerPool, large: Path) -> None:
    await pool.examine(large)  # the worker runs, and has read the file
    (killed,) = pool.pids
    job = asyncio.create_task(pool.encode_frame(large, 1))
    await until_busy(killed)
    os.kill(killed, signal.SIGKILL)
    assert (await job).manifest.columns == 1500
    assert pool.pids != (killed,)


async def until_busy(pid: int) -> None:
    """Wait until the process has used a fifth of a second more of the processor than now."""
    begin = cpu_ticks(pid)
    while cpu_ticks(pid) < begin + 0.2 * os.sysconf("SC_CLK_TCK"):  # noqa: ASYNC110
        await asyncio.sleep(0)


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


async def test_a_job_that_loses_worker_after_worker_is_given_up(large: Path) -> None:
    async with WorkerPool(PoolLimits(workers=1, kills=2)) as pool:
        job = asyncio.create_task(pool.encode_frame(large, 1))
        first = await started(pool)
        os.kill(first, signal.SIGKILL)
        second = await started(pool, frozenset({first}))
        os.kill(second, signal.SIGKILL)
        with pytest.raises(FrameUndecodable, match="crash"):
            await job


async def test_a_crash_costs_its_file_and_no_other(
    pool: WorkerPool, large: Path, image: Path
) -> None:
    await pool.examine(image)
    job = asyncio.create_task(pool.examine(large))
    seen: set[int] = set(pool.pids)
    os.kill(seen.copy().pop(), signal.SIGSEGV)
    second = await started(pool, frozenset(seen))
    os.kill(second, signal.SIGSEGV)
    with pytest.raises(Undecodable, match="crash"):
        await job
    assert (await pool.examine(image)).rows == 200


async def test_a_job_that_overstays_is_ended(large: Path, image: Path) -> None:
    async with WorkerPool(PoolLimits(workers=1, seconds=0.001)) as pool:
        with pytest.raises(TookTooLong):
            await pool.examine(large)
        with pytest.raises(FrameBusy):
            await pool.encode_frame(large, 1)
        assert pool.pids == ()


async def test_a_cancelled_job_leaves_no_answer_behind(
    pool: WorkerPool, large: Path, image: Path
) -> None:
    job = asyncio.create_task(pool.encode_frame(large, 1))
    await started(pool)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert (await pool.examine(image)).rows == 200


async def test_a_memory_bomb_is_refused_within_the_limit(tmp_path: Path, image: Path) -> None:
    # A codestream of 100 bytes whose header claims 60000 x 60000 pixels.
    bomb = bytearray(
        bytes.fromhex("ff4fff510029000000000100000001000000000000000000000001000000010000000000")
        + bytes.fromhex("000000000001" "0f0101")
        + bytes.fromhex("ff52000c00000001000504040001")
        + bytes.fromhex("ff5c00134040484850484850484850484850484850")
        + bytes.fromhex("ff90000a0000000000000001ff93") + b"\x80" * 40 + b"\xff\xd9"
    )  # fmt: skip
    for place in (8, 12, 24, 28):
        bomb[place : place + 4] = (60000).to_bytes(4, "big")
    dataset = make_dataset(gradient(20, 30), Rows=12000, Columns=12000)
    dataset.PixelData = encapsulate([bytes(bomb)])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    path = save(dataset, tmp_path / "bomb.dcm")
    async with WorkerPool(PoolLimits(workers=1, memory=1 << 30)) as pool:
        with pytest.raises((TooLarge, Undecodable)):
            await pool.examine(path)
        assert (await pool.examine(image)).rows == 200


async def test_a_picture_that_does_not_fit_the_memory_is_refused(
    tmp_path: Path, image: Path
) -> None:
    big = save(make_dataset(np.zeros((9000, 9000), np.uint16)), tmp_path / "big.dcm")
    async with WorkerPool(PoolLimits(workers=1, memory=500 << 20)) as pool:
        with pytest.raises(FrameUndecodable, match="more memory than the server allows"):
            await pool.encode_frame(big, 1)
        assert (await pool.examine(image)).rows == 200
