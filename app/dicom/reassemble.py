"""The stored samples of a coded frame, from its segments alone: what a viewer does, for checks and
exports."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.dicom.decode_j2k import coded_samples
from app.dicom.frame import EncodedFrame
from streaming.codestream.assemble import assemble
from streaming.codestream.scans import join_scans
from streaming.errors import ManifestError
from streaming.vocabulary import Coding

Samples = NDArray[Any]


def stored_samples(encoded: EncodedFrame) -> Samples:
    """Return all stored samples: int64 where the frame is exact, float64 where it was mapped.

    Shape ``(rows, columns)`` or ``(rows, columns, 3)``. Raises StreamingError on a body that does
    not fit.
    """
    manifest = encoded.manifest
    if manifest.coding is Coding.JPEG_SCANS:
        scans = [_segment(encoded, 0, layer, 0) for layer in range(manifest.layers_of(0))]
        return _decoded(join_scans(scans)).astype(np.int64)
    shape = (manifest.rows, manifest.columns, manifest.samples_per_pixel)
    frame = np.zeros(shape, np.int64)
    for number, tile in enumerate(manifest.tiles):
        plane = manifest.planes[tile.plane]
        samples = coded_tile(encoded, number).astype(np.int64) << plane.shift
        target = frame[tile.row : tile.row + tile.rows, tile.column : tile.column + tile.columns]
        if plane.component is None:
            target += samples
        else:
            target[:, :, plane.component] += samples[:, :, 0]
    frame = frame[:, :, 0] if manifest.samples_per_pixel == 1 else frame
    if manifest.mapping is not None:
        return frame * manifest.mapping.slope + manifest.mapping.intercept
    return frame - manifest.offset


def coded_tile(encoded: EncodedFrame, number: int) -> Samples:
    """Return the coded samples of one complete tile, ``(rows, columns, components)``."""
    manifest = encoded.manifest
    tile = manifest.tiles[number]
    if tile.constant is not None:
        return np.broadcast_to(
            np.array(tile.constant), (tile.rows, tile.columns, len(tile.constant))
        )
    if tile.header is None:
        raise ManifestError("The tile has neither a constant value nor a header.")
    header = manifest.headers[tile.header]
    layers = manifest.layers_of(number)
    held = {
        (resolution, layer): _segment(encoded, number, layer, resolution)
        for layer in range(layers)
        for resolution in range(len(header.packets))
    }
    samples = coded_samples(assemble(header.data, header.packets, layers, held))
    return samples if samples.ndim == 3 else samples[:, :, None]


def _segment(encoded: EncodedFrame, tile: int, layer: int, resolution: int) -> bytes:
    offset, length = encoded.index.locate(tile, layer, resolution)
    return encoded.body[offset : offset + length]


def _decoded(data: bytes) -> Samples:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)
