"""A JPEG 2000 codestream's samples, as many bits each as its header says."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Samples = NDArray[Any]
DEPTH_AT = 42
"""Where Ssiz of the first component stands: SIZ follows SOC (T.800 A.5.1)."""


def coded_samples(codestream: bytes) -> Samples:
    """Decode a codestream of unsigned samples: uint8 or uint16, ``(rows, columns)`` or ``(rows,
    columns, 3)``.

    Raises OSError where it does not decode.
    """
    with Image.open(io.BytesIO(codestream), formats=("JPEG2000",)) as image:
        samples = np.asarray(image)
    # Pillow scales samples of fewer bits up to 8 or 16.
    spare = samples.dtype.itemsize * 8 - ((codestream[DEPTH_AT] & 0x7F) + 1)
    return samples >> spare if spare > 0 else samples
