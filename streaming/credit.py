"""How many bytes may be in flight.

A socket swallows far more than a thin link carries: on 280 kbit/s the kernel's and the modem's
buffers hold several seconds, and whatever is written into them can no longer be overtaken by a
change of mind. So the server keeps its own ledger. Two numbers are enough to say how much may be on
the way at once: what the link carries (the delivery rate) and how long it takes (the round trip).
Their product fills the pipe; every byte beyond only waits in a queue.

Both are measured from acknowledgements. The rate is the *maximum* over the last rounds, because a
smaller measurement usually means that we had little to send, not that the link got slower. The
round trip is the *minimum*, because a larger one usually means that our own bytes stood in the
queue. The window is their product times a gain above 1: one pipe full, and a fifth more because
messages are acknowledged one by one, some later than others.

With a gain above 1 some queue always stands, and after a while even the smallest round trip
contains it. Therefore every 12th round the window is cut to three quarters of the pipe for one
round: the queue drains, and the round trip is seen afresh. In the round before, half a pipe more is
tried, to notice a link that got better; as long as each round carries more than the one before it,
that is gone on with.

At the start nothing is known, and doubling finds a far, fast link only after many round trips. But
the first flight leaves in one go, so the time between its first acknowledgement and a later one is
the time that the link takes for the bytes between them: its pace. The window may then grow fivefold
a round up to what that pace fills. Once the rate comes near the pace, or a round did not grow, the
start is over. So a pace that is wrong (a link that bursts, a stall) costs a round or two, no more.

Near the floor a window is a whole number of pairs of the smallest slices. A rest that is too little
to be sent would eat all of the gain there, and a window that had once become so small would stay so
for ever.

A viewer whose decoder is slow withholds acknowledgements (`acks.py`). To the ledger that is one
more narrow place behind the link: the rate becomes the decoder's, the round trip longer, the window
no more than both need. When the decoder keeps up again, the gain opens it round by round.

Ages are counted in rounds (the time in which one window is acknowledged), never in seconds. A link
that stalls for a minute produces no rounds, so nothing is forgotten and nothing closes: when it
comes back, we go on with the window that we had. The floor keeps the ledger open whatever was
measured; the ceiling keeps a far, fast link from owning the server's memory.

Text is not acknowledged. What of it goes along with segments (manifests) counts as part of the
binary message behind it: it takes its time on the link like any other byte.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from streaming.errors import WireError

START: Final = 16 * 1024
FLOOR: Final = 4 * 1024
CEILING: Final = 1024 * 1024
STARTING_GAIN: Final = 2.0
STEADY_GAIN: Final = 1.2
GROWING_GAIN: Final = 1.5
"""While the last round carried more than any before it."""
ROUNDS_OF_RATE: Final = 16
ROUNDS_OF_TRIP: Final = 32
ROUNDS_TO_PROBE: Final = 12
"""In the last of so many rounds the window is larger, to notice a better link; in the next
smaller."""
PROBE_GAIN: Final = 0.75
ROUNDS_WITHOUT_GROWTH: Final = 3
GROWTH: Final = 1.25
"""Of the rate in a round, from which the start goes on; later on, ``STEADY_GROWTH``."""
STEADY_GROWTH: Final = 1.03
SHORTEST_TRIP: Final = 1e-3
"""Seconds. Below it a clock says little, and the rate would be infinite."""
SMALLEST_SLICE: Final = 1024
LEAP: Final = 5.0
"""How much a window may grow in a round of the start towards what the link's pace promises."""
FULL: Final = 0.8
"""Share of that pace at which the start is over."""
FLIGHT: Final = 12 * 1024
"""Bytes of the first flight that TCP surely sends in one go (ten segments, RFC 6928, less text)."""
SLICES: Final = 8
PAIR: Final = 2 * SMALLEST_SLICE
IN_PAIRS: Final = 8 * 1024
"""Below it a window is a whole number of pairs: with more, slices are larger than the smallest."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """One binary message: the ledger's state when it was written."""

    total: int
    """Bytes sent up to and including it."""
    at: float
    length: int
    """Its own bytes, with the text ahead of it."""
    text: int
    """Bytes of text sent ahead of it, since the connection began."""
    carried: int
    """Bytes, of text too, that were known to have arrived when it was written."""
    acknowledged_at: float


class Credit:
    """The ledger of one connection. Bytes throughout; times in seconds of any steady clock."""

    def __init__(
        self, now: float, start: int = START, floor: int = FLOOR, ceiling: int = CEILING
    ) -> None:
        self.window = start
        self._floor = floor
        self._ceiling = ceiling
        self._sent = 0
        self._acknowledged = 0
        self._acknowledged_at = now
        self._text = 0
        self._text_arrived = 0
        self._unacknowledged: deque[_Sent] = deque()
        self._round = 0
        self._round_ends = 0
        self._rates: deque[tuple[int, float]] = deque()
        self._trips: deque[tuple[int, float]] = deque()
        self._starting = True
        self._pace = 0.0
        self._first_of_flight: tuple[int, float] | None = None
        self._growing = False
        self._best_rate = 0.0
        self._flat_rounds = 0

    @property
    def in_flight(self) -> int:
        """Bytes sent and not yet acknowledged, text beside them included."""
        return self._sent + self._text - self._carried

    @property
    def _carried(self) -> int:
        return self._acknowledged + self._text_arrived

    @property
    def available(self) -> int:
        """Bytes that may be sent now."""
        return max(0, self.window - self.in_flight)

    @property
    def rate(self) -> float:
        """Bytes a second that the link was seen to carry; 0 before the first acknowledgement."""
        return self._rates[0][1] if self._rates else 0.0

    @property
    def round_trip(self) -> float:
        """Seconds from sending to acknowledgement on an empty queue; 0 before the first."""
        return self._trips[0][1] if self._trips else 0.0

    def slice_budget(self, most: int) -> int:
        """Return how long a message may be: about an eighth of what may be in flight.

        So a change of mind waits for an eighth of a round trip, and the acknowledgements of the
        first few say what the link carries. From 1 KiB to ``most``.
        """
        return min(most, max(SMALLEST_SLICE, self.window // SLICES))

    def sent(self, length: int, now: float, beside: int = 0) -> None:
        """Enter one binary message of ``length`` bytes, with ``beside`` bytes of text ahead of
        it."""
        if not self._unacknowledged:
            # Nothing was under way: the time before is no part of how long these bytes take.
            self._acknowledged_at = now
        self._sent += length
        self._text += beside
        self._unacknowledged.append(
            _Sent(
                self._sent,
                now,
                length + beside,
                self._text,
                self._carried,
                self._acknowledged_at,
            )
        )

    def acknowledge(self, received: int, now: float) -> None:
        """Enter the viewer's count of all bytes received; raises WireError above what was sent."""
        if received > self._sent:
            raise WireError("More bytes are acknowledged than were sent.")
        if received <= self._acknowledged:
            return
        filled = self.in_flight * 2 > self.window
        self._acknowledged = received
        newest = None
        while self._unacknowledged and self._unacknowledged[0].total <= received:
            newest = self._unacknowledged.popleft()
            self._text_arrived = newest.text
        self._acknowledged_at = now
        if newest is not None:
            self._measure(newest, now, filled)

    def _measure(self, newest: _Sent, now: float, filled: bool) -> None:
        if newest.total > self._round_ends:
            self._begin_round()
        trip = max(now - newest.at, SHORTEST_TRIP)
        rate = (self._carried - newest.carried) / max(now - newest.acknowledged_at, trip)
        # A sample from a nearly empty pipe says what we sent, not what the link carries.
        if filled or rate > self.rate:
            _keep_extremes(self._rates, (self._round, rate), ROUNDS_OF_RATE, rising=False)
        if newest.carried == 0:
            self._learn_pace(newest, now)
        # What a message itself takes on the link is no round trip: it would make the window grow
        # with the slices, and the slices with the window.
        # Half of what was measured is round trip whatever the pace says: one that is far too low
        # would leave nothing of it, and of the window.
        carries = self._pace if self._starting else self.rate
        own = newest.length / carries if carries else 0.0
        empty = max(trip - own, trip / 2)
        _keep_extremes(self._trips, (self._round, empty), ROUNDS_OF_TRIP, rising=True)
        wanted = self._starting_window() if self._starting else self._steady_window()
        if wanted < IN_PAIRS:
            wanted = math.ceil(wanted / PAIR) * PAIR
        self.window = min(max(int(wanted), self._floor), self._ceiling)

    def _learn_pace(self, newest: _Sent, now: float) -> None:
        """Take how long the first flight took to arrive, after the first acknowledgement of it."""
        if self._first_of_flight is None:
            self._first_of_flight = (self._carried, now)
            return
        carried, at = self._first_of_flight
        if now - at >= SHORTEST_TRIP and (not self._pace or newest.total <= FLIGHT):
            self._pace = (self._carried - carried) / (now - at)

    def _starting_window(self) -> float:
        carried = self.rate * self.round_trip
        if self._flat_rounds == 0 and self._pace:
            promised = min(LEAP * carried, GROWING_GAIN * self._pace * self.round_trip)
            return max(promised, self.window)
        return max(STARTING_GAIN * carried, self.window)

    def _steady_window(self) -> float:
        place = self._round % ROUNDS_TO_PROBE
        if place == 0:
            gain = PROBE_GAIN
        elif self._growing or place == ROUNDS_TO_PROBE - 1 or self.window < IN_PAIRS:
            gain = GROWING_GAIN
        else:
            gain = STEADY_GAIN
        return gain * self.rate * self.round_trip

    def _begin_round(self) -> None:
        self._round += 1
        self._round_ends = self._sent
        self._growing = self.rate > self._best_rate * STEADY_GROWTH
        grown = self.rate >= self._best_rate * GROWTH
        self._best_rate = max(self._best_rate, self.rate) if self._starting else self.rate
        if self._starting:
            self._flat_rounds = 0 if grown else self._flat_rounds + 1
            if self._pace:
                full = self.rate > self._pace * FULL
                self._starting = not full and self._flat_rounds == 0
            else:
                self._starting = self._flat_rounds < ROUNDS_WITHOUT_GROWTH


def _keep_extremes(
    samples: deque[tuple[int, float]], newest: tuple[int, float], rounds: int, *, rising: bool
) -> None:
    """Add a sample; keep before it only those of the last rounds that could still be the extreme.

    Only a newer sample makes an old one go, so there is always one; the first is the extreme.
    """
    while samples and (samples[-1][1] >= newest[1] if rising else samples[-1][1] <= newest[1]):
        samples.pop()
    samples.append(newest)
    while samples[0][0] < newest[0] - rounds:
        samples.popleft()
