"""The least time that a link allows, and what counts towards it.

Floor = round trips that cannot be avoided x the link's round trip + bytes needed / its rate. Round
trips of each way in, DNS aside:

====================  ======================================================  ===
cold                  TCP 1, TLS 1.3 1, page 1, its script and the socket 1     4
warm                  TCP 1, TLS 1.3 1, upgrade with the first data 1           3
tap                   the wish and the first data 1                             1
prefetched            nothing crosses the link                                  0
====================  ======================================================  ===

Bytes are payload alone: packet, TLS and WebSocket headers are not in the floor, so it is a little
lower than any real link allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class WayIn(StrEnum):
    """How a reader comes to a picture."""

    COLD = "cold"
    WARM = "warm"
    TAP = "tap"
    PREFETCHED = "prefetched"


ROUND_TRIPS: Final = {WayIn.COLD: 4, WayIn.WARM: 3, WayIn.TAP: 1, WayIn.PREFETCHED: 0}


@dataclass(frozen=True)
class LinkFacts:
    """One link as its profile states it."""

    rate: float
    """Bits a second towards the phone; 0: no limit."""
    round_trip: float
    """Seconds, of an idle link."""


def floor_seconds(way: WayIn, link: LinkFacts, needed: int, app: int = 0) -> float:
    """Return the least time to a picture of ``needed`` bytes; ``app``: those of page and scripts,
    which only a cold visit must load."""
    size = needed + (app if way is WayIn.COLD else 0)
    if way is WayIn.PREFETCHED:
        return 0.0
    carried = size * 8 / link.rate if link.rate else 0.0
    return ROUND_TRIPS[way] * link.round_trip + carried


def ratio(measured: float | None, floor: float) -> float | None:
    """Return measured time / floor; None where there is no measurement or no floor."""
    return None if measured is None or floor <= 0 else measured / floor
