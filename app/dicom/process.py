"""One worker process as the pool sees it: started, asked, killed, its last words kept."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import orjson

from app.dicom.pipe import LENGTH, MAX_HEADER_BYTES, pack

ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPJ_NUM_THREADS": "1",
}
KEPT_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR")
PLACE: Final = re.compile(
    rb'(Fatal Python error: [\w ]+|\s+File "[^"]+", line \d+ in \S+|\s+[A-Z]\w*Error)'
)
"""The only lines of a worker's stderr that reach the log: they hold no value of a file."""
READ_AHEAD_BYTES: Final = 1 << 20
PLACES_KEPT: Final = 40


class WorkerEnded(Exception):
    """A worker's pipe closed in the middle of a job."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"worker ended with {code}")
        self.code = code


@dataclass(slots=True, eq=False)
class Worker:
    """A worker and its pipes."""

    process: asyncio.subprocess.Process
    jobs: asyncio.StreamWriter
    answers: asyncio.StreamReader
    places: deque[bytes]
    """The last lines of its stderr that name a place in the program."""
    drain: asyncio.Task[None]
    ready: bool = False

    @property
    def pid(self) -> int:
        return self.process.pid

    async def ask(self, job: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        """Send a job and return the answer. Raises WorkerEnded."""
        try:
            if not self.ready:
                await _receive(self.answers)
                self.ready = True
            self.jobs.write(pack(job))
            await self.jobs.drain()
            return await _receive(self.answers)
        except (asyncio.IncompleteReadError, ConnectionError, orjson.JSONDecodeError) as error:
            raise WorkerEnded(await self.end()) from error

    async def end(self) -> int | None:
        """Kill the process, if it still runs, and wait for it."""
        if self.process.returncode is None:
            # It may be ending by itself; the reason is worth waiting a moment for.
            try:
                async with asyncio.timeout(0.5):
                    await self.process.wait()
            except TimeoutError:
                self.kill()
        code = await self.process.wait()
        await self.drain
        return code

    def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()


async def _receive(reader: asyncio.StreamReader) -> tuple[dict[str, Any], list[bytes]]:
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    if length > MAX_HEADER_BYTES:
        raise ConnectionError("the worker's answer is no answer")
    header: dict[str, Any] = orjson.loads(await reader.readexactly(length))
    return header, [await reader.readexactly(size) for size in header["parts"]]


async def start_worker(memory: int) -> Worker:
    """Start a worker that may use ``memory`` bytes of address space."""
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.dicom.worker",
        str(memory),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment | ONE_THREAD,
        limit=READ_AHEAD_BYTES,
    )
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise WorkerEnded(process.returncode)
    places: deque[bytes] = deque(maxlen=PLACES_KEPT)
    drain = asyncio.create_task(_drain(process.stderr, places))
    return Worker(process, process.stdin, process.stdout, places, drain)


async def _drain(stream: asyncio.StreamReader, places: deque[bytes]) -> None:
    """Keep the last lines that name a place in the program; drop all others."""
    rest = b""
    while chunk := await stream.read(4096):
        *whole, rest = (rest + chunk).split(b"\n")
        rest = rest[-4096:]
        places.extend(line.rstrip()[:300] for line in whole if PLACE.match(line))
