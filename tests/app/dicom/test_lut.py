"""Lookup tables and palettes."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from app.dicom.lut import Tables, read_lut, read_palette


def lut_item(descriptor: list[int], data: Any, vr: str = "US") -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", descriptor)
    item.add_new("LUTData", vr, data)
    return item


def palette(descriptor: list[int], data: bytes, keyword: str = "{}PaletteColor") -> Dataset:
    dataset = Dataset()
    for channel in ("Red", "Green", "Blue"):
        dataset.add_new(f"{channel}PaletteColorLookupTableDescriptor", "US", descriptor)
        dataset.add_new(f"{keyword.format(channel)}LookupTableData", "OW", data)
    return dataset


def test_values_outside_a_table_take_its_ends() -> None:
    lut = read_lut(lut_item([4, 10, 12], [0, 100, 200, 4095]), signed=False, big_endian=False)
    assert lut is not None
    assert (lut.first, lut.bits) == (10, 12)
    assert lut.apply(np.array([0, 10, 11, 13, 99])).tolist() == [0, 0, 100, 4095, 4095]


def test_a_descriptor_of_zero_entries_means_65536() -> None:
    lut = read_lut(lut_item([0, 0, 16], list(range(65536))), signed=False, big_endian=False)
    assert lut is not None
    assert len(lut.entries) == 65536


def test_the_first_value_is_signed_where_values_are() -> None:
    item = lut_item([2, 65536 - 2048, 8], [1, 2])
    signed = read_lut(item, signed=True, big_endian=False)
    assert signed is not None
    assert signed.first == -2048
    unsigned = read_lut(item, signed=False, big_endian=False)
    assert unsigned is not None
    assert unsigned.first == 63488


def test_bytes_two_in_a_word_are_taken_apart() -> None:
    lut = read_lut(lut_item([4, 0, 8], b"\x01\x02\x03\x04", "OW"), signed=False, big_endian=False)
    assert lut is not None
    assert lut.entries.tolist() == [1, 2, 3, 4]


def test_big_endian_words() -> None:
    data = struct.pack(">3H", 1, 300, 500)
    lut = read_lut(lut_item([3, 0, 16], data, "OW"), signed=False, big_endian=True)
    assert lut is not None
    assert lut.entries.tolist() == [1, 300, 500]


def test_a_lut_without_data_is_none() -> None:
    assert read_lut(Dataset(), signed=False, big_endian=False) is None
    item = Dataset()
    item.LUTDescriptor = [4, 0, 8]
    assert read_lut(item, signed=False, big_endian=False) is None


def test_a_table_is_named_by_its_bytes() -> None:
    tables = Tables()
    lut = read_lut(lut_item([2, 0, 16], [1, 65535]), signed=False, big_endian=False)
    assert lut is not None
    table = lut.table(tables)
    assert tables.data == {table.id: b"\x01\x00\xff\xff"}
    assert (table.entries, table.output_bits) == (2, 16)


def test_a_16_bit_palette_becomes_bytes() -> None:
    found = read_palette(palette([2, 0, 16], struct.pack("<2H", 0x1234, 0xFF00)), False, False)
    assert found == (b"\x12\x12\x12\xff\xff\xff", 0)


def test_a_palette_that_says_16_bits_and_holds_8() -> None:
    found = read_palette(palette([2, 5, 16], struct.pack("<2H", 0x12, 0xFF)), False, False)
    assert found == (b"\x12\x12\x12\xff\xff\xff", 5)


def test_a_segmented_palette_is_expanded() -> None:
    # discrete 2: 0, 256 * 10; linear 4 to 256 * 50; indirect: 1 segment from word 0 (PS3.3 C.7.9.2)
    words = [0, 2, 0, 2560, 1, 4, 12800, 2, 1, 0, 0]
    dataset = palette([8, 0, 16], struct.pack(f"<{len(words)}H", *words), "Segmented{}PaletteColor")
    found = read_palette(dataset, False, False)
    assert found is not None
    assert list(found[0][::3]) == [0, 10, 20, 30, 40, 50, 0, 10]


def test_a_palette_cut_off_is_none() -> None:
    words = [0, 9, 1, 2]
    dataset = palette([8, 0, 16], struct.pack("<4H", *words), "Segmented{}PaletteColor")
    dataset.SegmentedBluePaletteColorLookupTableData = struct.pack("<2H", 2, 1)
    assert read_palette(dataset, False, False) is None
    assert read_palette(Dataset(), False, False) is None
