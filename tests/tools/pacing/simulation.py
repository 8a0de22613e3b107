"""Connections with endless data over one bottleneck: no socket, no sleep, a clock that jumps.

Packets are served one by one, first in, first out. The viewer acknowledges each message. With slow
start TCP sends ten segments and doubles each round trip; without, its window is open already, or a
proxy that swallows everything stands between.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from streaming.credit import SMALLEST_SLICE, Credit
from streaming.vocabulary import MAX_SLICE_BYTES

SEGMENT: Final = 1448
INITIAL_SEGMENTS: Final = 10
"""RFC 6928."""
NOT_SENT: Final = 16 * 1024
"""What the kernel takes beyond what TCP may send (TCP_NOTSENT_LOWAT)."""


class Bottleneck:
    """A link of ``rate`` bytes a second behind an endless queue, ``trip`` seconds both ways."""

    def __init__(self, rate: float, trip: float) -> None:
        self.rate = rate
        self.trip = trip
        self.now = 0.0
        self.longest_queue = 0.0
        """Seconds."""
        self._free_at = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def carry(self, length: int) -> float:
        """Queue a packet; return when it arrives."""
        self.longest_queue = max(self.longest_queue, self._free_at - self.now)
        self._free_at = max(self._free_at, self.now) + length / self.rate
        return self._free_at + self.trip / 2

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Have something happen."""
        heapq.heappush(self._due, (when, next(self._order), what))

    def run(self, until: float) -> None:
        """Go on until a time in seconds."""
        while self._due and self._due[0][0] <= until:
            self.now, _, happen = heapq.heappop(self._due)
            happen()
        self.now = until


class Flow:
    """One connection, from ``begin`` on."""

    def __init__(
        self, link: Bottleneck, *, slow_start: bool, begin: float = 0.0, busy: float = 0.0
    ) -> None:
        """``busy``: the page looks at what came only every so many seconds, drawing in between."""
        self._busy = busy
        self.credit = Credit(begin)
        self.arrivals: list[tuple[float, int]] = []
        """Seconds, and bytes of all packets carried by then."""
        self._link = link
        self._tcp_window = INITIAL_SEGMENTS * SEGMENT if slow_start else 1 << 40
        self._unsent: deque[tuple[int, bool]] = deque()
        """Packets that TCP may not send yet: bytes, and whether a message ends with it."""
        self._unsent_bytes = 0
        self._under_way = 0
        self._carried = 0
        link.at(begin, self._fill)

    def carried(self, by: float) -> int:
        """Return how many bytes had arrived by a time."""
        return max((total for at, total in self.arrivals if at <= by), default=0)

    def _fill(self) -> None:
        while self.credit.available >= SMALLEST_SLICE and self._unsent_bytes < NOT_SENT:
            length = min(self.credit.slice_budget(MAX_SLICE_BYTES), self.credit.available)
            self.credit.sent(length, self._link.now)
            self._unsent.extend(_packets(length))
            self._unsent_bytes += length
            self._transmit()

    def _transmit(self) -> None:
        while self._unsent and self._under_way + self._unsent[0][0] <= self._tcp_window:
            length, last = self._unsent.popleft()
            self._unsent_bytes -= length
            self._under_way += length
            arrival = self._link.carry(length)
            self._link.at(arrival, lambda length=length, last=last: self._arrive(length, last))  # type: ignore[misc]

    def _arrive(self, length: int, last: bool) -> None:
        now = self._link.now
        self._carried += length
        self.arrivals.append((now, self._carried))
        self._link.at(now + self._link.trip / 2, lambda: self._tcp_acknowledged(length))
        if not last:
            return
        if self._busy:
            self._link.at((now // self._busy + 1) * self._busy, self._hear)
        else:
            self._hear()

    def _hear(self) -> None:
        """The page takes a message in, and tells so."""
        received = self._carried
        self._link.at(self._link.now + self._link.trip / 2, lambda: self._acknowledged(received))

    def _acknowledged(self, received: int) -> None:
        self.credit.acknowledge(received, self._link.now)
        self._fill()

    def _tcp_acknowledged(self, length: int) -> None:
        self._under_way -= length
        self._tcp_window += length
        self._transmit()
        self._fill()


def _packets(length: int) -> Iterator[tuple[int, bool]]:
    while length > SEGMENT:
        yield SEGMENT, False
        length -= SEGMENT
    yield length, True
