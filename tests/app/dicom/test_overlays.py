"""Overlay planes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.dicom.lut import Tables
from app.dicom.overlays import embedded_groups, overlays_of


def overlay(rows: int, columns: int, origin: list[int], bits: NDArray[Any]) -> Dataset:
    dataset = Dataset()
    dataset.add_new((0x6000, 0x0010), "US", rows)
    dataset.add_new((0x6000, 0x0011), "US", columns)
    dataset.add_new((0x6000, 0x0050), "SS", origin)
    packed = np.packbits(bits.astype(np.uint8).reshape(-1), bitorder="little").tobytes()
    dataset.add_new((0x6000, 0x3000), "OW", packed + b"\0" * (len(packed) % 2))
    return dataset


def test_an_overlay_keeps_its_bits_and_its_place() -> None:
    bits = np.eye(3, 5)
    tables = Tables()
    (found,) = overlays_of(overlay(3, 5, [1, 1], bits), 1, tables)
    assert (found.row, found.column, found.rows, found.columns) == (0, 0, 3, 5)
    unpacked = np.unpackbits(np.frombuffer(tables.data[found.table], "u1"), bitorder="little")
    assert np.array_equal(unpacked[:15].reshape(3, 5), bits)


def test_an_origin_outside_the_frame_is_kept() -> None:
    (found,) = overlays_of(overlay(2, 2, [-9, 5001], np.ones((2, 2))), 1, Tables())
    assert (found.row, found.column) == (-10, 5000)


def test_the_frames_of_an_overlay_are_told_apart() -> None:
    frames = np.zeros((3, 3, 3))
    frames[1, 0, 0] = frames[2, 2, 2] = 1
    dataset = overlay(3, 3, [1, 1], frames)
    dataset.add_new((0x6000, 0x0015), "IS", 3)
    tables = Tables()
    assert overlays_of(dataset, 1, tables) == ()  # empty: nothing to show
    (second,) = overlays_of(dataset, 2, tables)
    assert tables.data[second.table] == b"\x01\x00"
    (third,) = overlays_of(dataset, 3, tables)
    assert tables.data[third.table] == b"\x00\x01"


def test_an_overlay_in_the_high_bits_of_the_pixels() -> None:
    dataset = Dataset()
    dataset.add_new((0x6002, 0x0010), "US", 2)
    dataset.add_new((0x6002, 0x0011), "US", 2)
    dataset.add_new((0x6002, 0x0102), "US", 12)
    assert embedded_groups(dataset)
    stored = np.array([[0x1001, 0x0FFF], [0x1000, 0]], np.uint16)
    tables = Tables()
    (found,) = overlays_of(dataset, 1, tables, stored)
    assert found.group == 0x6002
    assert tables.data[found.table] == b"\x05"


def test_too_few_bits_are_no_overlay() -> None:
    dataset = overlay(3, 5, [1, 1], np.eye(3, 5))
    dataset[0x6000, 0x0010].value = 300
    assert overlays_of(dataset, 1, Tables()) == ()
