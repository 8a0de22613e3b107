"""The link as numbers."""

from __future__ import annotations

import pytest

from tests.tools.bench_load.link import PROFILES, Direction, Link


def test_bytes_arrive_at_the_rate_after_the_delay() -> None:
    way = Direction(rate=1000.0, delay=0.5, queue=1.0)
    assert way.take(100, now=10.0) == pytest.approx(10.6)
    assert way.take(100, now=10.0) == pytest.approx(10.7)
    assert way.take(100, now=20.0) == pytest.approx(20.6)


def test_the_queue_drains_with_time() -> None:
    way = Direction(rate=1000.0, delay=0.5, queue=1.0)
    way.take(1500, now=0.0)
    assert way.queued(0.0) == pytest.approx(1500)
    assert way.queued(0.5) == pytest.approx(1000)
    assert way.queued(9.0) == 0.0
    assert way.limit == 1000
    assert way.queued(way.emptier_at()) == pytest.approx(0.75 * way.limit)


def test_profiles_are_those_of_the_link_lab() -> None:
    link = Link(PROFILES["2g"])
    assert link.down.rate == 35_000
    assert link.up.rate == 32_000
    assert link.down.delay + link.up.delay == pytest.approx(0.8)
