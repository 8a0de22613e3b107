"""What a stream asks of its connection's TCP."""

from __future__ import annotations

import pytest

from app.web.tcp import LONGEST_RETRY, SHORTEST_RETRY, TCP, Tcp


@pytest.mark.parametrize(
    ("round_trip", "seconds"), [(0.03, SHORTEST_RETRY), (0.3, 1.7), (0.4, 2.1), (0.8, None)]
)
def test_patience_follows_the_round_trip(round_trip: float, seconds: float | None) -> None:
    asked: list[float] = []
    tcp = Tcp({"extensions": {TCP: {"cork": asked.append, "retry_within": asked.append}}})
    tcp.knows(0.0)
    assert asked == []
    tcp.knows(round_trip)
    assert asked == ([] if seconds is None else [pytest.approx(seconds)])
    tcp.knows(round_trip * 1.02)
    assert len(asked) <= 1


def test_it_goes_up_again_when_the_link_gets_farther() -> None:
    asked: list[float] = []
    tcp = Tcp({"extensions": {TCP: {"cork": asked.append, "retry_within": asked.append}}})
    for round_trip in (0.02, 0.9, 0.0):
        tcp.knows(round_trip)
    assert asked == [SHORTEST_RETRY, LONGEST_RETRY]


@pytest.mark.parametrize("scope", [{}, {"extensions": {}}])
def test_a_server_that_offers_nothing_is_asked_in_vain(scope: dict[str, object]) -> None:
    tcp = Tcp(scope)
    tcp.cork(True)
    tcp.knows(0.1)
