"""A viewer whose decoder is slow, behind a link, with endless data to come: no sleep, a clock that
jumps.

What is real is the server's ledger (Credit) and the viewer's acknowledgements (Acks).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from streaming.acks import Acks
from streaming.credit import SMALLEST_SLICE, Credit


class SlowViewer:
    """A link of ``rate`` bytes a second, ``trip`` seconds both ways, to a decoder of ``decoding``
    bytes a second.

    The decoder takes all that waits at once, up to ``job`` bytes, as a tile is decoded with all
    that is held of it. ``decoding`` may be changed at any time, for the next jobs; at 0 none
    begins until ``wake``. ``on_screen``: only so many of the bytes to come are on the screen; the
    rest is held only.
    """

    def __init__(
        self, rate: float, trip: float, decoding: float, job: int, on_screen: int | None = None
    ) -> None:
        self.credit = Credit(0.0)
        self.acks = Acks()
        self.rate = rate
        self.trip = trip
        self.decoding = decoding
        self.job = job
        self.on_screen = on_screen
        self.now = 0.0
        self.received = 0
        self.decoded = 0
        self.acknowledged = 0
        self.backlog = 0
        self.longest_backlog = 0
        self._sent = 0
        self._free_at = 0.0
        self._decoder_busy = False
        self._asked: float | None = None
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._fill()

    def run(self, seconds: float) -> int:
        """Go on for so long; return the bytes received meanwhile."""
        end, before = self.now + seconds, self.received
        while self._due and self._due[0][0] <= end:
            self.now, _, happen = heapq.heappop(self._due)
            happen()
        self.now = end
        return self.received - before

    def look_elsewhere(self) -> None:
        """What waits for the decoder is not on the screen any more."""
        self.backlog = 0
        self._pump()

    def decode_at(self, decoding: float) -> None:
        """Have the decoder go on at another speed, when the job under way is done."""
        self.decoding = decoding
        self._decode()

    def catch_up(self) -> None:
        """Go on until the job under way is done."""
        while self._decoder_busy:
            self.run(0.1)

    def _at(self, when: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._due, (when, next(self._order), happen))

    def _fill(self) -> None:
        while self.credit.available >= SMALLEST_SLICE:
            length = min(self.credit.slice_budget(16 * 1024), self.credit.available)
            self.credit.sent(length, self.now)
            self._sent += length
            self._free_at = max(self._free_at, self.now) + length / self.rate
            self._at(self._free_at + self.trip / 2, lambda length=length: self._arrive(length))  # type: ignore[misc]

    def _arrive(self, length: int) -> None:
        self.received += length
        self.acks.take(length)
        if self.on_screen is None or self.received <= self.on_screen:
            self.backlog += length
            self.longest_backlog = max(self.longest_backlog, self.backlog)
        self._decode()
        self._pump()

    def _decode(self) -> None:
        taken = min(self.backlog, self.job)
        if self._decoder_busy or not taken or not self.decoding:
            return
        self._decoder_busy = True
        self._at(self.now + taken / self.decoding, lambda: self._done(taken))

    def _done(self, taken: int) -> None:
        self._decoder_busy = False
        taken = min(taken, self.backlog)
        self.backlog -= taken
        self.decoded += taken
        self._decode()
        self._pump()

    def _pump(self) -> None:
        received = self.acks.owed(self.now, self.backlog)
        if received is not None:
            assert self.acknowledged < received <= self.received
            self.acknowledged = received
            self._at(self.now + self.trip / 2, lambda: self._heard(received))
        due = self.acks.due
        if due is not None and due != self._asked:
            self._asked = due
            self._at(max(due, self.now), self._pump)

    def _heard(self, received: int) -> None:
        self.credit.acknowledge(received, self.now)
        self._fill()
