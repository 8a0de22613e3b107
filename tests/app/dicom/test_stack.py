"""The order of a stack."""

from __future__ import annotations

from app.dicom.stack import StackKey, stack_order

AXIAL = (0.0, 0.0, 1.0)


def slice_at(z: float, number: int | None = None, instance: str = "1.2") -> StackKey:
    return StackKey(instance, position=(0.0, 0.0, z), normal=AXIAL, number=number)


def test_slices_go_by_their_place_along_the_normal_whatever_their_numbers() -> None:
    assert stack_order([slice_at(5, 1), slice_at(-5, 2), slice_at(0, 3)]) == [1, 2, 0]


def test_oblique_slices_go_along_their_own_normal() -> None:
    normal = (0.0, 0.6, 0.8)
    keys = [
        StackKey("1", position=(0.0, 10.0, 0.0), normal=normal),  # 6 mm along the normal
        StackKey("2", position=(0.0, 0.0, 5.0), normal=normal),  # 4 mm
    ]
    assert stack_order(keys) == [1, 0]


def test_slices_at_one_place_go_by_number() -> None:
    assert stack_order([slice_at(1, 9), slice_at(0, 4), slice_at(0.001, 3)]) == [2, 1, 0]


def test_mixed_orientations_go_by_number() -> None:
    sagittal = StackKey("1.3", position=(9.0, 0.0, 0.0), normal=(1.0, 0.0, 0.0), number=1)
    assert stack_order([slice_at(-9, 2), sagittal]) == [1, 0]


def test_without_a_number_last_then_by_acquisition_time_and_uid() -> None:
    keys = [
        StackKey("1.10", acquisition=1, time="20260101"),
        StackKey("1.9", acquisition=1, time="20260101"),
        StackKey("1.8", acquisition=1, time="20250101"),
        StackKey("1.7", number=3),
    ]
    assert stack_order(keys) == [3, 2, 1, 0]


def test_multi_frames_go_by_number() -> None:
    keys = [
        StackKey("1", position=(0.0, 0.0, 9.0), normal=AXIAL, number=1, frames=10),
        StackKey("2", position=(0.0, 0.0, 0.0), normal=AXIAL, number=2, frames=10),
    ]
    assert stack_order(keys) == [0, 1]


def test_no_instances_no_order() -> None:
    assert stack_order([]) == []


def test_a_key_survives_json() -> None:
    key = StackKey("1.2", (1.0, 2.0, 3.0), AXIAL, 4, 5, "20260101", 6)
    assert StackKey.from_dict(key.to_dict()) == key
    assert StackKey.from_dict(StackKey("1.2").to_dict()) == StackKey("1.2")
