"""The coding ``jpeg-scans``: an 8-bit JPEG rewritten, coefficients untouched, as progressive scans.

LOSSLESS then means the source's own coefficients, at never more bytes than the source (T.81 Annex
G).
"""

from __future__ import annotations

import hashlib
import io
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import mozjpeg_lossless_optimization
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from streaming.codestream.index import FrameIndex
from streaming.codestream.scans import join_scans, split_scans
from streaming.errors import CodestreamError
from streaming.manifest import Plane, Tile

Samples = NDArray[Any]
Shown = Callable[[Samples], NDArray[np.float32]]
SYNTAXES: Final = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
AGREE_RMSE: Final = 6.0
AGREE_MEAN: Final = 1.0
"""How far libjpeg's picture may be from pydicom's (they upsample colour differently) to be the
same picture."""
MODES: Final = {1: "L", 3: "RGB"}


@dataclass(frozen=True, slots=True)
class JpegFrame:
    planes: tuple[Plane, ...]
    tiles: tuple[Tile, ...]
    index: FrameIndex
    body: bytes
    samples: Samples
    """The picture as libjpeg decodes it: what a browser shows."""


def encode_scans(source: bytes, decoded: Samples, shown: Shown) -> JpegFrame | None:
    """Rewrite the JPEG ``source`` of a frame; None where it cannot be shown from its own
    coefficients.

    Parameters
    ----------
    source
        The frame's bytes in the file.
    decoded
        What pydicom made of them: uint8, ``(rows, columns)`` or ``(rows, columns, 3)`` RGB.
    shown
        From samples to display grey levels (0..255) at the default window.
    """
    source = trimmed(source)
    original = _picture(source)
    if original is None or not _agrees(original, decoded):
        return None
    for candidate in (_rewritten(source), source):
        scans = _scans(candidate, source, original)
        if scans is not None:
            return _frame(scans, original, shown)
    return None


def trimmed(jpeg: bytes) -> bytes:
    """Return the JPEG from SOI to its last EOI: without DICOM's padding to an even length."""
    end = jpeg.rfind(b"\xff\xd9")
    return jpeg[: end + 2] if end >= 0 and not jpeg[end + 2 :].strip(b"\x00\xff") else jpeg


def _rewritten(source: bytes) -> bytes:
    try:
        return bytes(mozjpeg_lossless_optimization.optimize(source))
    except (ValueError, RuntimeError):
        return b""


def _scans(jpeg: bytes, source: bytes, original: Samples) -> tuple[bytes, ...] | None:
    """Return the scans of ``jpeg`` if it is no longer than the source and has its coefficients."""
    if not jpeg or len(jpeg) > len(source):
        return None
    try:
        scans = split_scans(jpeg)
    except CodestreamError:
        return None
    whole = join_scans(scans)
    if whole == source:
        return scans
    again = _picture(whole)
    same = again is not None and np.array_equal(again, original)
    return scans if same and _fingerprint(whole) == _fingerprint(source) else None


def _fingerprint(jpeg: bytes) -> tuple[Any, ...]:
    """What must be equal, beside the RGB picture, for coefficients to be: tables, sampling, and the
    components before colour conversion, at full size and at 1/8, where a pixel is a block's DC
    coefficient."""
    with Image.open(io.BytesIO(jpeg)) as image:
        # mozjpeg numbers equal tables alike; they are compared in the components' order.
        tables = [tuple(image.quantization[layer[3]]) for layer in image.layer]  # type: ignore[attr-defined]
        sampling = [tuple(layer[1:3]) for layer in image.layer]  # type: ignore[attr-defined]
        size = image.size
    components = [
        _drafted(jpeg, size),
        _drafted(jpeg, (max(1, size[0] // 8), max(1, size[1] // 8))),
    ]
    return tables, sampling, components


def _drafted(jpeg: bytes, size: tuple[int, int]) -> bytes:
    for mode in ("YCbCr", None):
        with Image.open(io.BytesIO(jpeg)) as image:
            image.draft(mode if image.mode == "RGB" else None, size)
            try:
                return hashlib.sha256(image.tobytes()).digest()
            except OSError:
                continue  # components that are R, G and B already, which libjpeg leaves so
    return b""


def _picture(jpeg: bytes) -> Samples | None:
    """Return what libjpeg makes of the JPEG; None if it is damaged or not 8-bit grey or RGB."""
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            if image.mode not in MODES.values():
                return None
            return np.asarray(image)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None


def _agrees(picture: Samples, decoded: Samples) -> bool:
    if picture.shape != decoded.shape or decoded.dtype != np.uint8:
        return False
    difference = picture.astype(np.float32) - decoded
    means = np.abs(difference.mean(axis=(0, 1)))
    return bool(np.sqrt((difference**2).mean()) <= AGREE_RMSE and np.max(means) <= AGREE_MEAN)


def _frame(scans: tuple[bytes, ...], original: Samples, shown: Shown) -> JpegFrame:
    rows, columns = original.shape[:2]
    tile = Tile(
        plane=0,
        column=0,
        row=0,
        columns=columns,
        rows=rows,
        sha256=b64encode(hashlib.sha256(join_scans(scans)).digest()).decode(),
        bytes=tuple(map(len, scans)),
    )
    return JpegFrame(
        planes=(Plane(None, 0, _errors(scans, original, shown)),),
        tiles=(tile,),
        index=FrameIndex((tuple((len(scan),) for scan in scans),)),
        body=b"".join(scans),
        samples=original,
    )


def _errors(scans: tuple[bytes, ...], original: Samples, shown: Shown) -> tuple[float, ...]:
    """Return the RMSE in grey levels of each prefix of the scans, never rising; the last is 0."""
    last = shown(original)
    errors = [0.0]
    for count in range(len(scans) - 1, 0, -1):
        picture = _picture(join_scans(scans[:count]))
        error = 255.0 if picture is None else float(np.sqrt(((shown(picture) - last) ** 2).mean()))
        errors.append(max(round(error, 3), errors[-1]))
    return tuple(reversed(errors))
