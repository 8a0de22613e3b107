"""``python -m tests.tools.pacing.simulated``: how fast credit fills a link, its queue, its sharing.

For each link of the lab: the start of one connection, its steady state, and two connections on one
link, the second coming when the first has it all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.tools.bench_load.measures import jain
from tests.tools.figures import figures, say, table
from tests.tools.pacing.simulation import Bottleneck, Flow

LINKS: Final = {
    "edge": (15_000.0, 0.4),
    "2g": (35_000.0, 0.8),
    "slow3g": (50_000.0, 0.4),
    "3g": (200_000.0, 0.3),
    "4g": (1_125_000.0, 0.17),
    "satellite": (625_000.0, 0.6),
}
"""Bytes a second, and seconds both ways: the link lab's profiles."""
START: Final = 10
STEADY: Final = 100
SHARED: Final = 60
"""Round trips that are looked at."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """How one link fared."""

    full_after: float
    """Round trips until the link was first nine tenths full for a round trip."""
    start_queue: float
    """The longest queue of the start, in round trips."""
    steady_queue: float
    """The longest later on."""
    used: float
    """Share of the link's rate carried later on."""
    shared: float
    """Jain's index of two connections over sixty round trips, from twenty after the second."""


def pacing(rate: float, trip: float, *, slow_start: bool) -> Pacing:
    """Simulate a link."""
    link = Bottleneck(rate, trip)
    flow = Flow(link, slow_start=slow_start)
    link.run(START * trip)
    start_queue = link.longest_queue
    full_after = _full_after(flow.arrivals, rate, trip)
    link.longest_queue = 0.0
    link.run((START + STEADY) * trip)
    carried = flow.carried(link.now) - flow.carried(START * trip)
    return Pacing(
        full_after,
        start_queue / trip,
        link.longest_queue / trip,
        carried / (STEADY * trip * rate),
        _shared(rate, trip, slow_start=slow_start),
    )


def _shared(rate: float, trip: float, *, slow_start: bool) -> float:
    link = Bottleneck(rate, trip)
    flows = [Flow(link, slow_start=slow_start, begin=begin * trip) for begin in (0, 20)]
    begin, end = 40 * trip, (40 + SHARED) * trip
    link.run(end)
    return jain([flow.carried(end) - flow.carried(begin) for flow in flows])


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
    """Print the table, and the figures."""
    values = {}
    rows: list[tuple[str, ...]] = []
    for name, (rate, trip) in LINKS.items():
        for slow_start in (False, True):
            seen = pacing(rate, trip, slow_start=slow_start)
            numbers = [
                round(number, 2)
                for number in (
                    seen.full_after,
                    seen.start_queue,
                    seen.steady_queue,
                    seen.used,
                    seen.shared,
                )
            ]
            tcp = "slow start" if slow_start else "open"
            rows.append((name, tcp, *(f"{number:.2f}" for number in numbers)))
            values[f"{name}, {tcp}"] = numbers
    header = ("link", "TCP", "full after", "start queue", "steady queue", "used", "shared")
    table(rows, header)
    say("Times and queues in round trips; shared: Jain's index of two connections.")
    say()
    figures(values)


if __name__ == "__main__":
    main()
