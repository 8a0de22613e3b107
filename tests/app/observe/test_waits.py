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
