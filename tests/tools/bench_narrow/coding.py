"""A plane as layered JPEG 2000: bytes and picture after each layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.encode_j2k import decoded_prefixes, write_codestream
from app.dicom.layers import Layers
from streaming.codestream.index import index_tile

Samples = NDArray[Any]
RESOLUTIONS = 6


@dataclass(frozen=True, slots=True)
class Step:
    """So many bytes of a way of coding, and the stored values they show."""

    bytes: int
    picture: Samples


@dataclass(frozen=True, slots=True)
class Coded:
    """One way of coding one slice for one window."""

    steps: Sequence[Step]
    """As a reader at the window gets them."""
    wide: Sequence[Step]
    """As one gets them who turns to a wide window once the narrow one is readable: bytes more."""
    all_bytes: int
    exact: bool
    """Whether the stored values come back."""


def coded_plane(samples: Samples, layers: Layers) -> list[Step]:
    """Return the steps of one plane of integers (16 bits, whatever their offset)."""
    offset = int(samples.min())
    shifted = (samples - offset).astype(np.uint16)
    indexed = index_tile(write_codestream(shifted, layers, RESOLUTIONS))
    steps, held = [], 0
    lengths = indexed.lengths
    for layer, picture in enumerate(decoded_prefixes(indexed, len(lengths))):
        held += sum(lengths[layer])
        steps.append(Step(held, picture.astype(np.int64) + offset))
    return steps
