"""What is made of the measurements."""

from __future__ import annotations

from collections.abc import Sequence


def jain(shares: Sequence[float]) -> float:
    """Return Jain's fairness index: 1 when all shares are equal, 1/n when one has everything."""
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 0.0


def mean(numbers: Sequence[float]) -> float:
    """Return the arithmetic mean, 0 of nothing."""
    return sum(numbers) / len(numbers) if numbers else 0.0
