"""A lossy source's code-blocks cut into quality layers, no byte of them changed.

A layer brings of every code-block the bit-planes that weigh at least a threshold, halved from layer
to layer. How many bytes these take is not written in the source: it is searched for, all blocks of
a resolution at once, by decoding them with fewer bytes than they have and comparing. Too few bytes
would show as noise, too many are only sent a layer early.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.dicom.decode_j2k import coded_samples
from app.dicom.pass_lengths import estimated_lengths
from streaming.codestream.packet_writer import Cut
from streaming.codestream.source_layers import BlockKey, LayeredSource

Samples = NDArray[Any]
Rectangle = tuple[slice, slice]

COARSEST: Final = 640.0
"""The first threshold tried, in grey levels: some six times the error that it leaves."""
HALVINGS: Final = 2
"""Of the interval between a threshold that leaves little enough error and twice of it."""
NEXT_PLANE: Final = (0.4, 0.75)
"""How near, in bit-planes, a threshold is to a plane of which the first pass is sent; two."""
SHARE: Final = 0.6
"""Of an estimate, where the search starts. (Starting from what coarser resolutions needed was
tried: it asks for too much in the finer ones.)"""
GROWTH: Final = 1.2
LARGE: Final = 1 << 21
FAST_SHARE: Final = 0.8
FAST_GROWTH: Final = 1.6
"""Samples of a resolution from which on decodes are dear; there the search is coarser."""
LEAST: Final = 0.001
"""Grey levels: a layer that leaves less is as good as all of it."""
SPARE: Final = 3
"""By what lengths grow that were too short, and bytes beside."""
TOLERATED: Final = 0.1
"""Noise by a length too short, as a part of the error that the layer leaves in any case."""


def thresholds(
    source: LayeredSource, whole: Samples, unit: float, errors: Sequence[float]
) -> list[float]:
    """Return for each layer but the last the weight of the bit-planes that it reaches down to, in
    sample values, so that it leaves about one of ``errors``.

    Parameters
    ----------
    whole
        What the source decodes to.
    unit
        Sample values of one grey level.
    errors
        RMSE in grey levels, falling.
    """
    finest = min(
        (_plane_weight(source, key, block.passes - 1) for key, block in source.blocks.items()),
        default=math.inf,
    )
    known: dict[float, float] = {}

    def left(threshold: float) -> float:
        if threshold not in known:
            known[threshold] = error_of(_down_to(source, threshold), whole, unit)
        return known[threshold]

    found: list[float] = []
    fine = COARSEST * unit
    for error in errors:
        while left(fine) > error and fine > finest:
            fine /= 2
        if left(fine) > error:
            break
        limit = _coarsest(left, fine, error)
        if left(limit) > LEAST and (not found or limit < found[-1]):
            found.append(limit)
    return found


def _coarsest(left: Callable[[float], float], fine: float, error: float) -> float:
    """Return the coarsest threshold tried that leaves at most ``error``, as ``fine`` does and twice
    of it does not."""
    coarse = 2 * fine
    for _ in range(HALVINGS):
        middle = math.sqrt(coarse * fine)
        if left(middle) <= error:
            fine = middle
        else:
            coarse = middle
    return fine


def error_of(codestream: bytes, whole: Samples, unit: float) -> float:
    """Return the RMSE, in grey levels of ``unit`` sample values, of what is decoded."""
    difference = coded_samples(codestream).astype(np.float32) - whole
    return math.sqrt(float((difference**2).mean())) / unit


def _down_to(source: LayeredSource, threshold: float) -> bytes:
    """Return a codestream of the bit-planes down to a threshold, with more bytes than they need."""
    cuts = {
        key: (Cut(passes, len(block.data)),)
        for key, block in source.blocks.items()
        if (passes := _passes_down_to(source, key, threshold))
    }
    return source.told(cuts, 1).whole()


def cut_blocks(source: LayeredSource, limits: list[float]) -> dict[BlockKey, list[Cut]]:
    """Return for each code-block a cut at each threshold, and the closing one, which is all of it.

    Raises OSError where the source does not decode.
    """
    cuts: dict[BlockKey, list[Cut]] = {}
    for resolution in range(len(source.packets)):
        search = _Search(source, resolution)
        for limit in limits:
            search.layer(limit)
        cuts.update(search.closed())
    return cuts


def _plane_weight(source: LayeredSource, key: BlockKey, passed: int) -> float:
    """Return what the bit-plane weighs that a pass (from 0) is of."""
    weight = source.weights[key.resolution][key.place.band]
    plane = weight.planes - 1 - source.blocks[key].missing - (passed + 2) // 3
    return weight.step * 2.0**plane


def _passes_down_to(source: LayeredSource, key: BlockKey, threshold: float) -> int:
    """Return the passes of the bit-planes that weigh at least ``threshold``, and of the next plane
    those that are nearly worth it: what is found beside larger coefficients comes cheapest."""
    planes, part = divmod(math.log2(_plane_weight(source, key, 0) / threshold) + 1e-9, 1)
    if planes < 0:
        return 0
    more = sum(part >= least for least in NEXT_PLANE)
    return min(source.blocks[key].passes, 1 + 3 * int(planes) + more)


@dataclass(slots=True)
class _Known:
    """What is known of a block: where each pass about ends, and how much of it is needed so far."""

    estimates: list[int]
    cuts: list[Cut]


class _Search:
    """The cuts of one resolution's code-blocks."""

    def __init__(self, source: LayeredSource, resolution: int) -> None:
        self._source = source
        self._resolution = resolution
        self._levels = len(source.packets) - 1 - resolution
        self._large = (source.columns >> self._levels) * (source.rows >> self._levels) >= LARGE
        samples = 1 << sum(source.style.block)
        self._blocks = {
            key: _Known(estimated_lengths(samples, block.passes, len(block.data)), [])
            for key, block in source.blocks.items()
            if key.resolution == resolution
        }
        self._places = {key: _place_of(source, key) for key in self._blocks}

    def closed(self) -> dict[BlockKey, list[Cut]]:
        """Return the cuts, with the last one, which is all of the block."""
        return {key: [*known.cuts, self._all_of(key)] for key, known in self._blocks.items()}

    def _all_of(self, key: BlockKey) -> Cut:
        block = self._source.blocks[key]
        return Cut(block.passes, len(block.data))

    def layer(self, limit: float) -> None:
        """Cut at one threshold more."""
        now: dict[BlockKey, Cut] = {}
        open_: set[BlockKey] = set()
        for key, known in self._blocks.items():
            before = known.cuts[-1] if known.cuts else Cut(0, 0)
            passes = _passes_down_to(self._source, key, limit)
            whole = self._all_of(key)
            if passes <= before.passes:
                now[key] = before
            elif passes == whole.passes:
                now[key] = whole
            else:
                share = FAST_SHARE if self._large else SHARE
                guess = math.ceil(known.estimates[passes - 1] * share) + SPARE
                now[key] = Cut(passes, min(whole.length, max(before.length, guess)))
                open_.add(key)
        self._lengthen(now, open_, limit)
        for key, cut in now.items():
            self._blocks[key].cuts.append(cut)

    def _lengthen(self, now: dict[BlockKey, Cut], open_: set[BlockKey], limit: float) -> None:
        """Make the cuts of ``open_`` as long as their passes need."""
        if not open_:
            return
        ample = {
            key: Cut(cut.passes, self._all_of(key).length) if key in open_ else cut
            for key, cut in now.items()
        }
        truth = self._decoded(ample)
        tolerated = (TOLERATED * limit / 2**self._levels) ** 2 / 12
        growth = FAST_GROWTH if self._large else GROWTH
        short = open_
        while short:
            noise = (self._decoded(now).astype(np.float32) - truth) ** 2
            short = {
                key
                for key in short
                if now[key].length < ample[key].length and self._noise(noise, key) > tolerated
            }
            for key in short:
                length = math.ceil(now[key].length * growth) + SPARE
                now[key] = Cut(now[key].passes, min(length, ample[key].length))

    def _decoded(self, cuts: dict[BlockKey, Cut]) -> Samples:
        told = {key: (cut,) for key, cut in cuts.items() if cut.passes}
        return coded_samples(self._source.alone(self._resolution, told))

    def _noise(self, noise: Samples, key: BlockKey) -> float:
        part = noise[self._places[key]]
        part = part if part.ndim == 2 else part[:, :, key.component]
        return float(part.mean()) if part.size else 0.0


def _place_of(source: LayeredSource, key: BlockKey) -> Rectangle:
    """Return where a code-block lies in its resolution's picture (T.800 B.6, B.7)."""
    wide, high = source.style.precincts[key.resolution]
    levels = len(source.packets) - 1 - key.resolution
    columns = (source.columns + (1 << levels) - 1) >> levels
    across = (columns + (1 << wide) - 1) >> wide
    inner = 1 if key.resolution else 0
    block_wide = min(source.style.block[0], wide - inner)
    block_high = min(source.style.block[1], high - inner)
    left = ((key.precinct % across) << wide) + (key.place.column << (block_wide + inner))
    top = ((key.precinct // across) << high) + (key.place.row << (block_high + inner))
    return (
        slice(top, top + (1 << (block_high + inner))),
        slice(left, left + (1 << (block_wide + inner))),
    )
