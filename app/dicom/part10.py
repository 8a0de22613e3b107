"""Reading a DICOM file (PS3.10), also without preamble or File Meta Information, and refusing what
holds no picture."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydicom import config, dcmread
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from app.dicom.attributes import BAD_VALUE, integer, text, value_of
from app.dicom.transfer import check_transfer_syntax, guess_encapsulated, is_encapsulated
from app.errors import NoPixels, NotDicom, TooLarge, Truncated, UnsupportedPixels

PREAMBLE_BYTES: Final = 128
LARGE_FILE_BYTES: Final = 64 << 20
"""From this size on the pixel data are not read with the rest, but frame by frame."""
MAX_FRAME_PIXELS: Final = 160_000_000
MAX_SIDE: Final = 65_535
PIXEL_KEYWORDS: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
DIRECTORY: Final = "1.2.840.10008.1.3.10"
TELLING: Final = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "Modality",
    "Rows",
    "PatientName",
)
OTHER_FORMATS: Final = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a Windows bitmap"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
)

# A value that breaks its VR is no reason to refuse a picture; what is needed is checked where it
# is used.
config.settings.reading_validation_mode = config.IGNORE


@dataclass(slots=True)
class Part10:
    """A file that was read and holds a picture. Its pixels are not decoded yet."""

    path: Path
    dataset: Dataset
    transfer_syntax: UID
    pixel_keyword: str
    frames: int
    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    warnings: list[str] = field(default_factory=list)
    value_range: tuple[float, float] | None = None
    """Once known: range of the instance's stored values, for the window of frames that have
    none."""

    @property
    def is_encapsulated(self) -> bool:
        return is_encapsulated(self.transfer_syntax)

    @property
    def is_big_endian(self) -> bool:
        return self.transfer_syntax == ExplicitVRBigEndian

    @property
    def is_float(self) -> bool:
        return self.pixel_keyword != "PixelData"

    @property
    def pixel_offset(self) -> int | None:
        """Where the pixel data's value begins in a large file whose pixel data were left there."""
        element = self.dataset.get_item(self.pixel_keyword, keep_deferred=True)
        if isinstance(element, RawDataElement) and element.value is None and element.length:
            return int(element.value_tell)
        return None


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pydicom's warnings, which quote values of the file, from stderr and from any log."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)


def read_part10(path: Path) -> Part10:
    """Read the file at ``path``.

    Raises NotDicom, NoPixels, UnsupportedTransferSyntax, UnsupportedPixels, TooLarge or Truncated.
    """
    dataset = _read(path)
    notes: list[str] = []
    keyword = _pixel_keyword(dataset)
    syntax = _transfer_syntax(dataset, keyword, notes)
    check_transfer_syntax(syntax)
    part10 = _described(path, dataset, syntax, keyword)
    part10.warnings.extend(notes)
    _check_length(part10)
    return part10


def _read(path: Path) -> Dataset:
    with path.open("rb") as file:
        head = file.read(PREAMBLE_BYTES + 4)
    if not head:
        raise NotDicom("The file is empty: send it again.")
    headless = head[PREAMBLE_BYTES:] != b"DICM"
    if headless:
        for magic, name in OTHER_FORMATS:
            if head.startswith(magic):
                raise NotDicom(f"This is {name}, not a DICOM file.")
    size = path.stat().st_size
    defer = LARGE_FILE_BYTES if size >= LARGE_FILE_BYTES else None
    try:
        dataset = dcmread(path, force=headless, defer_size=defer)
        telling = _is_telling(dataset, headless)
    except MemoryError:
        raise
    except (InvalidDicomError, EOFError, OSError, *BAD_VALUE, RecursionError) as error:
        raise _unreadable(headless) from error
    except Exception as error:  # zlib.error, struct.error and what else a damaged header provokes
        raise _unreadable(headless) from error
    if not telling:
        raise _unreadable(headless)
    return dataset


def _is_telling(dataset: Dataset, headless: bool) -> bool:
    """Say whether what was read can be DICOM: without a header, any bytes read as elements."""
    if headless:
        return any(value_of(dataset, keyword) is not None for keyword in TELLING)
    return any(keyword_for_tag(tag) for tag in dataset.keys())  # noqa: SIM118 - a Dataset iterates values


def _unreadable(headless: bool) -> NotDicom:
    if headless:
        return NotDicom(
            "This is not a DICOM file: it has no DICOM header and none of its attributes."
        )
    return NotDicom("The DICOM file is damaged and cannot be read: export and send it again.")


def _pixel_keyword(dataset: Dataset) -> str:
    for keyword in PIXEL_KEYWORDS:
        element = dataset.get_item(keyword, keep_deferred=True) if keyword in dataset else None
        if element is not None and (element.value or getattr(element, "length", 0)):
            return keyword
    kind = text(dataset, "SOPClassUID")
    meta = getattr(dataset, "file_meta", None)
    if not kind and meta is not None:
        kind = text(meta, "MediaStorageSOPClassUID")
    if kind == DIRECTORY or "DirectoryRecordSequence" in dataset:
        raise NoPixels(
            "This is a DICOMDIR, a table of contents: send the image files it lists instead."
        )
    name = UID(kind).name
    if kind and name != kind and "Image" not in name:
        raise NoPixels(f"This DICOM file holds no picture: it is of the kind {name}.")
    raise NoPixels("This DICOM file holds no picture: it has no pixel data.")


def _transfer_syntax(dataset: Dataset, keyword: str, notes: list[str]) -> UID:
    meta = getattr(dataset, "file_meta", None)
    given = text(meta, "TransferSyntaxUID") if meta is not None else ""
    if given:
        return UID(given)
    implicit, little = dataset.original_encoding
    element = dataset.get_item(keyword, keep_deferred=True)
    if (
        getattr(element, "is_undefined_length", False)
        or getattr(element, "length", 0) == 0xFFFFFFFF
    ):
        guessed = guess_encapsulated(dataset.get(keyword) or b"")
    elif implicit:
        guessed = ImplicitVRLittleEndian
    else:
        guessed = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
    if meta is None:
        dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = guessed
    notes.append(f"The file does not name its transfer syntax; it was read as {guessed.name}.")
    return guessed


def _described(path: Path, dataset: Dataset, syntax: UID, keyword: str) -> Part10:
    rows, columns = _needed(dataset, "Rows"), _needed(dataset, "Columns")
    samples = integer(dataset, "SamplesPerPixel") or 1
    allocated = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}.get(keyword)
    allocated = allocated or _needed(dataset, "BitsAllocated")
    stored = integer(dataset, "BitsStored") or allocated
    frames = _frames(dataset)
    if samples not in (1, 3):
        raise UnsupportedPixels(
            f"Pictures of {samples} samples a pixel are not shown: send them as RGB."
        )
    if allocated not in (1, 8, 16, 32, 64):
        raise UnsupportedPixels(
            f"Pixels of {allocated} bits allocated are not shown: export the image with 16."
        )
    if rows > MAX_SIDE or columns > MAX_SIDE or rows * columns > MAX_FRAME_PIXELS:
        raise TooLarge(
            f"The picture says it is {columns} x {rows} pixels; "
            f"up to {MAX_FRAME_PIXELS // 1_000_000} million pixels are shown."
        )
    return Part10(
        path=path,
        dataset=dataset,
        transfer_syntax=syntax,
        pixel_keyword=keyword,
        frames=frames,
        rows=rows,
        columns=columns,
        samples=samples,
        bits_allocated=allocated,
        bits_stored=min(stored, allocated),
        signed=keyword == "PixelData" and integer(dataset, "PixelRepresentation") == 1,
    )


def _needed(dataset: Dataset, keyword: str) -> int:
    found = integer(dataset, keyword)
    if not found or found < 0:
        raise UnsupportedPixels(
            f"The file does not describe its pixels ({keyword} is missing or zero): "
            "export it again."
        )
    return found


def _frames(dataset: Dataset) -> int:
    if text(dataset, "NumberOfFrames") == "" and "NumberOfFrames" not in dataset:
        return 1
    given = integer(dataset, "NumberOfFrames")
    if given is None and text(dataset, "NumberOfFrames"):
        raise UnsupportedPixels("Number of Frames is not a number: export the image again.")
    return max(given or 1, 1)


def _check_length(part10: Part10) -> None:
    """Refuse native pixel data that are shorter than the header says (PS3.5 8.1.1)."""
    if part10.is_encapsulated:
        return
    element = part10.dataset.get_item(part10.pixel_keyword, keep_deferred=True)
    offset = part10.pixel_offset
    if offset is None:
        actual = len(element.value) if element is not None else 0
    else:
        stated = element.length if isinstance(element, RawDataElement) else 0
        actual = min(stated, part10.path.stat().st_size - offset)
    bits = part10.rows * part10.columns * part10.samples * part10.bits_allocated * part10.frames
    if text(part10.dataset, "PhotometricInterpretation") == "YBR_FULL_422" and part10.samples == 3:
        bits = bits * 2 // 3
    expected = math.ceil(bits / 8)
    if actual < expected:
        raise Truncated(
            f"The file is cut off: {actual} of {expected} bytes of pixel data are there. "
            "Send it again.",
            expected=expected,
            actual=actual,
        )
