"""The same pictures as a DICOMweb server has them for the peer: HTJ2K, J2K, and as they came.

Frames are whole answers on disk (multipart, PS3.18 8.6), so that byte ranges of them can be served.
Signed samples are shifted to unsigned and the rescale is left out, the window moved with them: what
is drawn is the same, and a sample that the peer decodes is the sample that was coded.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import imagecodecs
import numpy as np
import orjson
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit

from streaming.manifest import Manifest
from tests.tools.bench_link.images import Image, Instance

BOUNDARY: Final = "firstlight-bench"
HTJ2K_RPCL: Final = "1.2.840.10008.1.2.4.202"
TYPES: Final = {
    "htj2k": ("image/jphc", HTJ2K_RPCL),
    "j2k": ("image/jp2", str(JPEG2000Lossless)),
    "source": ("image/jpeg", str(JPEGBaseline8Bit)),
}
ATTRIBUTES: Final = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality"),
    *("InstanceNumber", "NumberOfFrames", "ImagePositionPatient", "ImageOrientationPatient"),
    *("PixelSpacing", "FrameOfReferenceUID", "SamplesPerPixel", "PhotometricInterpretation"),
    *("PlanarConfiguration", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"),
    *("PixelRepresentation", "WindowCenter", "WindowWidth"),
)


@dataclass(frozen=True)
class Picture:
    """The samples that the peer must come to, and the window they are judged in."""

    samples: NDArray[Any]
    center: float
    width: float
    """0: colour, or grey that is shown as it stands."""
    jpeg: bool
    """Whether the source is JPEG baseline."""


def write_files(image: Image, first: Instance, manifest: Manifest, folder: Path) -> Picture:
    """Write metadata and the first picture of ``image`` in every coding under ``folder``, and
    DICOM files in J2K for a DICOMweb server under ``folder/files``; return the first picture."""
    headers = [_header(each, manifest) for each in image.instances if each.series == first.series]
    dataset = dcmread(first.path)
    samples = _samples(dataset, manifest)
    coded = {"htj2k": _htj2k(samples), "j2k": _j2k(samples)}
    if dataset.file_meta.TransferSyntaxUID == JPEGBaseline8Bit:
        coded["source"] = next(generate_frames(dataset.PixelData, number_of_frames=first.frames))
    for coding, data in coded.items():
        series = folder / coding / "studies" / image.study / "series" / first.series
        frames = series / "instances" / first.uid / "frames"
        frames.mkdir(parents=True)
        (frames / "1").write_bytes(multipart(coding, data))
        described = [_described(header, coding) for header in headers]
        (series / "metadata").write_bytes(orjson.dumps(described))
    _write_dicom(image, first, manifest, folder / "files" / image.name)
    center, width = _window(manifest)
    return Picture(samples, center, width, "source" in coded)


def multipart(coding: str, data: bytes) -> bytes:
    """A frame's whole answer."""
    kind, syntax = TYPES[coding]
    head = f"\r\n--{BOUNDARY}\r\nContent-Type: {kind};transfer-syntax={syntax}\r\n\r\n"
    return head.encode() + data + f"\r\n--{BOUNDARY}--".encode()


def _samples(dataset: FileDataset, manifest: Manifest) -> NDArray[Any]:
    """The first frame, unsigned."""
    samples: NDArray[Any] = dataset.pixel_array
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        samples = samples[0]
    if samples.dtype.itemsize == 1:
        return samples
    return (samples.astype(np.int32) + manifest.offset).astype(np.uint16)


def _window(manifest: Manifest) -> tuple[float, float]:
    """The default window in the samples of ``_samples``."""
    display = manifest.display
    if manifest.samples_per_pixel != 1 or not display.windows:
        return 128.0, 0.0
    window = display.windows[0]
    center = (window.center - display.intercept) / display.slope + manifest.offset
    return center, window.width / display.slope


def _header(instance: Instance, manifest: Manifest) -> Dataset:
    source = dcmread(instance.path, stop_before_pixels=True)
    header = Dataset()
    for keyword in ATTRIBUTES:
        if keyword in source:
            header[keyword] = source[keyword]
    header.PixelRepresentation = 0
    if source.SamplesPerPixel == 1 and source.BitsAllocated == 16:
        header.BitsStored, header.HighBit = 16, 15
    center, width = _window(manifest)
    for keyword in ("WindowCenter", "WindowWidth"):
        if keyword in header:
            del header[keyword]
    if width:
        header.WindowCenter, header.WindowWidth = round(center, 3), round(width, 3)
    return header


def _described(header: Dataset, coding: str) -> dict[str, Any]:
    described = Dataset()
    described.update(header)
    if described.SamplesPerPixel == 3:
        described.PlanarConfiguration = 0
        described.PhotometricInterpretation = "YBR_FULL_422" if coding == "source" else "RGB"
    described.AvailableTransferSyntaxUID = TYPES[coding][1]
    plain: dict[str, Any] = described.to_json_dict()
    return plain


def _htj2k(samples: NDArray[Any]) -> bytes:
    """Reversible, in the order of resolutions (RPCL), with tile-part lengths: what .202 asks."""
    colour = samples.ndim == 3
    return bytes(
        imagecodecs.htj2k_encode(samples, reversible=True, tlm=True, rgb=True if colour else None)
    )


def _j2k(samples: NDArray[Any]) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(samples, level=0, reversible=True, codecformat="J2K"))


def _write_dicom(image: Image, first: Instance, manifest: Manifest, folder: Path) -> None:
    """Part 10 files in J2K: what a DICOMweb server that compresses would hold. Multi-frame sources
    stay as they are, since they are compressed already."""
    folder.mkdir(parents=True)
    for number, instance in enumerate(e for e in image.instances if e.series == first.series):
        dataset = dcmread(instance.path)
        if instance.frames == 1:
            samples = _samples(dataset, manifest)
            dataset.update(_header(instance, manifest))
            for keyword in ("RescaleSlope", "RescaleIntercept", "PixelPaddingValue"):
                if keyword in dataset:
                    del dataset[keyword]
            if samples.ndim == 3:
                dataset.PlanarConfiguration, dataset.PhotometricInterpretation = 0, "RGB"
            dataset.PixelData = encapsulate([_j2k(samples)])
            dataset["PixelData"].VR = "OB"
            dataset["PixelData"].is_undefined_length = True
            dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
        stored = io.BytesIO()
        dataset.save_as(stored, enforce_file_format=True, implicit_vr=False, little_endian=True)
        (folder / f"{number:03}.dcm").write_bytes(stored.getvalue())
