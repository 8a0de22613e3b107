"""Decoding one frame to its stored samples, equal to pydicom's ``Dataset.pixel_array``."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import as_pixel_options

from app.dicom.attributes import text
from app.dicom.part10 import Part10, quiet, read_part10
from app.dicom.transfer import DEFLATED_IMAGE_FRAME
from app.errors import FrameMissing, TooLarge, Truncated, Undecodable

Samples = NDArray[Any]


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """The stored samples of one frame, in the machine's byte order."""

    samples: Samples
    """``(rows, columns)``, or ``(rows, columns, 3)`` for colour; the dtype is the one pydicom
    gives."""
    photometric: str
    """What the samples are after decoding: YBR_FULL and YBR_FULL_422 have become RGB (as pydicom
    does)."""


def decode_frame(path: Path, frame: int) -> Samples:
    """Return the stored samples of ``frame`` (from 1) of the file at ``path``, as
    ``pixel_array[frame - 1]``."""
    with quiet():
        return decode(read_part10(path), frame).samples


def decode(part10: Part10, frame: int) -> DecodedFrame:
    """Decode ``frame`` (from 1).

    Raises FrameMissing, Truncated, TooLarge or Undecodable.
    """
    if not 1 <= frame <= part10.frames:
        raise FrameMissing(f"The image has {part10.frames} frames, no frame {frame}.")
    try:
        samples, photometric = _decoded(part10, frame - 1)
    except MemoryError as error:
        raise TooLarge("The picture needs more memory than the server allows one image.") from error
    except Exception as error:  # whatever the codecs raise on damaged or unforeseen codestreams
        raise _refusal(part10, frame, error) from error
    shape = (part10.rows, part10.columns, *((3,) if part10.samples == 3 else ()))
    if samples.shape != shape:
        raise Undecodable(
            f"Frame {frame} is of another size than the file says: export and send it again."
        )
    native = samples.dtype.newbyteorder("=")
    return DecodedFrame(np.ascontiguousarray(samples, dtype=native), photometric)


def _decoded(part10: Part10, index: int) -> tuple[Samples, str]:
    if part10.transfer_syntax == DEFLATED_IMAGE_FRAME:
        return _inflated(part10, index)
    decoder = get_decoder(part10.transfer_syntax)
    whole = part10.bits_allocated == 1 and part10.rows * part10.columns % 8 != 0
    # pydicom 3.0.2 reads a byte too few where a bit-packed frame begins and ends within bytes:
    # the frames of such an instance are unpacked together.
    options: dict[str, Any] = {"index": None if whole else index}
    offset = part10.pixel_offset
    if offset is None:
        options |= as_pixel_options(part10.dataset)
        options["number_of_frames"] = part10.frames
        samples, properties = decoder.as_array(part10.dataset, **options)
    else:
        options |= as_pixel_options(part10.dataset, pixel_keyword=part10.pixel_keyword)
        options["number_of_frames"] = part10.frames
        if not part10.is_encapsulated:
            options["pixel_vr"] = part10.dataset.get_item(
                part10.pixel_keyword, keep_deferred=True
            ).VR
        with part10.path.open("rb") as file:
            file.seek(offset)
            samples, properties = decoder.as_array(file, **options)
    if whole and part10.frames > 1:
        samples = samples[index]
    return samples, str(properties["photometric_interpretation"])


def _inflated(part10: Part10, index: int) -> tuple[Samples, str]:
    """Deflated Image Frame Compression (PS3.5 A.4.14): each frame is its native bytes, deflated."""
    count = part10.rows * part10.columns * part10.samples
    length = -(-count * part10.bits_allocated // 8)
    packed = frame_bytes(part10, index + 1)
    data = zlib.decompressobj(-15).decompress(packed, length)
    if len(data) < length:
        raise ValueError("insufficient data in a deflated frame")
    shape = (part10.rows, part10.columns, *((3,) if part10.samples == 3 else ()))
    if part10.bits_allocated == 1:
        bits = np.unpackbits(np.frombuffer(data, "u1"), bitorder="little", count=count)
        return bits.reshape(shape), text(part10.dataset, "PhotometricInterpretation")
    kind = f"<{'i' if part10.signed else 'u'}{part10.bits_allocated // 8}"
    return (
        np.frombuffer(data, kind).reshape(shape),
        text(part10.dataset, "PhotometricInterpretation"),
    )


def raw_samples(part10: Part10, frame: int) -> Samples | None:
    """Return native grey pixels of ``frame`` (from 1) with the bits that BitsStored leaves unused,
    or None."""
    if part10.is_encapsulated or part10.is_float or part10.samples != 1:
        return None
    options = as_pixel_options(part10.dataset, index=frame - 1, correct_unused_bits=False)
    if part10.bits_allocated not in (8, 16) or part10.pixel_offset is not None:
        return None
    return get_decoder(part10.transfer_syntax).as_array(part10.dataset, raw=True, **options)[0]


def frame_bytes(part10: Part10, frame: int) -> bytes:
    """Return the compressed bytes of ``frame`` (from 1), its fragments joined."""
    options: dict[str, Any] = {"number_of_frames": part10.frames}
    extended = as_pixel_options(part10.dataset).get("extended_offsets")
    if extended is not None:
        options["extended_offsets"] = extended
    offset = part10.pixel_offset
    if offset is None:
        return get_frame(part10.dataset.PixelData, frame - 1, **options)
    with part10.path.open("rb") as file:
        file.seek(offset)
        return get_frame(file, frame - 1, **options)


def source_bytes(part10: Part10, frame: int) -> int:
    """Return how many bytes of pixel data ``frame`` (from 1) takes in the file."""
    if part10.is_encapsulated:
        return len(frame_bytes(part10, frame))
    bits = part10.rows * part10.columns * part10.samples * part10.bits_allocated
    if text(part10.dataset, "PhotometricInterpretation") == "YBR_FULL_422":
        bits = bits * 2 // 3
    return -(-bits // 8)


def _refusal(part10: Part10, frame: int, error: Exception) -> Undecodable | Truncated:
    said = str(error)
    if "insufficient" in said or "less than expected" in said or "not enough data" in said.lower():
        return Truncated(f"The file is cut off before the end of frame {frame}: send it again.")
    name = part10.transfer_syntax.name
    if part10.is_encapsulated:
        return Undecodable(
            f"The compressed picture of frame {frame} is damaged, or not really {name}: "
            "export and send it again."
        )
    return Undecodable(
        f"The pixels of frame {frame} do not fit their description: export and send the file again."
    )
