"""How long bytes wait in the server once they may go: the one figure of the server's own making.

A wait begins when there is credit and something wanted, and ends when the message is with the
kernel. It holds the queue of the event loop behind the event that gave credit, planning, reading,
the other viewers' turns, and while the kernel takes nothing that of the one message that it does
not take: not, for each message behind that one again, how full the link is. One histogram for the
whole process, told in the log when the server stops.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

SHORTEST: Final = 1e-4
BUCKETS_PER_DOUBLING: Final = 8
DOUBLINGS: Final = 20
EDGES: Final = tuple(
    SHORTEST * 2 ** (step / BUCKETS_PER_DOUBLING)
    for step in range(DOUBLINGS * BUCKETS_PER_DOUBLING + 1)
)
"""Upper edges of the buckets in seconds, from 0.1 ms to 105 s, each 9 % above the one before."""


class Waits:
    """A histogram with fixed buckets, in seconds: constant memory, however long it runs."""

    def __init__(self) -> None:
        self._counts = [0] * (len(EDGES) + 1)
        self.count = 0

    def add(self, seconds: float) -> None:
        """Enter one wait."""
        self._counts[bisect_left(EDGES, seconds)] += 1
        self.count += 1

    def quantile(self, share: float) -> float:
        """Return the edge that ``share`` of all waits do not pass (up to 9 % too long); 0 for none.

        What is beyond the last edge counts as the last edge.
        """
        wanted = share * self.count
        seen = 0
        for edge, count in zip(EDGES, self._counts, strict=False):
            seen += count
            if seen and seen >= wanted:
                return edge
        return EDGES[-1] if self.count else 0.0

    def summary(self) -> dict[str, float]:
        """Return ``count`` and the quantiles in milliseconds, for a line of the log."""
        quantiles = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
        told = {name: round(1000 * self.quantile(share), 2) for name, share in quantiles.items()}
        return {"count": self.count, **told}


class SendClock:
    """Since when one connection may send, and what came of it."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._since: float | None = None
        self._decided_at = 0.0

    def may_send(self, now: float) -> None:
        """Something happened that can have given credit or something wanted."""
        if self._since is None:
            self._since = now

    def decided(self, now: float, *, credit_left: bool) -> float:
        """Return since when the message just decided on was possible.

        While credit is left the next message is possible since then, too, but for the time that
        the kernel takes to take this one.
        """
        self._decided_at = now
        since = now if self._since is None else self._since
        if not credit_left:
            self._since = None
        return since

    def written(self, since: float, now: float) -> None:
        """The message decided on last, possible ``since``, is with the kernel."""
        self._waits.add(now - since)
        if self._since is not None:
            self._since += now - max(self._since, self._decided_at)

    def rest(self) -> None:
        """Nothing can be sent: there is nothing wanted, or no credit."""
        self._since = None
