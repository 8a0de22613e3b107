"""Real images that pydicom carries inside its wheel: nothing is fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pydicom.data

NAMES: Final = (
    "CT_small.dcm",  # CT, 128 x 128, signed 16 bit
    "693_J2KI.dcm",  # head CT, 512 x 512, lossy JPEG 2000
    "MR_small.dcm",  # MR, 64 x 64
    "JPEG2000.dcm",  # nuclear medicine, JPEG 2000
    "J2K_pixelrep_mismatch.dcm",  # CT, JPEG 2000 whose sign bit is not the header's
    "examples_jpeg2k.dcm",  # ultrasound, RGB, JPEG 2000
    "examples_rgb_color.dcm",  # ultrasound, RGB, uncompressed
    "examples_palette.dcm",  # ultrasound, 8-bit palette
    "examples_ybr_color.dcm",  # ultrasound cine, 30 frames, JPEG baseline
    "examples_overlay.dcm",  # MR with an overlay
    "rtdose.dcm",  # radiation dose, 15 frames of 32 bit
)


def sample_files() -> tuple[Path, ...]:
    """Return the samples that the installed pydicom has."""
    folder = Path(pydicom.data.__file__).parent / "test_files"
    return tuple(path for name in NAMES if (path := folder / name).is_file())
