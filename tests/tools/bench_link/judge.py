"""The error of a picture that the peer drew, in the same measure as ours.

RMSE in display grey levels (0..255) at the default window, at the size shown: picture and truth are
windowed, brought to the size that the phone's screen gives them (the mean of the samples where that
is smaller, bilinear where the peer holds a lower resolution) and compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float64]


def windowed(samples: NDArray[Any], center: float, width: float) -> Grey:
    """Return grey levels; ``width`` 0: as they stand (colour)."""
    values = samples.astype(np.float64)
    return values if width == 0 else np.clip((values - center) / width + 0.5, 0, 1) * 255


def shown_error(
    samples: NDArray[Any], truth: NDArray[Any], window: tuple[float, float], scale: float
) -> float:
    """Return the RMSE of ``samples`` against ``truth`` (rows x columns, or x 3).

    ``scale``: device pixels for one pixel of ``truth``; above 1 the samples are compared.
    """
    rows = max(1, round(truth.shape[0] * min(1.0, scale)))
    columns = max(1, round(truth.shape[1] * min(1.0, scale)))
    seen = _sized(windowed(samples, *window), rows, columns)
    wanted = _sized(windowed(truth, *window), rows, columns)
    return float(np.sqrt(np.mean((seen - wanted) ** 2)))


def _sized(grey: Grey, rows: int, columns: int) -> Grey:
    if grey.ndim == 3:
        planes = [_sized(grey[:, :, number], rows, columns) for number in range(grey.shape[2])]
        return np.stack(planes, axis=-1)
    if grey.shape == (rows, columns):
        return grey
    image = Image.fromarray(grey.astype(np.float32))
    sized = image.resize((columns, rows), Image.Resampling.BILINEAR)
    return np.asarray(sized, dtype=np.float64)
