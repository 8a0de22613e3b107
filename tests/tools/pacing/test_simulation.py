"""What the pacing must do on the lab's links, simulated: the README's figures stay true."""

from __future__ import annotations

import pytest

from tests.tools.pacing.simulated import LINKS, pacing
from tests.tools.pacing.simulation import Bottleneck, Flow


def test_the_bottleneck_serves_in_order() -> None:
    link = Bottleneck(1000.0, 0.2)
    assert link.carry(100) == pytest.approx(0.2)
    assert link.carry(100) == pytest.approx(0.3)
    assert link.longest_queue == pytest.approx(0.1)


def test_slow_start_doubles() -> None:
    link = Bottleneck(1e9, 1.0)
    flow = Flow(link, slow_start=True)
    link.run(0.9)
    first = flow.carried(0.9)
    link.run(1.9)
    assert first <= 14_480
    assert first < flow.carried(1.9) - first <= 2 * 14_480


@pytest.mark.parametrize(("name", "trips"), [("2g", 2), ("slow3g", 2), ("3g", 2), ("4g", 3)])
def test_a_link_is_full_after_two_or_three_round_trips(name: str, trips: int) -> None:
    seen = pacing(*LINKS[name], slow_start=False)
    assert seen.full_after < trips
    assert seen.start_queue < 1.35
    assert seen.steady_queue < 1.5
    assert seen.used > 0.93


@pytest.mark.parametrize("name", ["2g", "3g", "4g"])
def test_two_tabs_share_a_link(name: str) -> None:
    assert pacing(*LINKS[name], slow_start=True).shared > 0.95
