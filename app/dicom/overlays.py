"""Overlay planes (PS3.3 C.9.2): bits of their own, or bits left over in the pixels (retired)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from app.dicom.lut import Tables
from streaming.manifest import Overlay

GROUPS: Final = range(0x6000, 0x6020, 2)
ROWS, COLUMNS, FRAMES, LABEL = 0x0010, 0x0011, 0x0015, 0x1500
ORIGIN, FIRST_FRAME, POSITION, DATA = 0x0050, 0x0051, 0x0102, 0x3000
MAX_SIDE: Final = 32_768

Bits = NDArray[np.uint8]


def overlays_of(
    dataset: Dataset, frame: int, tables: Tables, stored: Any = None
) -> tuple[Overlay, ...]:
    """Return the overlays of ``frame`` (from 1); their bits go into ``tables``.

    ``stored``: the frame's pixels with their unused high bits, for overlays that lie in those; or
    None.
    """
    found = []
    for group in GROUPS:
        rows, columns = _number(dataset, group, ROWS), _number(dataset, group, COLUMNS)
        if not (0 < rows <= MAX_SIDE and 0 < columns <= MAX_SIDE):
            continue
        bits = _bits(dataset, group, frame, rows * columns, stored)
        if bits is None or not bits.any():
            continue
        origin = _numbers(dataset, group, ORIGIN)
        row, column = (origin[0] - 1, origin[1] - 1) if len(origin) == 2 else (0, 0)
        found.append(
            Overlay(
                group=group,
                table=tables.keep(np.packbits(bits, bitorder="little").tobytes()),
                rows=rows,
                columns=columns,
                row=row,
                column=column,
                label=_text(dataset, group),
            )
        )
    return tuple(found)


def embedded_groups(dataset: Dataset) -> bool:
    """Say whether any overlay lies in the high bits of the pixels."""
    return any(
        Tag(group, ROWS) in dataset
        and Tag(group, DATA) not in dataset
        and _number(dataset, group, POSITION) > 0
        for group in GROUPS
    )


def _bits(dataset: Dataset, group: int, frame: int, count: int, stored: Any) -> Bits | None:
    data = _value(dataset, group, DATA)
    if not isinstance(data, bytes):
        position = _number(dataset, group, POSITION)
        if stored is None or stored.size != count or not 0 < position < stored.dtype.itemsize * 8:
            return None
        flat = stored.reshape(-1).astype(np.int64)
        found: Bits = ((flat >> position) & 1).astype(np.uint8)
        return found
    frames = max(_number(dataset, group, FRAMES), 1)
    first = max(_number(dataset, group, FIRST_FRAME), 1)
    place = frame - first if frames > 1 or first > 1 else 0
    if not 0 <= place < frames:
        return None
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    part: Bits = bits[place * count : (place + 1) * count]
    if len(part) != count:
        return None
    return part


def _value(dataset: Dataset, group: int, element: int) -> Any:
    try:
        return dataset[group, element].value
    except Exception:  # absent, or a value that breaks its VR: there is no such overlay
        return None


def _numbers(dataset: Dataset, group: int, element: int) -> list[int]:
    value = _value(dataset, group, element)
    values = value if hasattr(value, "__iter__") and not isinstance(value, str | bytes) else [value]
    try:
        return [int(item) for item in values]
    except (TypeError, ValueError):
        return []


def _number(dataset: Dataset, group: int, element: int) -> int:
    found = _numbers(dataset, group, element)
    return found[0] if found else 0


def _text(dataset: Dataset, group: int) -> str:
    value = _value(dataset, group, LABEL)
    return "".join(c for c in str(value or "") if c.isprintable()).strip()[:64]
