"""The pool of worker processes: the wall between untrusted pixel data and the server.

A job that crashes its worker is tried once more on a fresh one, and one whose worker was killed
from outside twice more; then that image, and no other, is given up.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.dicom.examination import Examination
from app.dicom.frame import EncodedFrame
from app.dicom.motion import MotionHead, MotionPart
from app.dicom.process import Worker, WorkerEnded, start_worker
from app.errors import (
    FirstlightError,
    FrameBusy,
    FrameMissing,
    FrameUndecodable,
    MotionRefused,
    MotionUnavailable,
    TookTooLong,
    Undecodable,
    refused_by_code,
)
from streaming.codestream.index import FrameIndex
from streaming.manifest import Manifest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PoolLimits:
    workers: int = max(1, os.cpu_count() or 1)
    memory: int = 3 << 30
    """Bytes of address space for each worker."""
    seconds: float = 120.0
    """Wall-clock time for one job."""
    crashes: int = 2
    """Workers a job may crash before it is given up."""
    kills: int = 3
    """Workers a job may lose to SIGKILL (from outside, or the kernel's want of memory)."""


class WorkerPool:
    """Examines and encodes files in worker processes, which are started when they are first
    needed."""

    def __init__(self, limits: PoolLimits | None = None) -> None:
        self.limits = limits or PoolLimits()
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._slots = asyncio.Semaphore(self.limits.workers)
        self._closed = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Make the pool ready; workers come with the first jobs."""
        self._closed = False

    async def close(self) -> None:
        """End all workers, also those in the middle of a job."""
        self._closed = True
        workers, self._all, self._idle = list(self._all), set(), []
        for worker in workers:
            worker.kill()
        for worker in workers:
            await worker.end()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that run now."""
        return tuple(sorted(worker.pid for worker in self._all))

    async def examine(self, path: Path) -> Examination:
        """Read, check and decode the first frame of ``path``; raises a subclass of Refused."""
        try:
            header, _ = await self._do({"operation": "examine", "path": str(path)})
        except WorkerEnded as error:
            raise Undecodable(
                "Reading this file made its reader crash: it is damaged. Export and send it again."
            ) from error
        except TimeoutError as error:
            raise TookTooLong(
                f"Reading this file took longer than {self.limits.seconds:.0f} s."
            ) from error
        return Examination.from_dict(header["examination"])

    async def encode_frame(self, path: Path, frame: int) -> EncodedFrame:
        """Code ``frame`` (from 1) of ``path``; raises FrameUndecodable, FrameBusy or
        FrameMissing."""
        job = {"operation": "encode", "path": str(path), "frame": frame}
        header, (body, preview, *tables) = await self._do_for_viewer(job)
        return EncodedFrame(
            manifest=Manifest.from_dict(header["manifest"]),
            index=FrameIndex.from_dict(header["index"]),
            body=body,
            preview=preview,
            tables=dict(zip(header["tables"], tables, strict=True)),
        )

    async def motion_head(self, path: Path) -> MotionHead:
        """Describe the motion of ``path``; raises MotionRefused, FrameUndecodable or FrameBusy."""
        header, _ = await self._do_for_viewer({"operation": "motion_head", "path": str(path)})
        return MotionHead.from_dict(header["head"])

    async def motion_part(self, path: Path, part: int) -> MotionPart:
        """Make ``part`` (from 1) of the motion of ``path``; raises as ``motion_head``, and
        FrameMissing or MotionUnavailable."""
        job = {"operation": "motion_part", "path": str(path), "part": part}
        header, chunks = await self._do_for_viewer(job)
        return MotionPart(header["first"], tuple(chunks))

    async def _do_for_viewer(self, job: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        """Do a job of a stored image: what goes wrong costs this image, and is said so."""
        try:
            return await self._do(job)
        except WorkerEnded as error:
            if self._closed:
                raise FrameBusy("The server is going away; try again in a moment.") from error
            raise FrameUndecodable(
                "Decoding this frame made its decoder crash; the other images are fine."
            ) from error
        except TimeoutError as error:
            raise FrameBusy(
                f"Making this frame took longer than {self.limits.seconds:.0f} s; try it again."
            ) from error
        except (FrameMissing, MotionRefused, MotionUnavailable):
            raise
        except FirstlightError as error:
            raise FrameUndecodable(error.message, **error.detail) from error

    async def _do(self, job: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        crashes = kills = 0
        while True:
            try:
                async with self._slots:
                    header, parts = await self._on_worker(job)
                break
            except WorkerEnded as error:
                killed = error.code == -signal.SIGKILL
                kills, crashes = kills + killed, crashes + (not killed)
                spent = kills >= self.limits.kills or crashes >= self.limits.crashes
                if self._closed or spent:
                    raise
        if "error" in header:
            raise refused_by_code(header["error"], header["message"], header["detail"])
        return header, parts

    async def _on_worker(self, job: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        """Have one worker do the job; it goes back to the idle ones only if it answered."""
        worker = self._idle.pop() if self._idle else await self._started()
        try:
            async with asyncio.timeout(self.limits.seconds):
                answer = await worker.ask(job)
        except WorkerEnded as error:
            self._all.discard(worker)
            _log_end(job["operation"], error.code, worker.places)
            raise
        except (
            BaseException
        ):  # overstayed, or nobody waits any more: its answer would be another job's
            self._all.discard(worker)
            worker.kill()
            await asyncio.shield(worker.end())
            raise
        if self._closed:
            worker.kill()
        else:
            self._idle.append(worker)
        return answer

    async def _started(self) -> Worker:
        worker = await start_worker(self.limits.memory)
        self._all.add(worker)
        return worker


def _log_end(operation: str, code: int | None, lines: deque[bytes]) -> None:
    said = [line.decode(errors="replace") for line in lines]
    log.warning("worker ended in the middle of %s with code %s: %s", operation, code, said)
