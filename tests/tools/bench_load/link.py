"""A link as numbers: rate, delay and a bounded queue, each way. No socket, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Profile:
    """What a link carries, as the link lab names it: kbit/s down and up, seconds one way and of
    queue."""

    name: str
    down: int
    up: int
    delay: float
    queue: float

    @property
    def bytes_per_second(self) -> float:
        """Towards the viewer."""
        return self.down * 1000 / 8


PROFILES: Final = {
    profile.name: profile
    for profile in (
        Profile("2g", 280, 256, 0.4, 1.0),
        Profile("slow3g", 400, 400, 0.2, 1.0),
        Profile("3g", 1600, 768, 0.15, 1.0),
        Profile("4g", 9000, 9000, 0.085, 0.3),
    )
}


class Direction:
    """One way of a link: bytes leave a first-in, first-out queue at ``rate`` a second, and arrive
    ``delay`` seconds later. Several connections may share it."""

    def __init__(self, rate: float, delay: float, queue: float) -> None:
        self.rate = rate
        self.delay = delay
        self.limit = rate * queue
        """Bytes that may stand in the queue."""
        self._free_at = 0.0

    def queued(self, now: float) -> float:
        """Return how many bytes still stand in the queue."""
        return max(0.0, self._free_at - now) * self.rate

    def take(self, length: int, now: float) -> float:
        """Put ``length`` bytes into the queue; return when the last of them arrives."""
        self._free_at = max(self._free_at, now) + length / self.rate
        return self._free_at + self.delay

    def emptier_at(self) -> float:
        """Return when three quarters of the limit are in the queue at most."""
        return self._free_at - 0.75 * self.limit / self.rate


class Link:
    """Both ways of one phone's link."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.down = Direction(profile.bytes_per_second, profile.delay, profile.queue)
        self.up = Direction(profile.up * 1000 / 8, profile.delay, profile.queue)
