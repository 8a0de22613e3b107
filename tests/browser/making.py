"""Small DICOM files that exercise what the viewer draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid


def shipped(name: str) -> Path:
    """A file that comes with pydicom."""
    found = get_testdata_file(name)
    assert isinstance(found, str)
    return Path(found)


def _dataset(modality: str, study: str, series: str, number: int) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", Dataset(), file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, series
    dataset.PatientName, dataset.PatientID = "TEST^Reader", "T-1"
    dataset.Modality, dataset.StudyDate, dataset.StudyDescription = (
        modality,
        "20261124",
        "Reader test",
    )
    dataset.SeriesNumber, dataset.InstanceNumber = 1, number
    return dataset


def _pixels(dataset: FileDataset, samples: NDArray[np.integer[Any]], bits: int, kind: str) -> None:
    dataset.Rows, dataset.Columns = samples.shape[:2]
    dataset.SamplesPerPixel = 1 if samples.ndim == 2 else samples.shape[2]
    if samples.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = kind
    dataset.BitsAllocated = samples.dtype.itemsize * 8
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = bits, bits - 1, 0
    dataset.PixelData = samples.tobytes()


def write_stack(folder: Path, slices: Sequence[NDArray[Any]]) -> Path:
    """CT slices in Hounsfield units as one series."""
    folder.mkdir(parents=True, exist_ok=True)
    study, series = generate_uid(), generate_uid()
    for number, hounsfield in enumerate(slices, start=1):
        dataset = _dataset("CT", study, series, number)
        dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = -1024, 1, "HU"
        dataset.WindowCenter, dataset.WindowWidth = 40, 80
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.ImagePositionPatient = [-115, -115, number * 3]
        dataset.PixelSpacing = [0.45, 0.45]
        _pixels(
            dataset,
            np.clip(np.rint(hounsfield + 1024), 0, 4095).astype(np.uint16),
            12,
            "MONOCHROME2",
        )
        dataset.save_as(folder / f"{number:03}.dcm", enforce_file_format=True)
    return folder


def write_luts(path: Path) -> Path:
    """MONOCHROME1 with a modality and a VOI LUT, padding, tall pixels, several tiles."""
    dataset = _dataset("OT", generate_uid(), generate_uid(), 1)
    rows, columns = np.mgrid[0:700, 0:900]
    samples = (200 + rows + columns // 2).astype(np.uint16)
    samples[:40] = 0
    dataset.PixelPaddingValue = 0
    dataset.PixelSpacing = [0.6, 0.3]
    modality = Dataset()
    modality.LUTDescriptor, modality.ModalityLUTType = [1400, 100, 16], "US"
    modality.LUTData = np.arange(1400, dtype=np.uint16) * 3
    dataset.ModalityLUTSequence = Items([modality])
    voi = Dataset()
    voi.LUTDescriptor, voi.LUTExplanation = [4200, 0, 12], "GAMMA"
    voi.LUTData = np.rint(4095 * (np.arange(4200) / 4199) ** 1.8).astype(np.uint16)
    dataset.VOILUTSequence = Items([voi])
    _pixels(dataset, samples, 16, "MONOCHROME1")
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_colour(path: Path) -> Path:
    """Uncompressed RGB in several tiles."""
    dataset = _dataset("US", generate_uid(), generate_uid(), 1)
    rows, columns = np.mgrid[0:600, 0:800]
    samples = np.stack([rows % 256, columns % 256, (rows + columns) // 6 % 256], axis=-1).astype(
        np.uint8
    )
    _pixels(dataset, samples, 8, "RGB")
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_large(path: Path, shape: tuple[int, int]) -> Path:
    """Grey, of so many rows and columns, with values near the window's edges."""
    dataset = _dataset("CR", generate_uid(), generate_uid(), 1)
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    samples = (2000 + 1800 * np.sin(columns / 40) * np.cos(rows / 30)).astype(np.uint16)
    dataset.WindowCenter, dataset.WindowWidth = 2000, 3000
    _pixels(dataset, samples, 12, "MONOCHROME2")
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_cine(path: Path, frames: int, side: int = 512) -> Path:
    """A long grey multi-frame of 12 bits: a disc in noise, packing about as a CT does."""
    dataset = _dataset("XA", generate_uid(), generate_uid(), 1)
    noise = np.random.default_rng(3).normal(0, 12, (side * 2, side * 2))
    rows, columns = np.mgrid[0:side, 0:side] / side - 0.5
    samples = np.empty((frames, side, side), np.uint16)
    for number in range(frames):
        angle = 2 * np.pi * number / frames
        disc = np.hypot(rows - 0.2 * np.sin(angle), columns - 0.2 * np.cos(angle)) < 0.2
        at = number % side
        samples[number] = 1000 + 600 * disc + noise[at : at + side, at : at + side]
    dataset.NumberOfFrames = frames
    dataset.WindowCenter, dataset.WindowWidth = 1300, 1200
    _pixels(dataset, samples[0], 12, "MONOCHROME2")
    dataset.PixelData = samples.tobytes()
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_flat_cine(path: Path, levels: Sequence[int], frames: int = 6) -> Path:
    """Upright bars of flat grey, the same in every frame; the file gives no frame rate."""
    dataset = _dataset("US", generate_uid(), generate_uid(), 1)
    bars = np.repeat(np.array([levels], np.uint8), 64, axis=1).repeat(192, axis=0)
    _pixels(dataset, bars, 8, "MONOCHROME2")
    dataset.NumberOfFrames = frames
    dataset.PixelData = bars.tobytes() * frames
    dataset.save_as(path, enforce_file_format=True)
    return path
