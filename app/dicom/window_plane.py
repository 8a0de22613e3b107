"""Narrow windows: what the default window shows first, readable; then what that leaves.

At a narrow window most of the error and of the bytes lie outside it. A window plane codes the
stored values clipped to the default window, only until they can be read, and a difference plane
what is left of them, exactly (streaming/window_plane.py; README.md has the study). It is a choice
per frame: where the default window is narrow, and where measuring says that it pays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.dicom.encode_j2k import (
    J2kFrame,
    decoded_prefixes,
    decoded_samples,
    encode_tile,
    is_constant,
    measured_errors,
    rmse,
    stated,
    write_codestream,
)
from app.dicom.layers import Layers, difference_layers, window_layers
from app.dicom.tiles import Place, cut, resolutions_for
from streaming.codestream.index import IndexedTile, index_tile
from streaming.manifest import Display, Plane, Reach
from streaming.priority import READABLE
from streaming.vocabulary import WindowLevel
from streaming.window_plane import stored_ends

Samples = NDArray[Any]
WIDEST: Final = 500.0
"""HU. A wider window leaves too little outside it."""
LEAST_SAVED: Final = 0.25
"""Of the bytes to readable, as a share: below it the two planes do not pay."""
MOST_MORE: Final = 0.15
"""Of all bytes, as a share: what two planes may cost beyond one."""
WIDER: Final = (1.0, 1.5, 2.5, 5.0)
"""Widths of the reaches, in default windows; one more holds all values."""
COARSEST: Final = 125.0
"""HU: error that the difference's first layer leaves, 16 grey levels at a bone window of 2000."""
TRIES: Final = 4
NEAR: Final = 0.97
"""Share of the error allowed that the window plane is to leave at least."""
PEAK: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Narrow:
    """A frame in two planes, in place of one."""

    made: J2kFrame
    offset: int


def encode_narrow(
    stored: Samples, display: Display, plain: Samples, layers: Layers
) -> Narrow | None:
    """Code the frame as window plane and difference; None where one plane serves better, of the
    coded samples ``plain`` in ``layers``."""
    if not is_narrow(stored, display):
        return None
    narrow = split(stored, display, resolutions_for(cut(*stored.shape)))
    return narrow if narrow is not None and _pays(narrow.made, plain, layers) else None


def split(stored: Samples, display: Display, resolutions: int) -> Narrow | None:
    """Code the frame in two planes; None where a tile has nothing in the window, or nothing
    outside, or the difference does not fit 16 bits."""
    values = stored.astype(np.int32)
    halves = _Halves(values, display, resolutions)
    if not all(halves.add_window(place) for place in cut(*values.shape)):
        return None
    return halves.finish()


def is_narrow(stored: Samples, display: Display) -> bool:
    """Say whether a frame is CT, opened at a narrow window on its stored values."""
    whole = stored.ndim == 2 and stored.dtype.kind in "iu" and stored.dtype.itemsize == 2
    linear = display.voi_function != "SIGMOID" and not display.inverted and display.slope > 0
    direct = display.modality_lut is None and not display.voi_luts and display.palette is None
    narrow = display.unit == "HU" and bool(display.windows) and display.windows[0].width <= WIDEST
    return whole and linear and direct and narrow


class _Halves:
    """A frame on its way into two planes."""

    def __init__(self, values: Samples, display: Display, resolutions: int) -> None:
        self._values = values
        self._made = J2kFrame(resolutions)
        self._width = display.windows[0].width
        self._unit = self._width / 255 / display.slope
        self._coarsest = COARSEST / display.slope
        self._ranges = _ranges(values, display)
        low, high = self._ranges[0]
        self._clipped = (np.clip(values, low, high) - low).astype(np.uint16)
        self._difference = np.zeros_like(values)
        self._own: list[NDArray[np.float64]] = []
        self._alone: list[NDArray[np.float64]] = []

    def add_window(self, place: Place) -> bool:
        """Code the window plane of one tile; False where the tile has nothing in the window."""
        clipped = np.ascontiguousarray(_of(self._clipped, place))
        if is_constant(clipped):
            return False
        low = self._ranges[0][0]
        values = _of(self._values, place)
        indexed, samples = self._readable(clipped)
        own, alone = [], []
        for prefix in decoded_prefixes(indexed, len(indexed.lengths)):
            own.append(rmse(prefix, samples) / self._unit)
            alone.append(self._errors_alone(prefix.astype(np.int32) + low, values))
        self._own.append(np.array(own))
        self._alone.append(np.array(alone))
        self._made.add_coded(0, place, samples, indexed)
        _of(self._difference, place)[:] = values - low - samples
        return True

    def finish(self) -> Narrow | None:
        """Code the difference; None where it does not fit 16 bits, or a tile has none."""
        zero = -int(self._difference.min())
        if int(self._difference.max()) + zero > PEAK:
            return None
        difference = (self._difference + zero).astype(np.uint16)
        layers = difference_layers(self._unit, self._coarsest, READABLE, PEAK)
        worst = np.zeros(len(layers.errors))
        for place in cut(*difference.shape):
            tile = np.ascontiguousarray(_of(difference, place))
            if is_constant(tile):
                return None
            indexed = index_tile(encode_tile(tile, layers, self._made.resolutions))
            worst = np.maximum(worst, measured_errors(tile, indexed, self._unit))
            self._made.add_coded(1, place, tile, indexed)
        self._made.planes = [self._window_plane(), Plane(None, 0, stated(worst))]
        return Narrow(self._made, zero - self._ranges[0][0])

    def _window_plane(self) -> Plane:
        alone = np.max(self._alone, axis=0)
        reaches = tuple(
            Reach(low, high, stated(alone[:, number]))
            for number, (low, high) in enumerate(self._ranges)
        )
        return Plane(None, 0, stated(np.max(self._own, axis=0)), reaches)

    def _readable(self, clipped: Samples) -> tuple[IndexedTile, Samples]:
        """Code one tile until it is just readable; also what it then decodes to.

        OpenJPEG misses the error it aims at: a few tries, each aimed by what the last one left.
        """
        aim = READABLE
        white = self._ranges[0][1] - self._ranges[0][0]
        for _ in range(TRIES):
            layers = window_layers(self._unit, aim, PEAK)
            codestream = write_codestream(clipped, layers, self._made.resolutions)
            samples = decoded_samples(codestream)
            left = rmse(np.minimum(samples, white), clipped) / self._unit
            if NEAR * READABLE <= left <= READABLE:
                break
            aim *= (1 + NEAR) / 2 * READABLE / max(left, READABLE / 4)
        return index_tile(codestream), samples

    def _errors_alone(self, shown: Samples, values: Samples) -> NDArray[np.float64]:
        """Return the error through each of the ranges, in grey levels, of stored values shown."""
        return np.array(
            [
                rmse(np.clip(shown, low, high), np.clip(values, low, high)) / self._unit
                for low, high in self._ranges
            ]
        )


def _of(plane: Samples, place: Place) -> Samples:
    rows = slice(place.row, place.row + place.rows)
    return plane[rows, place.column : place.column + place.columns]


def _ranges(values: Samples, display: Display) -> tuple[tuple[int, int], ...]:
    """Return the stored values that the default window shows, wider ranges around them, and all
    that there are."""
    window = display.windows[0]
    lowest, highest = int(values.min()), int(values.max())
    ranges: list[tuple[int, int]] = []
    for wider in WIDER:
        low, high = stored_ends(display, WindowLevel(window.center, window.width * wider))
        ranges.append((math.floor(low), math.ceil(high)))
    return (*ranges, (min(lowest, ranges[-1][0]), max(highest, ranges[-1][1])))


def _pays(made: J2kFrame, plain: Samples, layers: Layers) -> bool:
    """Compare with one plane. It is coded for its lengths alone, and taken to be as good after each
    layer as was aimed at, which is in its favour."""
    window, _ = made.planes
    if window.alone[0].layers[-1] > READABLE:
        return False
    until = 1 + next(layer for layer, error in enumerate(layers.errors) if error <= READABLE)
    readable = everything = 0
    for place in cut(*plain.shape):
        tile = np.ascontiguousarray(_of(plain, place))
        lengths = index_tile(write_codestream(tile, layers, made.resolutions)).lengths
        readable += sum(map(sum, lengths[:until]))
        everything += sum(map(sum, lengths))
    first = sum(sum(tile.bytes) for tile in made.tiles if tile.plane == 0)
    both = sum(map(len, made.body))
    return first <= (1 - LEAST_SAVED) * readable and both <= (1 + MOST_MORE) * everything
