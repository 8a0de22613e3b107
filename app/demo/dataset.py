"""What all phantoms have in common: deterministic UIDs, and a header that says what they are."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

VERSION: Final = "2"
"""Raise it when a phantom changes: the set is then made anew, and its images are new instances."""
DATE: Final = "20261124"
LABEL: Final = "PHANTOM - NOT A PATIENT"
DESCRIPTION: Final = "Phantom, not a patient"


def phantom_uid(*names: object) -> str:
    """Return a UID under 2.25 that is always the same for the same names and version."""
    said = "/".join(map(str, ("firstlight phantom", VERSION, *names)))
    digest = hashlib.sha256(said.encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def new_dataset(
    name: str, sop_class: str, modality: str, number: int, syntax: UID = ExplicitVRLittleEndian
) -> FileDataset:
    """Return the header of instance ``number`` of the phantom called ``name``."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = UID(phantom_uid(name, "instance", number))
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = UID(phantom_uid("implementation"))
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = phantom_uid(name, "study")
    dataset.SeriesInstanceUID = phantom_uid(name, "series")
    dataset.StudyID = "1"
    dataset.AccessionNumber = ""
    dataset.PatientName = f"PHANTOM^{name.title()}"
    dataset.PatientID = f"PHANTOM-{name.upper()}"
    dataset.PatientBirthDate = "19700101"
    dataset.PatientSex = "O"
    dataset.Modality = modality
    dataset.Manufacturer = "Firstlight"
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = DATE
    dataset.StudyTime = dataset.SeriesTime = dataset.ContentTime = "031200"
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = number
    dataset.ImageComments = DESCRIPTION
    dataset.BurnedInAnnotation = "YES"
    dataset.SpecificCharacterSet = "ISO_IR 192"
    return dataset


def set_pixels(dataset: Dataset, samples: NDArray[np.generic], bits_stored: int) -> None:
    """Put grey ``samples`` (uint16 or int16, ``(rows, columns)``) into the dataset,
    uncompressed."""
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = samples.shape
    dataset.BitsAllocated = 16
    dataset.BitsStored = bits_stored
    dataset.HighBit = bits_stored - 1
    dataset.PixelRepresentation = 1 if samples.dtype.kind == "i" else 0
    dataset.PixelData = samples.astype(samples.dtype.newbyteorder("<")).tobytes()
    dataset["PixelData"].VR = "OW"


def save(dataset: FileDataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def written(text: str, shape: tuple[int, int], at: tuple[int, int], size: int) -> NDArray[np.bool_]:
    """Return where ``text`` covers a picture of ``shape``; ``at``: its left and top, ``size`` in
    pixels."""
    image = Image.new("L", (shape[1], shape[0]))
    ImageDraw.Draw(image).text(at, text, fill=255, font=ImageFont.load_default(size))
    return np.asarray(image) > 127
