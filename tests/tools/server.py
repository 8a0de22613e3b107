"""A real server on a free loopback port, with a data folder of its own.

    async with Server.started() as server:
        report = await server.import_paths([Path("scan.dcm")])
        print(server.url, report["stored"])

Shared by the tests of the stream, the browser tests and the measuring tools.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx2
import orjson

from tests.tools.bench_link.certificate import Certificate

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0
WARM_SECONDS: Final = 120.0

Report = dict[str, list[dict[str, Any]]]


class Server:
    """``firstlight serve`` as a process of its own; it can be stopped, killed and started again on
    its data."""

    def __init__(
        self,
        data: Path,
        environment: Mapping[str, str] | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        self.data = data
        self.port = _free_port()
        self.log = data / "server.log"
        self._certificate = certificate
        self._environment = {**os.environ, "FIRSTLIGHT_DATA": str(data), **(environment or {})}
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def started(
        cls,
        paths: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        data: Path | None = None,
        certificate: Certificate | None = None,
    ) -> AsyncIterator[Server]:
        """Import ``paths`` into a new data folder and serve it; all is gone at the end.

        With ``data`` the new folder begins as a copy of that one; with a certificate, over TLS.
        """
        with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:
            server = cls(Path(folder), environment, certificate)
            if data is not None:
                shutil.copytree(data, folder, dirs_exist_ok=True)
            if paths:
                await server.import_paths(paths)
            await server.start()
            try:
                yield server
            finally:
                await server.stop()

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http{'s' if self._certificate else ''}://127.0.0.1:{self.port}"

    @property
    def _trust(self) -> ssl.SSLContext | bool:
        return self._certificate is None or self._certificate.trust()

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped or killed since."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        assert self._process is not None
        return self._process.pid

    async def import_paths(self, paths: Sequence[Path]) -> Report:
        """``firstlight import --json`` of files, folders and zips; a running server hears of it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "import", "--json", *map(str, paths)),
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        if process.returncode not in (0, 1):
            raise RuntimeError(f"import ended with {process.returncode}: {err.decode()[-2000:]}")
        report: Report = orjson.loads(out)
        return report

    async def start(self) -> None:
        """Start, and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "app", "serve", "--port", str(self.port)),
                *(self._certificate.options if self._certificate else ()),
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not await self._answers():
            if self._process.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {self.log.read_text()[-2000:]}")
            await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """SIGKILL: no goodbye, nothing flushed."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return await self._end(signal.SIGTERM)

    async def get(self, path: str) -> httpx2.Response:
        """The answer of a GET."""
        async with httpx2.AsyncClient(timeout=WARM_SECONDS, verify=self._trust) as client:
            return await client.get(self.url + path)

    async def warm(self, study: str) -> None:
        """Have the study's first frame made, as a second visitor would find it."""
        rows = {row["study"]: row for row in (await self.get("/studies.json")).json()}
        (await self.get(rows[study]["preview"])).raise_for_status()

    async def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            return await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            return await process.wait()

    async def _answers(self) -> bool:
        try:
            async with httpx2.AsyncClient(timeout=2, verify=self._trust) as client:
                return (await client.get(self.url + "/healthz")).status_code == 200
        except httpx2.TransportError:
            return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
