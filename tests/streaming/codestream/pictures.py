"""Pictures coded by Pillow as Firstlight codes them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[Any]


def waves(rows: int, columns: int, kind: str) -> Picture:
    """Return a smooth picture with noise: grey of 8 or 16 bits, or rgb."""
    noise = np.random.default_rng(rows * columns)
    down, across = np.mgrid[0:rows, 0:columns]
    grey = 1000 + 500 * np.sin(across / 9) + 400 * np.cos(down / 7)
    grey = grey + noise.integers(0, 60, grey.shape)
    if kind == "grey16":
        return np.asarray(grey, np.uint16)
    small = np.asarray(grey / 8, np.uint8)
    if kind == "grey8":
        return small
    return np.stack([small, small[::-1], small[:, ::-1]], axis=-1)


def j2k(picture: Picture, layers: int = 4, resolutions: int = 4, **options: Any) -> bytes:
    """Return the picture's codestream, reversible."""
    out = io.BytesIO()
    quality = [30 + 8 * layer for layer in range(layers - 1)]
    Image.fromarray(picture).save(
        out,
        "JPEG2000",
        **{
            "no_jp2": True,
            "plt": True,
            "irreversible": False,
            "quality_mode": "dB",
            "quality_layers": [*quality, 0],
            "num_resolutions": resolutions,
            "mct": int(picture.ndim == 3),
            **options,
        },
    )
    return out.getvalue()


def jpeg(picture: Picture, **options: Any) -> bytes:
    """Return the picture as a JPEG."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", **options)
    return out.getvalue()


def decoded(data: bytes) -> Picture:
    """Return what Pillow (OpenJPEG, libjpeg) decodes."""
    return np.asarray(Image.open(io.BytesIO(data)))
