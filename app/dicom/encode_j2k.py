"""The coding ``j2k-layers``: every tile one reversible JPEG 2000 codestream with quality layers."""

from __future__ import annotations

import hashlib
import io
import math
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.dicom.layers import Layers
from app.dicom.mapping import CodedPlane
from app.dicom.tiles import Place, cut, resolutions_for
from app.errors import Undecodable
from streaming.codestream.assemble import assemble
from streaming.codestream.index import FrameIndex, IndexedTile, SegmentLengths, index_tile
from streaming.manifest import Header, Plane, Tile

Samples = NDArray[Any]


@dataclass(slots=True)
class J2kFrame:
    """A frame in the making: its planes, tiles, headers and body."""

    resolutions: int
    planes: list[Plane] = field(default_factory=list)
    tiles: list[Tile] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    lengths: list[SegmentLengths] = field(default_factory=list)
    body: list[bytes] = field(default_factory=list)

    @property
    def index(self) -> FrameIndex:
        return FrameIndex(tuple(self.lengths))

    def add_constant(self, plane: int, place: Place, tile: Samples) -> None:
        first = tile.reshape(-1, *tile.shape[2:])[0]
        values = tuple(int(value) for value in np.atleast_1d(first))
        self.tiles.append(
            Tile(
                plane=plane,
                column=place.column,
                row=place.row,
                columns=place.columns,
                rows=place.rows,
                sha256=digest(tile),
                constant=values,
            )
        )
        self.lengths.append(())

    def add_coded(self, plane: int, place: Place, tile: Samples, indexed: IndexedTile) -> None:
        header = Header(indexed.header, indexed.packets)
        if header not in self.headers:
            self.headers.append(header)
        self.tiles.append(
            Tile(
                plane=plane,
                column=place.column,
                row=place.row,
                columns=place.columns,
                rows=place.rows,
                sha256=digest(tile),
                header=self.headers.index(header),
                bytes=tuple(map(sum, indexed.lengths)),
            )
        )
        self.lengths.append(indexed.lengths)
        self.body.append(indexed.body)


def encode_planes(planes: Sequence[CodedPlane], layers: Sequence[Layers]) -> J2kFrame:
    """Cut the planes into tiles and code each; every codestream is decoded again and compared."""
    rows, columns = planes[0].samples.shape[:2]
    places = cut(rows, columns)
    made = J2kFrame(resolutions_for(places))
    for number, (plane, wanted) in enumerate(zip(planes, layers, strict=True)):
        worst = np.zeros(len(wanted.errors))
        for place in places:
            tile = np.ascontiguousarray(
                plane.samples[
                    place.row : place.row + place.rows,
                    place.column : place.column + place.columns,
                ]
            )
            if is_constant(tile):
                made.add_constant(number, place, tile)
            else:
                indexed = index_tile(encode_tile(tile, wanted, made.resolutions))
                worst = np.maximum(worst, measured_errors(tile, indexed, wanted.unit))
                made.add_coded(number, place, tile, indexed)
        made.planes.append(Plane(plane.component, plane.shift, stated(worst)))
    return made


def measured_errors(tile: Samples, indexed: IndexedTile, unit: float) -> NDArray[np.float64]:
    """Return the RMSE, in grey levels of ``unit`` stored units, that each layer leaves of the tile.

    OpenJPEG aims at an error and can miss it by a factor of two where there is little to see:
    what the screen states is measured. (Prefixes are short, so decoding them is quick.)
    """
    errors = np.zeros(len(indexed.lengths))
    for layer, samples in enumerate(decoded_prefixes(indexed, len(errors) - 1)):
        errors[layer] = rmse(samples, tile) / unit
    return errors


def decoded_prefixes(indexed: IndexedTile, layers: int) -> Iterator[Samples]:
    """Yield what a viewer decodes that holds one layer, two, and so on, up to ``layers``."""
    held: dict[tuple[int, int], bytes] = {}
    start = 0
    for layer in range(layers):
        for resolution, length in enumerate(indexed.lengths[layer]):
            held[resolution, layer] = indexed.body[start : start + length]
            start += length
        codestream = assemble(indexed.header, indexed.packets, len(indexed.lengths), held)
        yield decoded_samples(codestream)


def rmse(one: Samples, other: Samples) -> float:
    """Return the root of the mean square difference."""
    difference = one.astype(np.float32) - other
    return math.sqrt(float((difference**2).mean()))


def stated(worst: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the worst tile's errors, never rising from layer to layer, rounded up."""
    falling = np.maximum.accumulate(worst[::-1])[::-1]
    return tuple(math.ceil(error * 1000) / 1000 for error in falling)


def is_constant(tile: Samples) -> bool:
    """Say whether every pixel of the tile has the same value(s)."""
    return bool((tile == tile[:1, :1]).all())


def encode_tile(tile: Samples, layers: Layers, resolutions: int) -> bytes:
    """Return the codestream of one tile; its last layer is bit-exact, which is checked here.

    Raises Undecodable if it is not, which would be a fault of the encoder.
    """
    codestream = write_codestream(tile, layers, resolutions)
    again = decoded_samples(codestream)
    if again.dtype.itemsize != tile.dtype.itemsize or not np.array_equal(again, tile):
        raise Undecodable("The picture could not be coded without loss; it is not shown.")
    return codestream


def write_codestream(tile: Samples, layers: Layers, resolutions: int) -> bytes:
    """Return the codestream of one tile, lossless only if the last of the layers is."""
    buffer = io.BytesIO()
    image = Image.fromarray(tile)
    image.save(
        buffer,
        "JPEG2000",
        no_jp2=True,
        plt=True,
        irreversible=False,
        quality_mode="dB",
        quality_layers=list(layers.decibels),
        num_resolutions=resolutions,
        mct=1 if tile.ndim == 3 else 0,
    )
    return buffer.getvalue()


def decoded_samples(codestream: bytes) -> Samples:
    """Return the samples that a codestream decodes to."""
    with Image.open(io.BytesIO(codestream)) as image:
        return np.asarray(image)


def digest(samples: Samples) -> str:
    """Return the base64 SHA-256 of coded samples: little-endian, row by row, components
    interleaved."""
    little = samples.astype(samples.dtype.newbyteorder("<"), copy=False)
    return b64encode(hashlib.sha256(np.ascontiguousarray(little).tobytes()).digest()).decode()
