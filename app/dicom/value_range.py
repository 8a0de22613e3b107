"""Which stored values a frame, or the whole instance, has: padding left out."""

from __future__ import annotations

from typing import Any, Final

from numpy.typing import NDArray

from app.dicom.attributes import integer, value_of
from app.dicom.part10 import Part10
from app.dicom.pixels import DecodedFrame, decode
from app.dicom.windows import robust_range
from app.errors import FirstlightError

Samples = NDArray[Any]
FRAMES_LOOKED_AT: Final = 3


def padding_of(part10: Part10) -> tuple[int, int] | None:
    """Return the stored values, from and to, that are padding (PS3.3 C.7.5.1.1.2); None where
    there is none."""
    if part10.is_float or part10.samples != 1:
        return None
    value = _pixel_value(part10, "PixelPaddingValue")
    if value is None:
        return None
    limit = _pixel_value(part10, "PixelPaddingRangeLimit")
    other = value if limit is None else limit
    return (min(value, other), max(value, other))


def _pixel_value(part10: Part10, keyword: str) -> int | None:
    """Return a US or SS value as the pixels' own signedness has it, whatever its VR said."""
    given = value_of(part10.dataset, keyword)
    if isinstance(given, bytes) and len(given) == 2:
        given = int.from_bytes(given, "big" if part10.is_big_endian else "little")
    elif isinstance(given, bytes):
        return None
    else:
        given = integer(part10.dataset, keyword)
    if given is None:
        return None
    bits = 16
    if part10.signed and given >= 1 << (bits - 1):
        return int(given) - (1 << bits)
    if not part10.signed and given < 0:
        return int(given) + (1 << bits)
    return int(given)


def without_padding(part10: Part10, samples: Samples) -> Samples:
    padding = padding_of(part10)
    if padding is None:
        return samples
    kept = samples[(samples < padding[0]) | (samples > padding[1])]
    return kept if kept.size else samples


def stored_range(part10: Part10, frame: int, decoded: DecodedFrame) -> tuple[float, float]:
    """Return a robust range of stored values, the same for all frames of the instance.

    It is taken from the first, the middle and the last frame, once for each instance read.
    """
    if part10.value_range is None:
        numbers = sorted({1, (part10.frames + 1) // 2, part10.frames})[:FRAMES_LOOKED_AT]
        ranges = []
        for number in numbers:
            try:
                samples = decoded.samples if number == frame else decode(part10, number).samples
            except FirstlightError:
                continue  # a damaged frame elsewhere must not cost this one
            ranges.append(robust_range(without_padding(part10, samples)))
        ranges = ranges or [robust_range(decoded.samples)]
        part10.value_range = (min(low for low, _ in ranges), max(high for _, high in ranges))
    return part10.value_range
