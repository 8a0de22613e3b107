"""How many bytes the first coding passes of a code-block take: an estimate to start a search from.

A codestream says how long a code-block is, not where within it each pass ends; only an arithmetic
decoder could tell. The estimate takes the block's coefficients for a Laplacian whose scale fits the
block's length, and adds up the entropy of its bit-planes (T.800 D.3: one pass for the first plane,
then significance, refinement and cleanup for each).
"""

from __future__ import annotations

import math
from typing import Final

SCALES: Final = 30
"""Halvings of the interval in which the scale is looked for."""
REFINED: Final = 0.95
"""Bits that refining a coefficient takes."""


def estimated_lengths(samples: int, passes: int, length: int) -> list[int]:
    """Return the bytes up to the end of each pass of a block of so many samples; the last is
    ``length``."""
    low, high = 1e-3, 2.0 ** (passes // 3 + 4)
    for _ in range(SCALES):
        middle = math.sqrt(low * high)
        if _bits(samples, passes, middle)[-1] < 8 * length:
            low = middle
        else:
            high = middle
    bits = _bits(samples, passes, low)
    share = length / max(bits[-1], 1e-9)
    return [min(length, math.ceil(share * each)) for each in bits]


def _bits(samples: int, passes: int, scale: float) -> list[float]:
    """Return the bits up to the end of each pass; ``scale`` counts in steps of the last plane."""
    planes = 1 + (passes + 1) // 3
    ends: list[float] = []
    total = 0.0
    for plane in range(planes - 1, -1, -1):
        first = plane == planes - 1
        above = 0.0 if first else math.exp(-(2.0 ** (plane + 1)) / scale)
        here = math.exp(-(2.0**plane) / scale)
        chance = (here - above) / (1 - above) if above < 1 else 0.0
        found = samples * ((1 - above) * _entropy(chance) + here - above)
        near = min(0.95, 0.35 + 2.4 * above)  # of what is found, beside what was found before
        parts = (found,) if first else (found * near, samples * above * REFINED, found * (1 - near))
        for part in parts:
            total += part
            ends.append(total)
    return ends[:passes]


def _entropy(chance: float) -> float:
    if not 0 < chance < 1:
        return 0.0
    return -chance * math.log2(chance) - (1 - chance) * math.log2(1 - chance)
