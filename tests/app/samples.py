"""Files that the tests of the application store: small images that pydicom ships."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

import pydicom
import pydicom.data
from pydicom.uid import UID

FOLDER: Final = Path(pydicom.data.__file__).parent / "test_files"
CT: Final = FOLDER / "CT_small.dcm"
MR: Final = FOLDER / "MR_small.dcm"
CINE: Final = FOLDER / "examples_ybr_color.dcm"
"""30 frames, JPEG baseline."""


def uids(path: Path) -> tuple[str, str, str]:
    """Study, series and SOP instance UID of a file."""
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    return (
        str(dataset.StudyInstanceUID),
        str(dataset.SeriesInstanceUID),
        str(dataset.SOPInstanceUID),
    )


def other_bytes(folder: Path) -> Path:
    """The CT with another comment: the same SOP Instance UID, other bytes."""
    dataset = pydicom.dcmread(CT)
    dataset.ImageComments = "not the same"
    path = folder / "other.dcm"
    dataset.save_as(path)
    return path


def slice_of_stack(folder: Path, number: int, height: float) -> Path:
    """The CT as slice ``number`` of a stack, at ``height`` mm along the patient."""
    dataset = pydicom.dcmread(CT)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID(f"1.2.3.4.{number}")
    dataset.InstanceNumber = number
    x, y, _ = dataset.ImagePositionPatient
    dataset.ImagePositionPatient = [x, y, height]
    path = folder / f"slice{number}.dcm"
    dataset.save_as(path)
    return path


def zipped(archive: Path, **entries: bytes) -> Path:
    """A zip of the given entries."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in entries.items():
            opened.writestr(name, data)
    return archive
