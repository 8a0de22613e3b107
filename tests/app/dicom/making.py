"""Small DICOM files made for one test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000, UID, ExplicitVRLittleEndian

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def make_dataset(samples: NDArray[Any], **attributes: Any) -> FileDataset:
    """A secondary capture of ``samples``: ``(rows, columns)`` grey or ``(rows, columns, 3)``
    RGB."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(SECONDARY_CAPTURE)
    meta.MediaStorageSOPInstanceUID = UID("1.2.3.4.5")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = SECONDARY_CAPTURE
    dataset.SOPInstanceUID = "1.2.3.4.5"
    dataset.StudyInstanceUID = "1.2.3"
    dataset.SeriesInstanceUID = "1.2.3.4"
    dataset.Modality = "OT"
    dataset.Rows, dataset.Columns = samples.shape[:2]
    dataset.SamplesPerPixel = 3 if samples.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if samples.ndim == 3 else "MONOCHROME2"
    if samples.ndim == 3:
        dataset.PlanarConfiguration = 0
    bits = samples.dtype.itemsize * 8
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = 1 if samples.dtype.kind == "i" else 0
    data = samples.astype(samples.dtype.newbyteorder("<")).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OB" if bits == 8 else "OW"
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def save(dataset: FileDataset, path: Path) -> Path:
    dataset.save_as(path, enforce_file_format=True)
    return path


def gradient(rows: int, columns: int, dtype: str = "u2") -> NDArray[Any]:
    """Rising from the left top to the right bottom, with a little deterministic texture."""
    y, x = np.mgrid[0:rows, 0:columns]
    values: NDArray[Any] = (x * 3 + y * 2 + (x * y) % 7).astype(dtype)
    return values


def write_j2k(path: Path, codestream: bytes, samples: NDArray[Any]) -> Path:
    """A file whose only frame is ``codestream``, of a picture like ``samples``, as lossy JPEG
    2000."""
    dataset = make_dataset(samples, LossyImageCompression="01")
    if samples.dtype.itemsize == 2:
        dataset.WindowCenter, dataset.WindowWidth = 2048, 4096
    if samples.ndim == 3:
        dataset.PhotometricInterpretation = "YBR_ICT"
    dataset.file_meta.TransferSyntaxUID = JPEG2000
    dataset.PixelData = encapsulate([codestream])
    dataset["PixelData"].is_undefined_length = True
    dataset["PixelData"].VR = "OB"
    return save(dataset, path)
