"""Why a segment is wanted, and how much displayed error its bytes remove.

First the tier decides, then the error that a byte removes. The errors are known for each plane and
layer of the whole frame, not for each tile; layers are defined by error, so within one layer all
tiles of a frame are equally urgent and go by their distance from the middle of the screen.

Planes remove errors of their own, but for a window plane and its difference: there it is the
picture of both that counts, so that through the default window the difference waits, and through
one that the window plane does not cover the difference's coarse layers come first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from streaming.manifest import Manifest
from streaming.vocabulary import WindowLevel
from streaming.window_plane import has_window_plane, shown

READABLE: Final = 4.0
"""Grey levels of error (RMSE, 0..255) at which a picture can be read."""
UNSEEN: Final = 128.0
"""Grey levels of error before the first layer: the picture is all mid-grey."""


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of one plane: what is sent before the next one begins."""

    plane: int
    layer: int


def ordered_steps(manifest: Manifest, window: WindowLevel | None) -> tuple[Step, ...]:
    """Return all steps, each time the one whose bytes remove most error; layers of a plane rise."""
    sizes = _layer_bytes(manifest)
    following = [0] * len(manifest.planes)
    steps: list[Step] = []
    total = sum(len(plane.layers) for plane in manifest.planes)
    while len(steps) < total:
        plane = max(
            (n for n, layer in enumerate(following) if layer < len(manifest.planes[n].layers)),
            key=lambda n: _removed(manifest, following, n, window) / sizes[n][following[n]],
        )
        steps.append(_step(plane, following[plane]))
        following[plane] += 1
    return tuple(steps)


@cache
def _step(plane: int, layer: int) -> Step:
    """Return the one Step of these numbers: orders are kept for each frame of each viewer."""
    return Step(plane, layer)


def layers_until(manifest: Manifest, rmse: float, window: WindowLevel | None) -> tuple[int, ...]:
    """Return for each plane how many layers it takes until no more than ``rmse`` grey levels are
    wrong."""
    if not has_window_plane(manifest):
        return tuple(
            manifest.layers_until(plane, rmse, window) for plane in range(len(manifest.planes))
        )
    layers = [0, 0]
    for step in ordered_steps(manifest, window):
        if _left(manifest, layers, window) <= rmse:
            break
        layers[step.plane] += 1
    return tuple(layers)


def _removed(
    manifest: Manifest, following: list[int], plane: int, window: WindowLevel | None
) -> float:
    """Return the error that the next layer of ``plane`` removes."""
    layer = following[plane]
    if has_window_plane(manifest):
        more = [layers + (number == plane) for number, layers in enumerate(following)]
        return _left(manifest, following, window) - _left(manifest, more, window)
    before = manifest.layer_rmse(plane, layer - 1, window) if layer else UNSEEN
    return max(0.0, before - manifest.layer_rmse(plane, layer, window))


def _left(manifest: Manifest, layers: list[int], window: WindowLevel | None) -> float:
    """Return the error of a window plane and its difference."""
    if not layers[0]:
        return UNSEEN
    return min(UNSEEN, shown(manifest, layers, window).rmse)


def _layer_bytes(manifest: Manifest) -> list[list[int]]:
    """Return the bytes of each plane's layers over all tiles; at least 1, constant tiles having
    none."""
    sizes = [[0] * len(plane.layers) for plane in manifest.planes]
    for tile in manifest.tiles:
        for layer, length in enumerate(tile.bytes):
            sizes[tile.plane][layer] += length
    return [[max(1, size) for size in plane] for plane in sizes]
