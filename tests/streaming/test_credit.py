"""The ledger, over a link of known bandwidth and delay."""

from __future__ import annotations

import pytest

from streaming.credit import CEILING, FLOOR, START, Credit
from streaming.errors import WireError


class Pipe:
    """A bottleneck of ``rate`` bytes a second behind an endless queue, ``trip`` seconds both ways.

    Each message is acknowledged, as viewers do.
    """

    def __init__(self, credit: Credit, rate: float, trip: float) -> None:
        self.credit = credit
        self.rate = rate
        self.trip = trip
        self.now = 0.0
        self.free_at = 0.0
        self.sent = 0
        self.arriving: list[tuple[float, int]] = []
        self.longest_queue = 0.0

    def fill(self) -> None:
        """Send as much as credit allows."""
        while self.credit.available >= 1024:
            length = min(self.credit.slice_budget(16384), self.credit.available)
            self.credit.sent(length, self.now)
            self.sent += length
            self.longest_queue = max(self.longest_queue, self.free_at - self.now)
            self.free_at = max(self.free_at, self.now) + length / self.rate
            self.arriving.append((self.free_at + self.trip, self.sent))

    def acknowledge(self) -> None:
        """Go on to the arrival of the next message and acknowledge it."""
        at, received = self.arriving.pop(0)
        self.now = max(self.now, at)
        self.credit.acknowledge(received, self.now)

    def run(self, messages: int) -> None:
        for _ in range(messages):
            self.fill()
            self.acknowledge()


@pytest.mark.parametrize(
    ("rate", "trip"), [(35_000.0, 0.6), (100_000.0, 0.3), (1_000_000.0, 0.1), (6_000.0, 1.0)]
)
def test_the_pipe_is_filled_and_little_more(rate: float, trip: float) -> None:
    pipe = Pipe(Credit(0.0), rate, trip)
    pipe.run(400)
    begun, sent = pipe.now, pipe.sent
    pipe.longest_queue = 0.0
    pipe.run(2400)
    used = (pipe.sent - sent) / (pipe.now - begun) / rate
    assert used > 0.85
    assert pipe.longest_queue < max(1.5 * trip, FLOOR / rate)


def test_it_starts_with_a_little_and_grows_fast() -> None:
    pipe = Pipe(Credit(0.0), 1_000_000.0, 0.2)
    assert pipe.credit.available == START
    pipe.run(120)
    assert pipe.credit.window > 150_000


@pytest.mark.parametrize(
    ("rate", "trip", "rounds"),
    [(35_000.0, 0.8, 2), (200_000.0, 0.3, 2), (1_125_000.0, 0.17, 3), (625_000.0, 0.6, 4)],
)
def test_the_first_flight_tells_how_far_to_grow(rate: float, trip: float, rounds: int) -> None:
    pipe = Pipe(Credit(0.0), rate, trip)
    pipe.fill()
    while pipe.now < (rounds + 0.5) * trip:
        pipe.acknowledge()
        pipe.fill()
    assert pipe.credit.window > rate * trip
    assert pipe.longest_queue < 1.25 * trip


def test_a_pace_that_was_too_good_to_be_true_is_corrected() -> None:
    pipe = Pipe(Credit(0.0), 10_000_000.0, 0.5)
    pipe.fill()
    pipe.acknowledge()
    pipe.acknowledge()
    pipe.rate = 35_000.0
    pipe.run(240)
    pipe.longest_queue = 0.0
    pipe.run(400)
    assert pipe.longest_queue < 1.5 * pipe.trip


def test_a_stall_does_not_close_it() -> None:
    pipe = Pipe(Credit(0.0), 35_000.0, 0.6)
    pipe.run(400)
    before = pipe.credit.window
    pipe.now += 120.0
    pipe.free_at = pipe.now
    pipe.run(16)
    assert pipe.credit.window > before / 3


def test_it_follows_a_link_that_gets_slower_and_farther() -> None:
    pipe = Pipe(Credit(0.0), 500_000.0, 0.05)
    pipe.run(800)
    pipe.rate, pipe.trip = 50_000.0, 0.5
    pipe.run(1200)
    begun, sent = pipe.now, pipe.sent
    pipe.run(800)
    assert (pipe.sent - sent) / (pipe.now - begun) > 0.6 * 50_000


def test_floor_and_ceiling() -> None:
    slow = Pipe(Credit(0.0), 100.0, 0.1)
    slow.run(400)
    assert slow.credit.window >= FLOOR
    fast = Pipe(Credit(0.0), 1e9, 1.0)
    fast.run(400)
    assert fast.credit.window == CEILING


def test_text_counts_with_the_message_behind_it() -> None:
    credit = Credit(0.0)
    credit.sent(1000, 0.0, beside=500)
    assert credit.in_flight == 1500
    credit.acknowledge(400, 0.1)
    assert credit.in_flight == 1100
    credit.acknowledge(1000, 0.2)
    assert credit.in_flight == 0
    assert credit.rate == pytest.approx(1500 / 0.2)


def test_little_sent_says_little_of_the_link() -> None:
    pipe = Pipe(Credit(0.0), 35_000.0, 0.6)
    pipe.run(400)
    rate = pipe.credit.rate
    for _ in range(40):
        pipe.credit.sent(1024, pipe.now)
        pipe.sent += 1024
        while pipe.arriving:
            pipe.acknowledge()
        pipe.now += 0.6
        pipe.credit.acknowledge(pipe.sent, pipe.now)
    assert pipe.credit.rate > rate / 2


def test_acknowledgements_in_order() -> None:
    credit = Credit(0.0)
    credit.sent(1000, 0.0)
    credit.acknowledge(1000, 0.1)
    window = credit.window
    credit.acknowledge(900, 0.2)
    assert (credit.window, credit.in_flight) == (window, 0)
    with pytest.raises(WireError, match="More bytes"):
        credit.acknowledge(1001, 0.3)


def test_a_connection_that_was_idle_knows_the_link_as_soon_as_a_new_one() -> None:
    """A list stands open for a minute before a study is tapped."""
    new, idle = Credit(0.0), Credit(-60.0)
    for credit in (new, idle):
        for number in range(8):
            credit.sent(2048, 0.0)
            credit.acknowledge(2048 * number, 0.0)
        credit.acknowledge(16_384, 1.0)
    assert idle.rate == new.rate
    assert idle.window == new.window
    idle.sent(2048, 100.0)
    idle.acknowledge(18_432, 101.0)
    assert idle.rate == new.rate


def test_slices_are_an_eighth_of_the_window() -> None:
    credit = Credit(0.0)
    assert credit.slice_budget(16384) == START // 8
    credit.sent(20_000, 0.0)
    credit.acknowledge(20_000, 1.0)
    assert credit.window == 40_000  # twice what the link carries in a round trip, at the start
    assert credit.slice_budget(16384) == 5000
    assert credit.slice_budget(2000) == 2000
    slow = Credit(0.0)
    slow.sent(1000, 0.0)
    slow.acknowledge(1000, 1.0)
    assert slow.window == START
    assert slow.slice_budget(16384) == START // 8
    assert Credit(0.0, start=4096).slice_budget(16384) == 1024
