"""Measured error of a coded frame at each layer, at the resolution a phone shows.

The measure is the viewer's: what is held is put together by ``streaming.codestream``, decoded by
OpenJPEG (through Pillow) at the reduced resolution, windowed with the frame's default window, and
compared in 8-bit grey levels with the same picture at the last layer.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.dicom.encode import EncodedFrame
from streaming.codestream.assemble import assemble
from streaming.codestream.scans import join_scans
from streaming.manifest import Manifest
from streaming.priority import ordered_steps
from streaming.vocabulary import Coding
from streaming.window_plane import has_window_plane
from streaming.window_plane import shown as shown_planes

PHONE_COLUMNS, PHONE_ROWS = 720, 1280
"""Device pixels of a 360 x 640 phone at a pixel ratio of 2."""

Samples = NDArray[np.float64]


def phone_reduction(manifest: Manifest) -> int:
    """Resolutions a phone leaves out when the frame fits its screen."""
    scale = min(PHONE_COLUMNS / manifest.columns, PHONE_ROWS / manifest.rows)
    return max(0, min(manifest.resolutions - 1, math.floor(math.log2(1 / scale))))


def segment(encoded: EncodedFrame, tile: int, layer: int, resolution: int) -> bytes:
    offset, length = encoded.index.locate(tile, layer, resolution)
    return encoded.body[offset : offset + length]


def tile_codestream(encoded: EncodedFrame, tile: int, layers: int, resolutions: int) -> bytes:
    """A valid codestream of a tile's first ``layers`` layers, at its first ``resolutions``."""
    manifest = encoded.manifest
    place = manifest.tiles[tile]
    assert place.header is not None
    header = manifest.headers[place.header]
    total = len(manifest.planes[place.plane].layers)
    held = {
        (resolution, layer): segment(encoded, tile, layer, resolution)
        for layer in range(layers)
        for resolution in range(resolutions)
    }
    return assemble(header.data, header.packets, total, held)


def decode_tile(encoded: EncodedFrame, tile: int, layers: int, reduction: int) -> Samples:
    """Coded samples of one tile, rows x columns x components, at a reduced resolution."""
    place = encoded.manifest.tiles[tile]
    if place.constant is not None:
        rows = -(-place.rows // (1 << reduction))
        columns = -(-place.columns // (1 << reduction))
        return np.broadcast_to(
            np.array(place.constant, float), (rows, columns, len(place.constant))
        ).copy()
    data = tile_codestream(encoded, tile, layers, encoded.manifest.resolutions - reduction)
    image = Image.open(io.BytesIO(data))
    image.reduce = reduction  # type: ignore[assignment, method-assign]  # a number until loaded
    image.load()
    samples = np.asarray(image)
    # Pillow scales samples of fewer bits up to 8 or 16.
    samples = samples >> (samples.dtype.itemsize * 8 - precision(data))
    return (samples if samples.ndim == 3 else samples[:, :, None]).astype(float)


def precision(codestream: bytes) -> int:
    """Bits of a sample: Ssiz of the first component (T.800 A.5.1)."""
    return (codestream[42] & 0x7F) + 1


def shown(encoded: EncodedFrame, layers: tuple[int, ...], reduction: int) -> Samples:
    """Grey levels (0..255) of the whole frame with so many layers of each plane, default window."""
    manifest = encoded.manifest
    if manifest.coding is Coding.JPEG_SCANS:
        scans = [segment(encoded, 0, layer, 0) for layer in range(layers[0])]
        picture = np.asarray(Image.open(io.BytesIO(join_scans(scans)))).astype(float)
        coded = picture if picture.ndim == 3 else picture[:, :, None]
    else:
        drawn, offset = _drawn(manifest, layers)
        return _windowed(manifest, _frame(encoded, drawn, reduction), offset)
    return _windowed(manifest, coded, manifest.offset)


def _drawn(manifest: Manifest, layers: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """The layers that the viewer draws, a window plane alone where that is better; the offset."""
    if has_window_plane(manifest) and shown_planes(manifest, layers, None).planes == 1:
        return (layers[0], 0), -manifest.planes[0].alone[0].low
    return layers, manifest.offset


def _frame(encoded: EncodedFrame, layers: tuple[int, ...], reduction: int) -> Samples:
    manifest = encoded.manifest
    step = 1 << reduction
    components = manifest.samples_per_pixel
    frame = np.zeros((-(-manifest.rows // step), -(-manifest.columns // step), components))
    for number, place in enumerate(manifest.tiles):
        plane = manifest.planes[place.plane]
        if not layers[place.plane]:
            continue
        tile = decode_tile(encoded, number, layers[place.plane], reduction)
        top, left = place.row // step, place.column // step
        target = frame[top : top + tile.shape[0], left : left + tile.shape[1]]
        if plane.component is None:
            target += tile * (1 << plane.shift)
        else:
            target[:, :, plane.component] += tile[:, :, 0] * (1 << plane.shift)
    return frame


def _windowed(manifest: Manifest, coded: Samples, offset: int) -> Samples:
    display = manifest.display
    if manifest.samples_per_pixel == 3 or display.palette is not None or not display.windows:
        return coded / 2.0 ** max(0, manifest.bits_stored - 8)
    value = (coded - offset) * display.slope + display.intercept
    window = display.windows[0]
    grey: Samples = np.clip((value - window.center) / max(window.width, 1e-9) + 0.5, 0, 1)
    return grey * 255


def bytes_and_error(encoded: EncodedFrame) -> Iterator[tuple[int, float]]:
    """For each step of the default window: bytes held at phone resolution so far, and the RMSE
    (gl) that remains. Planes without a window plane take their steps together, layer by layer."""
    manifest = encoded.manifest
    reduction = 0 if manifest.coding is Coding.JPEG_SCANS else phone_reduction(manifest)
    resolutions = manifest.resolutions - reduction
    every = tuple(len(plane.layers) for plane in manifest.planes)
    exact = shown(encoded, every, reduction)
    for layers in _layers_in_order(manifest):
        held = sum(
            encoded.index.locate(tile, layer, resolution)[1]
            for tile, place in enumerate(manifest.tiles)
            if place.constant is None
            for layer in range(layers[place.plane])
            for resolution in range(resolutions)
        )
        difference = shown(encoded, layers, reduction) - exact
        yield held, float(np.sqrt(np.mean(difference**2)))


def _layers_in_order(manifest: Manifest) -> Iterator[tuple[int, ...]]:
    every = [len(plane.layers) for plane in manifest.planes]
    if not has_window_plane(manifest):
        for layer in range(max(every)):
            yield tuple(min(layer + 1, count) for count in every)
        return
    layers = [0] * len(every)
    for step in ordered_steps(manifest, None):
        layers[step.plane] = step.layer + 1
        yield tuple(layers)
