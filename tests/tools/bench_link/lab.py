"""The thin link: the laboratory's two hosts, or, without root, its proxy on loopback.

The laboratory stands beside the checkout (``../shared/netlab``) and is no part of it; where it is
missing, ``stand`` says so in a sentence.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from tests.tools.bench_link.floor import LinkFacts

ROOT = Path(__file__).parents[3]
NETLAB = ROOT.parent / "shared" / "netlab" / "netlab.py"

KERNEL: Final = {"net.ipv4.tcp_slow_start_after_idle": "0"}
"""What the server's host is told, by the kernel's own names."""

Host = Literal["clinic", "phone"]


class LabMissing(Exception):
    """There is no laboratory to measure in; the sentence says what is missing."""


class Place(Protocol):
    """Where servers and the phone stand, and the link between them."""

    real: bool
    """Whether packets can be lost, delayed unevenly, and cut."""

    def command(self, host: Host, argv: Sequence[str]) -> list[str]: ...

    def listen_address(self) -> str:
        """Address for a server to listen on."""
        ...

    def url(self, port: int) -> str:
        """Where the phone finds the server that listens on ``port``."""
        ...

    def address(self) -> str:
        """The IP address of ``url``, for the certificate."""
        ...

    def facts(self, profile: str) -> LinkFacts: ...

    def set(self, profile: str, **changes: str) -> None: ...

    def cut(self) -> None: ...

    def restore(self) -> None: ...

    def offline(self) -> None:
        """The phone's own interface goes down: its browser knows."""
        ...

    def online(self) -> None: ...


class Hosts:
    """The laboratory's two network namespaces."""

    real = True

    def __init__(self, netlab: Any, lab: Any) -> None:
        self._netlab, self._lab = netlab, lab

    def command(self, host: Host, argv: Sequence[str]) -> list[str]:
        command: list[str] = self._lab.command(host, list(argv))
        return command

    def listen_address(self) -> str:
        return self.address()

    def url(self, port: int) -> str:
        return f"https://{self.address()}:{port}"

    def address(self) -> str:
        return str(self._lab.address("clinic"))

    def facts(self, profile: str) -> LinkFacts:
        return _facts(self._netlab, profile)

    def set(self, profile: str, **changes: str) -> None:
        self._lab.set(profile, **changes)

    def cut(self) -> None:
        self._lab.cut()

    def restore(self) -> None:
        self._lab.restore()

    def offline(self) -> None:
        self._lab.offline()

    def online(self) -> None:
        self._lab.online()


class Proxies:
    """The laboratory's proxy: rate, delay and queue of connections on loopback, nothing else."""

    real = False

    def __init__(self, netlab: Any, ports: Sequence[int]) -> None:
        self._netlab, self._ports = netlab, ports
        self._running: list[subprocess.Popen[bytes]] = []

    def command(self, host: Host, argv: Sequence[str]) -> list[str]:
        return list(argv)

    def listen_address(self) -> str:
        return "127.0.0.1"

    def url(self, port: int) -> str:
        return f"https://127.0.0.1:{port + 1000}"

    def address(self) -> str:
        return "127.0.0.1"

    def facts(self, profile: str) -> LinkFacts:
        return _facts(self._netlab, profile)

    def set(self, profile: str, **changes: str) -> None:
        self.stop()
        for port in self._ports:
            link = ("--profile", profile, "--listen", f"127.0.0.1:{port + 1000}")
            command = [sys.executable, str(NETLAB), "proxy", *link, "--to", f"127.0.0.1:{port}"]
            quiet = subprocess.DEVNULL
            self._running.append(subprocess.Popen(command, stdout=quiet, stderr=quiet))
        for port in self._ports:
            _wait_for(port + 1000)

    def stop(self) -> None:
        for process in self._running:
            process.terminate()
            process.wait()
        self._running.clear()

    def cut(self) -> None:
        raise LabMissing("The proxy cuts no link.")

    restore = offline = online = cut


@contextlib.asynccontextmanager
async def stand(ports: Sequence[int], cc: str) -> AsyncIterator[Place]:
    """Set the laboratory up, unlimited at first; all of it is gone at the end.

    Raises LabMissing where there is none.
    """
    netlab = _load()
    if os.geteuid() == 0:
        with netlab.Lab("none", name=f"bench{os.getpid()}", cc=cc) as lab:
            place = Hosts(netlab, lab)
            _set_up(place)
            yield place
        return
    proxies = Proxies(netlab, ports)
    proxies.set("none")
    try:
        yield proxies
    finally:
        proxies.stop()


def _set_up(place: Hosts) -> None:
    """Set the clinic's host up as app/README.md has it, for every server that stands there."""
    for name, value in KERNEL.items():
        path = "/proc/sys/" + name.replace(".", "/")
        command = place.command("clinic", ["sh", "-c", f"echo {value} > {path}"])
        subprocess.run(command, check=True)


def profile_names() -> list[str]:
    """The profiles that the issue names, in its order."""
    return ["2g", "slow3g", "3g", "4g", "satellite", "wifi-lossy"]


def _wait_for(port: int) -> None:
    """Return once something listens on a loopback port; OSError after 10 s."""
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _load() -> Any:
    if not NETLAB.is_file():
        raise LabMissing(
            "There is no link laboratory here: `make bench-link` needs netlab.py in the folder "
            "shared/netlab beside the checkout."
        )
    spec = importlib.util.spec_from_file_location("netlab", NETLAB)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["netlab"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def _facts(netlab: Any, profile: str) -> LinkFacts:
    found = netlab.PROFILES[profile]
    return LinkFacts(float(found.down), 2 * float(found.delay))
