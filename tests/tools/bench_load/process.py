"""What a process used, from /proc (Linux only)."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds of the server itself and of its encoders so far, and its memory in bytes.

    ``starved``: seconds that its event loop could have run and found no processor free, which says
    how far the machine's other work stands in the figures.
    """

    server: float
    encoders: float
    starved: float
    memory: int


def usage(pid: int) -> Usage:
    """Return what the server ``pid`` and its children (the encoders) have used."""
    return Usage(
        server=_cpu_seconds(pid),
        encoders=sum(_cpu_seconds(child) for child in _descendants(pid)),
        starved=int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9,
        memory=int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE,
    )


class MemoryPeak:
    """The most memory seen, looked at twice a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.bytes = 0

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            self.bytes = max(self.bytes, usage(self._pid).memory)
            await asyncio.sleep(0.5)


def _cpu_seconds(pid: int) -> float:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        # The name, in brackets, may hold anything; times are the 12th and 13th field after it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0.0


def _descendants(pid: int) -> list[int]:
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_descendants(child)]
    return found
