"""What a frame's samples must be, said by others: pydicom, and Pillow for JPEG sources."""

from __future__ import annotations

import hashlib
import io
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import generate_frames
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"


@dataclass(frozen=True)
class Samples:
    """Shape and SHA-256 of samples: little-endian, row by row, components interleaved."""

    shape: tuple[int, ...]
    dtype: str
    sha256: str


def of_array(array: NDArray[np.generic]) -> Samples:
    """Of samples as the page's typed arrays hold them: little-endian, the same item size."""
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    return Samples(array.shape, array.dtype.name, hashlib.sha256(little.tobytes()).hexdigest())


class Source:
    """One DICOM file read by pydicom, frame by frame, with the leniency pydicom has when forced."""

    def __init__(self, path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.dataset = dcmread(path, force=True)
        self.frames = int(self.dataset.get("NumberOfFrames") or 1)
        if not hasattr(self.dataset, "file_meta"):
            self.dataset.file_meta = FileMetaDataset()
        meta = self.dataset.file_meta
        if "TransferSyntaxUID" not in meta:
            implicit, little = self.dataset.original_encoding
            native = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
            meta.TransferSyntaxUID = native if little else ExplicitVRBigEndian
        self.transfer_syntax = UID(meta.TransferSyntaxUID)

    def frame(self, number: int) -> NDArray[np.generic]:
        """Frame ``number`` (from 1) of ``Dataset.pixel_array``; raises what pydicom raises."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            whole: NDArray[np.generic] = self._whole()
        return whole[number - 1] if self.frames > 1 else whole

    def _whole(self) -> NDArray[np.generic]:
        if not hasattr(self, "_samples"):
            if self.transfer_syntax == DEFLATED_FRAMES:
                self._inflate()
            self._samples = self.dataset.pixel_array
        return self._samples

    def _inflate(self) -> None:
        """Deflated Image Frame Compression (PS3.5 8.2.16), which pydicom does not decode: as native
        pixel data, for frames that fill whole bytes."""
        frames = generate_frames(self.dataset.PixelData, number_of_frames=self.frames)
        self.dataset.PixelData = b"".join(
            zlib.decompress(frame, -zlib.MAX_WBITS) for frame in frames
        )
        self.dataset["PixelData"].is_undefined_length = False
        self.dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian

    def jpeg(self, number: int) -> NDArray[np.generic]:
        """Pillow's decode of the source's own JPEG of frame ``number``."""
        frames = generate_frames(self.dataset.PixelData, number_of_frames=self.frames)
        data = next(frame for index, frame in enumerate(frames, 1) if index == number)
        image: NDArray[np.generic] = np.asarray(Image.open(io.BytesIO(data)))
        return image


def decodes(path: Path) -> bool:
    """Whether pydicom decodes the file's first frame."""
    try:
        Source(path).frame(1)
    except Exception:
        return False
    return True
