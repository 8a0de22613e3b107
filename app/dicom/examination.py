"""What the catalog keeps of a file: read, checked, and its first frame decoded."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from app.dicom.attributes import (
    date,
    functional_groups,
    integer,
    items,
    numbers,
    person,
    text,
)
from app.dicom.identity import identify
from app.dicom.mapping import code_samples
from app.dicom.part10 import Part10, quiet, read_part10
from app.dicom.pixels import decode
from app.dicom.stack import StackKey, Vector


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything the catalog keeps of one instance. Dates are ``YYYY-MM-DD`` or empty, texts one
    line."""

    study: str
    series: str
    instance: str
    sop_class: str
    transfer_syntax: str
    patient_name: str
    patient_id: str
    birth_date: str
    sex: str
    study_date: str
    study_description: str
    series_number: int | None
    modality: str
    series_description: str
    body_part: str
    number: int | None
    """Instance Number."""
    frames: int
    rows: int
    columns: int
    stack: StackKey
    warnings: tuple[str, ...] = ()
    """Sentences for whoever sent the file."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Examination:
        """From what ``to_dict`` wrote."""
        known = {field.name: value[field.name] for field in fields(cls)}
        known["stack"] = StackKey.from_dict(value["stack"])
        known["warnings"] = tuple(value["warnings"])
        return cls(**known)


def examine(path: Path) -> Examination:
    """Read the file at ``path``, check it, and decode its first frame.

    Raises a subclass of ``app.errors.Refused`` with the sentence that says why it cannot be shown.
    """
    with quiet():
        return examine_part10(path, read_part10(path))


def examine_part10(path: Path, part10: Part10) -> Examination:
    """Decode the first frame of a file that was read, and return what the catalog keeps of it."""
    decoded = decode(part10, 1)
    if decoded.samples.dtype.itemsize > 2 and decoded.samples.dtype.kind != "f":
        code_samples(
            decoded.samples, part10.bits_stored
        )  # raises where they span more than 32 bits
    dataset = part10.dataset
    identity = identify(path, dataset)
    return Examination(
        study=identity.study,
        series=identity.series,
        instance=identity.instance,
        sop_class=text(dataset, "SOPClassUID"),
        transfer_syntax=str(part10.transfer_syntax),
        patient_name=person(dataset, "PatientName"),
        patient_id=text(dataset, "PatientID", 64),
        birth_date=date(dataset, "PatientBirthDate"),
        sex=text(dataset, "PatientSex", 16),
        study_date=date(dataset, "StudyDate") or date(dataset, "SeriesDate"),
        study_description=text(dataset, "StudyDescription"),
        series_number=integer(dataset, "SeriesNumber"),
        modality=text(dataset, "Modality", 16),
        series_description=text(dataset, "SeriesDescription"),
        body_part=text(dataset, "BodyPartExamined", 64),
        number=integer(dataset, "InstanceNumber"),
        frames=part10.frames,
        rows=part10.rows,
        columns=part10.columns,
        stack=_stack_key(dataset, identity.instance, part10.frames),
        warnings=(*identity.warnings, *part10.warnings),
    )


def _stack_key(dataset: Dataset, instance: str, frames: int) -> StackKey:
    position = numbers(dataset, "ImagePositionPatient")
    if len(position) != 3:
        group = functional_groups(dataset, 1, "PlanePositionSequence")
        position = numbers(group, "ImagePositionPatient") if group is not None else ()
    moment = text(dataset, "AcquisitionDateTime") or (
        text(dataset, "AcquisitionDate") + text(dataset, "AcquisitionTime")
    )
    return StackKey(
        instance=instance,
        position=(position[0], position[1], position[2]) if len(position) == 3 else None,
        normal=slice_normal(orientation_of(dataset, 1)),
        number=integer(dataset, "InstanceNumber"),
        acquisition=integer(dataset, "AcquisitionNumber"),
        time=moment or text(dataset, "ContentDate") + text(dataset, "ContentTime"),
        frames=frames,
    )


def orientation_of(dataset: Dataset, frame: int) -> tuple[float, ...]:
    """Return Image Orientation (Patient) of ``frame``, six direction cosines; empty where
    unknown."""
    group = functional_groups(dataset, frame, "PlaneOrientationSequence")
    for holder in (group, dataset, *items(dataset, "DetectorInformationSequence")[:1]):
        found = numbers(holder, "ImageOrientationPatient") if holder is not None else ()
        if len(found) == 6:
            return found
    return ()


def slice_normal(orientation: tuple[float, ...]) -> Vector | None:
    """Return the unit normal of a slice: row direction x column direction (PS3.3 C.7.6.2.1.1)."""
    if len(orientation) != 6:
        return None
    a, b, c, d, e, f = orientation
    normal = (b * f - c * e, c * d - a * f, a * e - b * d)
    length = math.hypot(*normal)
    if length < 1e-6:
        return None
    return (normal[0] / length, normal[1] / length, normal[2] / length)
