"""Lookup tables: modality and VOI LUTs, palettes (plain and segmented), as the viewer fetches
them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.dicom.attributes import numbers, text, value_of
from streaming.manifest import Table

Entries = NDArray[np.uint16]
CHANNELS: Final = ("Red", "Green", "Blue")
MAX_ENTRIES: Final = 65_536


@dataclass(slots=True)
class Tables:
    """The tables a frame needs, by id (hex SHA-256 of the bytes)."""

    data: dict[str, bytes] = field(default_factory=dict)

    def keep(self, content: bytes) -> str:
        """Keep ``content`` and return its id."""
        name = hashlib.sha256(content).hexdigest()
        self.data[name] = content
        return name


@dataclass(frozen=True, slots=True)
class Lut:
    """A table of numbers: ``entries[0]`` is for ``first`` and everything below it."""

    entries: Entries
    first: int
    bits: int
    """Significant bits of an entry."""
    explanation: str = ""

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the entries for ``values``, clamped to the table's ends (PS3.3 C.11.1.1.1)."""
        places = np.clip(np.rint(values).astype(np.int64) - self.first, 0, len(self.entries) - 1)
        found: Entries = self.entries[places]
        return found

    def table(self, tables: Tables) -> Table:
        return Table(
            id=tables.keep(self.entries.astype("<u2").tobytes()),
            entries=len(self.entries),
            first=self.first,
            bits=16,
            output_bits=self.bits,
            explanation=self.explanation,
        )


def read_lut(item: Dataset, signed: bool, big_endian: bool) -> Lut | None:
    """Read an item of a Modality or VOI LUT Sequence (PS3.3 C.11.1.1, C.11.2.1.1); None if it is
    unsound.

    ``signed``: the values looked up may be negative, so the first one mapped is a signed 16-bit
    number.
    """
    descriptor = _descriptor(item, "LUTDescriptor", signed)
    if descriptor is None:
        return None
    count, first, bits = descriptor
    entries = _data(value_of(item, "LUTData"), count, big_endian)
    if entries is None:
        return None
    # Descriptors are known to say 16 where the data have fewer bits, and the other way round.
    needed = int(entries.max()).bit_length()
    bits = max(min(bits, 16), needed, 1)
    return Lut(entries, first, bits, text(item, "LUTExplanation", 64))


def read_palette(dataset: Dataset, signed: bool, big_endian: bool) -> tuple[bytes, int] | None:
    """Return the palette as R, G, B bytes of each entry, and the first value mapped; None if it is
    unsound.

    PS3.3 C.7.6.3.1.5 and .6, C.7.9.2 (segmented).
    """
    channels = []
    first = 0
    for name in CHANNELS:
        descriptor = _descriptor(dataset, f"{name}PaletteColorLookupTableDescriptor", signed)
        if descriptor is None:
            return None
        count, first, bits = descriptor
        entries = _data(value_of(dataset, f"{name}PaletteColorLookupTableData"), count, big_endian)
        if entries is None:
            segments = value_of(dataset, f"Segmented{name}PaletteColorLookupTableData")
            entries = _expanded(segments, count, bits, big_endian)
        if entries is None or len(entries) == 0:
            return None
        channels.append((entries, bits))
    # Some files say 16 bits and hold 8-bit values: bytes are meant wherever no channel needs more.
    wide = any(bits > 8 for _, bits in channels) and any(e.max() > 0xFF for e, _ in channels)
    length = max(len(entries) for entries, _ in channels)
    out = np.zeros((length, 3), np.uint8)
    for place, (entries, _) in enumerate(channels):
        scaled = entries >> 8 if wide or entries.max() > 0xFF else entries
        out[: len(entries), place] = scaled
        out[len(entries) :, place] = scaled[-1]
    return out.tobytes(), first


def _descriptor(item: Dataset, keyword: str, signed: bool) -> tuple[int, int, int] | None:
    values = numbers(item, keyword)
    if len(values) != 3:
        return None
    count, first, bits = map(int, values)
    if count < 0:  # read as SS
        count += MAX_ENTRIES
    if signed and first >= 1 << 15:
        first -= 1 << 16
    elif not signed and first < 0:
        first += 1 << 16
    return (count or MAX_ENTRIES), first, bits


def _data(value: Any, count: int, big_endian: bool) -> Entries | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        if len(value) in (count, count + count % 2) and count != 1:
            return np.frombuffer(value, np.uint8, count).astype(np.uint16)
        words = np.frombuffer(value[: len(value) // 2 * 2], ">u2" if big_endian else "<u2")
    else:
        words = np.asarray(value).reshape(-1).astype(np.int64) & 0xFFFF
    if len(words) == 0 or len(words) < count // 2:
        return None
    if len(words) == count // 2 + count % 2 and count > 2:  # bytes, two in each word
        return np.ascontiguousarray(words.astype("<u2")).view(np.uint8)[:count].astype(np.uint16)
    return words[:count].astype(np.uint16)


def _expanded(value: Any, count: int, bits: int, big_endian: bool) -> Entries | None:
    """Expand segments: discrete (0), linear (1), indirect (2), PS3.3 C.7.9.2."""
    if not isinstance(value, bytes):
        return None
    kind = "u1" if bits <= 8 else (">u2" if big_endian else "<u2")
    words = [int(word) for word in np.frombuffer(value[: len(value) // 2 * 2], kind)]
    out: list[int] = []
    place = 0
    try:
        while place < len(words) and len(out) < count:
            place = _expand_segment(words, place, out, bits)
    except IndexError:
        return None
    return np.array(out[:count], np.uint16)


def _expand_segment(words: list[int], place: int, out: list[int], bits: int) -> int:
    code, length = words[place], words[place + 1]
    if code == 0:
        out.extend(words[place + 2 : place + 2 + length])
        return place + 2 + length
    if code == 1:
        start, end = out[-1], words[place + 2]
        out.extend(round(start + (end - start) * step / length) for step in range(1, length + 1))
        return place + 3
    if code == 2:
        parts = words[place + 2 : place + (6 if bits <= 8 else 4)]
        width = 8 if bits <= 8 else 16
        offset = sum(part << (width * number) for number, part in enumerate(parts))
        for _ in range(length):
            if words[offset] == 2:
                raise IndexError("an indirect segment refers to another")
            offset = _expand_segment(words, offset, out, bits)
        return place + 2 + len(parts)
    raise IndexError("an unknown kind of segment")
