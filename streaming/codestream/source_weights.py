"""How much a bit-plane of each subband of a source weighs in its picture (T.800 Annex E)."""

from __future__ import annotations

from typing import NamedTuple

from streaming.codestream.source_markers import SourceStyle
from streaming.errors import CodestreamError

NONE, DERIVED, EXPOUNDED = range(3)
"""Quantization styles (Table A.28)."""
LOW_NORMS = {False: (1.0,), True: (0.67,)}
HIGH_NORMS = {False: (1.0, 1.0, 1.0), True: (0.52, 0.52, 0.36)}
"""About the L2 norm of a subband's synthesis over 2**levels, and over its nominal gain (Table E.1)
where the step counts that in: 9/7, 5/3."""


class BandWeight(NamedTuple):
    planes: int
    """Magnitude bit-planes, those of only zeros included: Mb (E-2)."""
    step: float
    """What one unit of the least significant plane adds to the picture, in sample values (L2)."""


def band_weights(
    quantization: bytes, style: SourceStyle, precision: int
) -> tuple[tuple[BandWeight, ...], ...]:
    """Return the subbands' weights for each resolution, from the content of QCD.

    Raises CodestreamError where QCD does not name every subband.
    """
    kind = quantization[0] & 31 if quantization else -1
    bands = 3 * style.resolutions - 2
    wanted = {NONE: 1 + bands, DERIVED: 3, EXPOUNDED: 1 + 2 * bands}.get(kind)
    if wanted is None or len(quantization) < wanted or (kind == NONE) is not style.reversible:
        raise CodestreamError("QCD does not name every subband.")
    guard = quantization[0] >> 5
    weights = []
    number = 0
    for resolution in range(style.resolutions):
        levels = style.resolutions - max(1, resolution)
        made = []
        for norm in HIGH_NORMS[style.reversible] if resolution else LOW_NORMS[style.reversible]:
            exponent, mantissa = _step(quantization, kind, number, style.resolutions - 1 - levels)
            step = 1.0
            if not style.reversible:
                step = 2.0 ** (precision - exponent) * (1 + mantissa / 2048)
            planes = max(0, guard + exponent - 1)
            made.append(BandWeight(planes, step * 2.0**levels * norm))
            number += 1
        weights.append(tuple(made))
    return tuple(weights)


def _step(quantization: bytes, kind: int, band: int, finer: int) -> tuple[int, int]:
    """Return exponent and mantissa of a subband's step; ``finer``: levels above the lowest."""
    if kind == NONE:
        return quantization[1 + band] >> 3, 0
    at = 1 if kind == DERIVED else 1 + 2 * band
    value = int.from_bytes(quantization[at : at + 2], "big")
    return (value >> 11) - (finer if kind == DERIVED else 0), value & 0x7FF
