"""Servers on the clinic's side of the link: ours, and those of the peer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.tools.bench_link.certificate import Certificate
from tests.tools.bench_link.lab import Place

OURS, PEER, ORTHANC = 8443, 8444, 8445
"""Ports."""
START_SECONDS: Final = 60
_KNOCK: Final = (
    "import socket, sys, time\n"
    "deadline = time.monotonic() + float(sys.argv[3])\n"
    "while True:\n"
    "    try: socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close(); break\n"
    "    except OSError:\n"
    "        if time.monotonic() > deadline: sys.exit('no answer')\n"
    "        time.sleep(0.05)\n"
)


class ClinicProgram:
    """A server as a process on the clinic; it can be ended and started again."""

    def __init__(
        self,
        place: Place,
        port: int,
        argv: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._place, self._port, self._argv, self._log = place, port, list(argv), log
        self._environment = {**os.environ, **(environment or {})}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """As the phone sees it, without a slash at the end."""
        return self._place.url(self._port)

    async def start(self) -> None:
        """Start, and wait until connections are taken; RuntimeError with the end of its log."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._place.command("clinic", self._argv),
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        knock = (sys.executable, "-c", _KNOCK, self._place.listen_address(), str(self._port))
        knocking = await asyncio.create_subprocess_exec(
            *self._place.command("clinic", [*knock, str(START_SECONDS)]),
            stderr=asyncio.subprocess.DEVNULL,
        )
        if await knocking.wait() != 0 or self._process.returncode is not None:
            raise RuntimeError(f"{self._argv[0]} did not start: {self._log.read_text()[-2000:]}")

    async def end(self) -> None:
        """SIGTERM, then SIGKILL: a connection that a thin link still carries is not waited for."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 8)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def kill(self) -> None:
        """SIGKILL: no goodbye."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def running(program: ClinicProgram) -> AsyncIterator[ClinicProgram]:
    """Start a program, and end it in any case."""
    try:
        await program.start()
        yield program
    finally:
        await program.end()


def firstlight(place: Place, certificate: Certificate, data: Path) -> ClinicProgram:
    """Our server on a data folder."""
    serve = (sys.executable, "-m", "app", "serve", "--data", str(data), "--insecure-no-auth")
    listen = ("--host", place.listen_address(), "--port", str(OURS))
    log = data / "clinic.log"
    return ClinicProgram(place, OURS, [*serve, *listen, *certificate.options], log)
