"""``python -m tests.tools.pacing.simulated``: how fast credit fills a link, and its queue.

``streaming.credit.Credit`` over a bottleneck of known rate and round trip, once alone (a proxy that
swallows everything stands between, or TCP's window is open already) and once behind TCP's own slow
start (ten segments, doubling each round trip, no loss). Packets are served one by one; the viewer
acknowledges as the protocol says: after 8 KiB, 2 messages or 100 ms.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from streaming.client import ACK_BYTES, ACK_MESSAGES, ACK_SECONDS
from streaming.credit import SMALLEST_SLICE, Credit
from streaming.vocabulary import MAX_SLICE_BYTES
from tests.tools.figures import figures, say, table

SEGMENT: Final = 1448
INITIAL_SEGMENTS: Final = 10
"""RFC 6928."""
NOT_SENT: Final = 16 * 1024
"""What the kernel takes beyond what TCP may send (TCP_NOTSENT_LOWAT)."""
LINKS: Final = {
    "edge": (15_000.0, 0.4),
    "2g": (35_000.0, 0.8),
    "slow3g": (50_000.0, 0.4),
    "3g": (200_000.0, 0.3),
    "4g": (1_125_000.0, 0.17),
    "satellite": (625_000.0, 0.6),
}
"""Bytes a second, and seconds both ways: the link lab's profiles."""


@dataclass(frozen=True, slots=True)
class Start:
    """How one connection began."""

    full_after: float
    """Round trips until nine tenths of the link's rate were first carried in one round trip."""
    queue: float
    """The longest queue in the link, in round trips."""
    used: float
    """Share of the link's rate carried from the tenth to the thirtieth round trip."""


class Simulation:
    """One connection with endless data over one link."""

    def __init__(
        self, rate: float, trip: float, *, slow_start: bool, credit: Credit | None = None
    ) -> None:
        self.credit = credit or Credit(0.0)
        self.rate = rate
        self.trip = trip
        self.now = 0.0
        self.arrived: list[tuple[float, int]] = []
        """Seconds, and bytes of all messages carried by then."""
        self.longest_queue = 0.0
        self._window = INITIAL_SEGMENTS * SEGMENT if slow_start else 1 << 40
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._free_at = 0.0
        self._unsent: deque[tuple[int, bool]] = deque()
        """Packets that TCP may not send yet: bytes, and whether a message ends with it."""
        self._unsent_bytes = 0
        self._under_way = 0
        self._carried = 0
        self._received = self._messages = self._told = 0
        self._ack_pending = False

    def run(self, seconds: float) -> None:
        """Go on until ``seconds``."""
        self._fill()
        while self._due and self._due[0][0] <= seconds:
            self.now, _, happen = heapq.heappop(self._due)
            happen()
            self._fill()

    def _fill(self) -> None:
        while self.credit.available >= SMALLEST_SLICE and self._unsent_bytes < NOT_SENT:
            length = min(self.credit.slice_budget(MAX_SLICE_BYTES), self.credit.available)
            self.credit.sent(length, self.now)
            self._unsent.extend(_packets(length))
            self._unsent_bytes += length
            self._transmit()

    def _transmit(self) -> None:
        while self._unsent and self._under_way + self._unsent[0][0] <= self._window:
            length, last = self._unsent.popleft()
            self._unsent_bytes -= length
            self._under_way += length
            self.longest_queue = max(self.longest_queue, self._free_at - self.now)
            self._free_at = max(self._free_at, self.now) + length / self.rate
            self._at(self._free_at + self.trip / 2, self._arrive, length, last)

    def _arrive(self, length: int, last: bool) -> None:
        self._carried += length
        self.arrived.append((self.now, self._carried))
        self._at(self.now + self.trip / 2, self._acknowledged_by_tcp, length)
        if not last:
            return
        self._received = self._carried
        self._messages += 1
        if self._messages >= ACK_MESSAGES or self._received - self._told >= ACK_BYTES:
            self._acknowledge()
        elif not self._ack_pending:
            self._ack_pending = True
            self._at(self.now + ACK_SECONDS, self._acknowledge_late)

    def _acknowledge_late(self) -> None:
        if self._ack_pending:
            self._acknowledge()

    def _acknowledge(self) -> None:
        self._ack_pending = False
        self._messages = 0
        self._told = received = self._received
        self._at(self.now + self.trip / 2, lambda: self.credit.acknowledge(received, self.now))

    def _acknowledged_by_tcp(self, length: int) -> None:
        self._under_way -= length
        self._window += length
        self._transmit()

    def _at(self, when: float, what: Callable[..., None], *arguments: object) -> None:
        heapq.heappush(self._due, (when, next(self._order), lambda: what(*arguments)))


def _packets(length: int) -> Iterator[tuple[int, bool]]:
    while length > SEGMENT:
        yield SEGMENT, False
        length -= SEGMENT
    yield length, True


def start(rate: float, trip: float, *, slow_start: bool) -> Start:
    """Begin a connection and watch it for thirty round trips."""
    simulation = Simulation(rate, trip, slow_start=slow_start)
    simulation.run(30 * trip)
    arrived = simulation.arrived
    return Start(
        full_after=_full_after(arrived, rate, trip),
        queue=simulation.longest_queue / trip,
        used=(_carried(arrived, 30 * trip) - _carried(arrived, 10 * trip)) / (20 * trip * rate),
    )


def _carried(arrived: list[tuple[float, int]], when: float) -> int:
    """Bytes that had arrived by ``when``."""
    return max((total for at, total in arrived if at <= when), default=0)


def _full_after(arrived: list[tuple[float, int]], rate: float, trip: float) -> float:
    """Round trips until the beginning of the first round trip that the link was 0.9 full."""
    begun = 0
    for at, total in arrived:
        while arrived[begun][0] < at - trip:
            begun += 1
        if begun and total - arrived[begun - 1][1] >= 0.9 * rate * trip:
            return (at - trip) / trip
    return float("inf")


def main() -> None:
    """Print both tables, and the figures."""
    values = {}
    rows: list[tuple[str, ...]] = []
    for name, (rate, trip) in LINKS.items():
        for slow_start in (False, True):
            seen = start(rate, trip, slow_start=slow_start)
            before = "slow start" if slow_start else "open"
            rows.append(
                (name, before, f"{seen.full_after:.1f}", f"{seen.queue:.2f}", f"{seen.used:.2f}")
            )
            values[f"{name}, {before}"] = [
                round(number, 2) for number in (seen.full_after, seen.queue, seen.used)
            ]
    table(rows, ("link", "TCP", "full after, round trips", "queue, round trips", "used"))
    say()
    figures(values)


if __name__ == "__main__":
    main()
