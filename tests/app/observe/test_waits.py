"""Waits as numbers."""

from __future__ import annotations

import pytest

from app.observe.waits import EDGES, SendClock, Waits


def test_quantiles_are_right_within_a_bucket() -> None:
    waits = Waits()
    for milliseconds in range(1, 1001):
        waits.add(milliseconds / 1000)
    assert waits.count == 1000
    assert waits.quantile(0.5) == pytest.approx(0.5, rel=0.1)
    assert waits.quantile(0.99) == pytest.approx(0.99, rel=0.1)
    assert waits.summary()["p95_ms"] == pytest.approx(950, rel=0.1)


def test_nothing_waited_and_far_too_long() -> None:
    waits = Waits()
    assert waits.quantile(0.99) == 0.0
    waits.add(0.0)
    assert waits.quantile(0.99) == EDGES[0]
    waits.add(1e6)
    assert waits.quantile(0.99) == EDGES[-1]


def test_a_wait_begins_with_the_first_thing_that_made_it_possible() -> None:
    waits = Waits()
    clock = SendClock(waits)
    clock.may_send(1.0)
    clock.may_send(2.0)
    first = clock.decided(3.0, credit_left=True)
    second = clock.decided(3.0, credit_left=False)
    clock.may_send(4.0)
    assert (first, second) == (1.0, 1.0)
    assert clock.decided(5.0, credit_left=False) == 4.0
    clock.written(4.0, 6.0)
    assert waits.count == 1


def test_rest_ends_it() -> None:
    clock = SendClock(Waits())
    clock.may_send(1.0)
    clock.rest()
    assert clock.decided(9.0, credit_left=True) == 9.0


def test_a_full_link_counts_once_and_not_for_each_message_behind_it() -> None:
    waits = Waits()
    clock = SendClock(waits)
    clock.may_send(1.0)
    first = clock.decided(1.25, credit_left=True)
    clock.written(first, 9.25)  # eight seconds in which the kernel took nothing
    second = clock.decided(9.5, credit_left=False)
    assert second == 9.0  # of the server's own making: a quarter before the first, and one after
    assert waits.quantile(1.0) == pytest.approx(8.25, rel=0.1)


def test_what_gets_possible_behind_a_full_link_waits_from_when_it_is_free() -> None:
    clock = SendClock(Waits())
    clock.may_send(1.0)
    first = clock.decided(1.0, credit_left=False)
    clock.may_send(3.0)
    clock.written(first, 9.0)
    assert clock.decided(9.5, credit_left=False) == 9.0
