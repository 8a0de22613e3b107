"""A CT of 200 slices out of a real one of 40: each slice five times, turned and mirrored.

Every slice is another picture with all the detail and noise of the scanner's, so that it codes to
about as many bytes as the real one; nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

SLICES: Final = 200
SPACING_MM: Final = 1.25

Turn = Callable[[NDArray[Any]], NDArray[Any]]
TURNS: Final[tuple[Turn, ...]] = (
    lambda picture: picture,
    np.fliplr,
    np.flipud,
    lambda picture: np.rot90(picture, 2),
    np.transpose,
)


def write_stack(slices: Sequence[Path], folder: Path) -> list[Path]:
    """Write ``SLICES`` files of one new study into ``folder``; return them from top to bottom."""
    folder.mkdir(parents=True, exist_ok=True)
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    written = []
    for number in range(SLICES):
        dataset = dcmread(slices[number % len(slices)])
        picture = TURNS[number // len(slices) % len(TURNS)](dataset.pixel_array)
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, series
        dataset.FrameOfReferenceUID = frame
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset.InstanceNumber = number + 1
        left, top, _ = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [left, top, -SPACING_MM * number]
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.PixelData = np.ascontiguousarray(picture).tobytes()
        dataset["PixelData"].VR = "OW"
        path = folder / f"{number + 1:03}.dcm"
        dataset.save_as(path, enforce_file_format=True, implicit_vr=False, little_endian=True)
        written.append(path)
    return written
