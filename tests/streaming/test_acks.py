"""Acknowledgements, and what a slow decoder does to a stream."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.acks import ACK_BYTES, BACKLOG_BYTES, WITHHELD_SECONDS, Acks
from streaming.client import ViewerClient
from streaming.credit import CEILING, FLOOR
from tests.streaming.decoding import SlowViewer
from tests.streaming.link import Link
from tests.streaming.study import SERIES, StoredStudy

OVER = BACKLOG_BYTES + 20_000


def taken(*lengths: int) -> Acks:
    acks = Acks()
    for length in lengths:
        acks.take(length)
    return acks


@pytest.mark.parametrize("backlog", [0, BACKLOG_BYTES])
@pytest.mark.parametrize("lengths", [[2000], [2000, 10], [ACK_BYTES], []])
def test_within_the_bound_all_is_acknowledged_at_once(lengths: list[int], backlog: int) -> None:
    acks = taken(*lengths)
    assert acks.owed(0.0, backlog) == (sum(lengths) or None)
    assert acks.owed(0.0, backlog) is None
    assert acks.due is None


def test_what_exceeds_the_bound_is_withheld_and_acknowledged_as_it_drains() -> None:
    acks = taken(10_000, 10_000, 10_000, 10_000)
    assert acks.owed(0.0, OVER) == 20_000
    assert acks.owed(0.001, OVER) is None
    assert acks.owed(0.002, OVER - 5000) is None
    assert acks.owed(0.003, OVER - 10_000) == 30_000
    assert acks.owed(0.004, BACKLOG_BYTES) == 40_000
    assert acks.due is None


def test_a_little_is_acknowledged_each_second_however_long_the_decoder_takes() -> None:
    acks = taken(20_000)
    told = []
    now: float | None = 0.0
    while now is not None:
        owed = acks.owed(now, 10 * OVER)
        if owed is not None:
            told.append((now, owed))
        now = acks.due
    each = WITHHELD_SECONDS
    assert told == [(each, ACK_BYTES), (2 * each, 2 * ACK_BYTES), (3 * each, 20_000)]


def test_one_small_message_is_acknowledged_once_the_backlog_is_gone() -> None:
    acks = taken(2000)
    assert acks.owed(0.05, OVER) is None
    assert acks.due == 0.05 + WITHHELD_SECONDS
    assert acks.owed(0.06, 0) == 2000
    assert acks.due is None


def test_it_never_goes_back_however_much_is_found_to_wait() -> None:
    acks = taken(10_000)
    assert acks.owed(0.0, 0) == 10_000
    assert acks.owed(0.1, 10**9) is None
    assert acks.due is None
    acks.take(100)
    assert acks.owed(0.2, 10**9) is None
    assert acks.owed(0.2 + WITHHELD_SECONDS, 10**9) == 10_100


# with the server's ledger

LINKS = [(35_000.0, 0.6), (1_125_000.0, 0.17), (10_000_000.0, 0.02), (625_000.0, 0.6)]
DECODERS = [(60_000.0, 30_000), (300_000.0, 150_000), (300_000.0, 16_000), (2e6, 300_000)]


@pytest.mark.parametrize(("decoding", "job"), DECODERS)
@pytest.mark.parametrize(("rate", "trip"), LINKS)
def test_a_slow_decoder_is_kept_busy_and_little_piles_up(
    rate: float, trip: float, decoding: float, job: int
) -> None:
    viewer = SlowViewer(rate, trip, decoding, job)
    viewer.run(20 + BACKLOG_BYTES / decoding)
    viewer.longest_backlog = 0
    begun = viewer.decoded
    viewer.run(60)
    assert viewer.decoded - begun > 0.85 * 60 * min(rate, decoding)
    assert viewer.longest_backlog <= BACKLOG_BYTES + CEILING
    # What the link's own round trip needs, and what one job frees at once, may come beyond it.
    filled = 2 * (rate * trip + job) + FLOOR + ACK_BYTES
    assert viewer.longest_backlog <= BACKLOG_BYTES + filled


@pytest.mark.parametrize(("rate", "trip"), LINKS)
@pytest.mark.parametrize("slow_for", [3.0, 60.0])
def test_a_decoder_that_gets_fast_again_has_the_whole_link(
    rate: float, trip: float, slow_for: float
) -> None:
    viewer = SlowViewer(rate, trip, 40_000.0, 60_000)
    viewer.run(slow_for)
    viewer.decode_at(1e8)
    viewer.run(5 + 40 * trip)
    assert viewer.run(20) > 0.8 * 20 * rate


@pytest.mark.parametrize(("rate", "trip"), LINKS)
def test_a_stuck_decoder_neither_ends_the_stream_nor_fills_the_phone(
    rate: float, trip: float
) -> None:
    viewer = SlowViewer(rate, trip, 0.0, 100_000)
    viewer.run(40)
    before = viewer.acknowledged
    received = viewer.run(20)
    # A window at its floor is less than that at times.
    assert 18 * ACK_BYTES <= viewer.acknowledged - before <= 21 * ACK_BYTES
    assert received <= 21 * ACK_BYTES
    assert viewer.backlog <= BACKLOG_BYTES + CEILING + 60 * ACK_BYTES
    viewer.decode_at(1e8)
    viewer.run(5 + 40 * trip)
    assert viewer.run(20) > 0.8 * 20 * rate


def test_what_is_held_as_bytes_only_is_no_backlog() -> None:
    viewer = SlowViewer(1_125_000.0, 0.17, 0.0, 100_000, on_screen=200_000)
    viewer.run(5)
    assert viewer.run(10) > 0.85 * 10 * 1_125_000


def test_a_change_of_mind_gives_the_server_its_credit_back_at_once() -> None:
    viewer = SlowViewer(1_125_000.0, 0.17, 0.0, 100_000)
    viewer.run(10)
    assert viewer.credit.available < FLOOR
    viewer.look_elsewhere()
    assert viewer.acknowledged == viewer.received
    viewer.run(viewer.trip / 2 + 0.001)
    assert viewer.credit.in_flight <= viewer.credit.window


@settings(max_examples=40, deadline=None)
@given(
    rate=st.floats(5_000, 3_000_000),
    trip=st.floats(0.005, 1.0),
    phases=st.lists(
        st.tuples(st.sampled_from([0.0, 20_000.0, 200_000.0, 1e6, 1e8]), st.floats(0.2, 8.0)),
        min_size=1,
        max_size=6,
    ),
    job=st.sampled_from([4_000, 60_000, 500_000]),
)
def test_whatever_the_decoder_does_the_stream_lives_and_recovers(
    rate: float, trip: float, phases: list[tuple[float, float]], job: int
) -> None:
    viewer = SlowViewer(rate, trip, 1e8, job)
    for decoding, seconds in phases:
        viewer.decode_at(decoding)
        viewer.run(seconds)
        assert viewer.credit.window >= FLOOR
        assert viewer.backlog <= BACKLOG_BYTES + CEILING + (viewer.now + 1) * ACK_BYTES
    viewer.decode_at(0.0)
    viewer.catch_up()
    viewer.decode_at(1e8)
    viewer.run(5 + 40 * trip)
    # Farther than the ceiling reaches, no link is filled.
    assert viewer.run(10) > 0.7 * 10 * min(rate, 0.75 * CEILING / trip)


def test_a_client_withholds_on_a_real_stream_and_still_gets_everything() -> None:
    study = StoredStudy(2, weight=900)
    client = ViewerClient(study.uid, SERIES, width=128, height=64)
    client.backlog = 10**9
    link = Link(study, client, rate=1_000_000.0, delay=0.05)
    session = link.connect()
    link.run(1.5)
    held_back = session.credit.in_flight
    assert held_back > FLOOR
    client.backlog = 0
    link.pump()
    link.run()
    assert session.credit.in_flight == 0
    assert all(client.complete(frame) for frame in study.stack)


def test_a_new_connection_counts_anew() -> None:
    study = StoredStudy(2, weight=900)
    client = ViewerClient(study.uid, SERIES, width=128, height=64)
    client.backlog = 10**9
    link = Link(study, client)
    link.connect()
    link.run(0.9)
    assert client.segment_bytes > 0
    assert client.next_deadline() is not None
    link.connect()
    assert client.next_deadline() is None
    link.run(0.9)
    client.backlog = 0
    link.pump()
    link.run()
    assert all(client.complete(frame) for frame in study.stack)


def test_the_smallest_window_opens_again() -> None:
    """A window of 4608 or 5120 bytes stayed so for ever (20 ms there and back, 1 KiB slices)."""
    viewer = SlowViewer(2_000_000.0, 0.02, 200_000.0, 4000)
    viewer.run(8)
    assert viewer.credit.window < 16 * 1024
    viewer.decode_at(1e8)
    viewer.run(5)
    assert viewer.run(10) > 0.8 * 10 * 2_000_000
