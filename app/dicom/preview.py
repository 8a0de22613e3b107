"""The Preview: an 8-bit WebP of the frame at its default window, on the screen before any decoder
is."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONG_SIDE: Final = 512
QUALITIES: Final = (50, 25, 8)
"""Tried in this order until the Preview is small enough."""
ENOUGH_BYTES: Final = 7_000
ENOUGH_FOR_LABELS: Final = 20_000
"""Palette images and labels have no coarse layers of their own: their Preview stands longer."""


def make_preview(picture: NDArray[np.uint8], labels: bool = False) -> bytes:
    """Return ``picture`` (grey or RGB) as WebP; pixels keep the aspect they have in the frame."""
    image = Image.fromarray(picture)
    scale = LONG_SIDE / max(image.size)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(
            size, Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BILINEAR
        )
    image = image.convert("RGB")
    enough = ENOUGH_FOR_LABELS if labels else ENOUGH_BYTES
    while True:
        for quality in QUALITIES:
            buffer = io.BytesIO()
            image.save(buffer, "WEBP", quality=quality, method=2)
            if buffer.tell() <= enough:
                return buffer.getvalue()
        # Noise: a smaller picture says as much.
        image = image.resize((-(-image.width // 2), -(-image.height // 2)), Image.Resampling.BOX)
