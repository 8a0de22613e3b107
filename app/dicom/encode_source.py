"""The coding ``j2k-source``: a lossy JPEG 2000 frame in its own bytes, told in quality layers.

LOSSLESS then means the source's own code-blocks, every byte of them; the digest is over the
codestream that the viewer puts together. What it decodes to was compared here with pydicom's
samples, all of them.
"""

from __future__ import annotations

import hashlib
import math
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.dicom.cut_source import cut_blocks, error_of, thresholds
from app.dicom.decode_j2k import coded_samples
from app.dicom.layers import layers_for
from streaming.codestream.index import FrameIndex, IndexedTile
from streaming.codestream.source import read_source
from streaming.codestream.source_layers import index_source, layered_source
from streaming.errors import CodestreamError
from streaming.manifest import Header, Plane, Tile

Samples = NDArray[Any]
J2K_SYNTAXES: Final = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")
LOSSY_SYNTAX: Final = "1.2.840.10008.1.2.4.91"
MOST_BYTES: Final = 1.05
"""Of the source's: what its layers may take. The manifest comes on top of it; 1.1 is the limit."""
CODESTREAM: Final = b"\xff\x4f\xff\x51"
CONTIGUOUS_CODESTREAM: Final = b"jp2c"


@dataclass(frozen=True, slots=True)
class SourceFrame:
    planes: tuple[Plane, ...]
    tiles: tuple[Tile, ...]
    headers: tuple[Header, ...]
    resolutions: int
    precision: int
    offset: int
    """What the coded samples are above the stored ones: half of the range where these are
    signed."""
    index: FrameIndex
    body: bytes


def codestream_of(source: bytes) -> bytes:
    """Return the codestream of a frame, out of the JP2 boxes that some writers put around it
    (T.800 I.4); as it is where there are none."""
    place = 0
    while not source.startswith(CODESTREAM, place) and place + 8 <= len(source):
        length = int.from_bytes(source[place : place + 4], "big")
        if source[place + 4 : place + 8] == CONTIGUOUS_CODESTREAM:
            end = place + length if length > 1 else len(source)
            return source[place + (16 if length == 1 else 8) : end]
        if length < 8:
            break
        place += length
    return source[place:] if place == 0 else source


def is_irreversible(source: bytes) -> bool:
    """Say whether a frame's codestream is sound and uses the 9/7 wavelet (T.800 A.6.1)."""
    try:
        return not read_source(codestream_of(source)).style.reversible
    except CodestreamError:
        return False


def encode_source(source: bytes, decoded: Samples, unit: float | None) -> SourceFrame | None:
    """Cut the JPEG 2000 ``source`` of a frame into layers; None where that cannot be done.

    Parameters
    ----------
    source
        The frame's bytes in the file.
    decoded
        What pydicom made of them: ``(rows, columns)`` or ``(rows, columns, 3)``.
    unit
        Stored units of one grey level at the default window; None where errors are no grey levels.
    """
    codestream = codestream_of(source)
    try:
        indexed = index_source(codestream)
        depth = indexed.header[42]
        offset = 1 << (depth & 0x7F) if _is_signed(codestream) else 0
        whole = coded_samples(indexed.whole())
        if not _same(whole, offset, decoded):
            return None
        if unit is not None and unit > 0:
            indexed, errors = _layered(codestream, indexed, whole, unit)
        elif len(indexed.lengths) == 1:
            errors = [0.0]
        else:
            return None
    except (CodestreamError, OSError):
        return None
    return _frame(indexed, errors, whole, offset)


def _is_signed(codestream: bytes) -> bool:
    return codestream[42] > 0x7F


def _same(whole: Samples, offset: int, decoded: Samples) -> bool:
    return whole.shape == decoded.shape and np.array_equal(
        whole.astype(np.int64) - offset, decoded.astype(np.int64)
    )


def _layered(
    codestream: bytes, own: IndexedTile, whole: Samples, unit: float
) -> tuple[IndexedTile, list[float]]:
    """Return the source in layers of ours, else in its own, and the error that each leaves."""
    try:
        source = layered_source(codestream)
    except CodestreamError:
        return own, _errors(own, whole, unit)
    wanted = layers_for(unit, int(np.iinfo(whole.dtype).max)).errors[:-1]
    limits = thresholds(source, whole, unit, wanted) if wanted else []
    made = source.told(cut_blocks(source, limits), len(limits) + 1)
    if len(made.body) > MOST_BYTES * len(codestream):
        return own, _errors(own, whole, unit)
    if not np.array_equal(coded_samples(made.whole()), whole):
        raise CodestreamError("The source does not decode to its own samples when it is cut.")
    return made, _errors(made, whole, unit)


def _errors(indexed: IndexedTile, whole: Samples, unit: float) -> list[float]:
    """Return the RMSE in grey levels after each layer, never rising, rounded up; the last is 0."""
    errors = [0.0]
    for layers in range(len(indexed.lengths) - 1, 0, -1):
        error = error_of(indexed.whole(layers), whole, unit)
        errors.append(max(math.ceil(error * 1000) / 1000, errors[-1]))
    return errors[::-1]


def _frame(
    indexed: IndexedTile, errors: Sequence[float], whole: Samples, offset: int
) -> SourceFrame:
    rows, columns = whole.shape[:2]
    all_of_it = indexed.whole()
    tile = Tile(
        plane=0,
        column=0,
        row=0,
        columns=columns,
        rows=rows,
        sha256=b64encode(hashlib.sha256(all_of_it).digest()).decode(),
        header=0,
        bytes=tuple(map(sum, indexed.lengths)),
    )
    return SourceFrame(
        planes=(Plane(None, 0, tuple(errors)),),
        tiles=(tile,),
        headers=(Header(indexed.header, indexed.packets),),
        resolutions=len(indexed.packets),
        precision=(indexed.header[42] & 0x7F) + 1,
        offset=offset,
        index=FrameIndex((indexed.lengths,)),
        body=indexed.body,
    )
