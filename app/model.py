"""What the application speaks of: plain values, without I/O and without rules.

A study's layout, its patient, notes and changes are streaming's own (``streaming.wire``): what
travels is what is meant. Words as in its vocabulary; DICOM keywords unchanged. Dates are
``YYYY-MM-DD`` or empty, times are RFC 3339 UTC with milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streaming.vocabulary import FrameKey
from streaming.wire import (
    Change,
    InstanceLayout,
    Note,
    Patient,
    SeriesLayout,
    StoredNote,
    StudyLayout,
)

__all__ = [
    "Change",
    "FirstFrame",
    "InstanceLayout",
    "NewInstance",
    "Note",
    "Patient",
    "Received",
    "RefusedFile",
    "SeriesLayout",
    "StoredFile",
    "StoredNote",
    "StudyLayout",
    "StudyRow",
]


@dataclass(frozen=True, slots=True)
class FirstFrame:
    """The first frame of a study's first series: what is seen when the study is opened."""

    series: str
    modality: str
    key: FrameKey


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One line of the study list."""

    study: str
    description: str
    date: str
    patient: Patient
    added_at: str
    modalities: tuple[str, ...]
    series: int
    instances: int
    frames: int
    notes: int
    first: FirstFrame | None
    """The line's picture."""

    @property
    def phantom(self) -> bool:
        """Made by Firstlight itself (app.demo), not from a patient: its Patient ID says so."""
        return self.patient.id.upper().startswith("PHANTOM")


@dataclass(frozen=True, slots=True)
class NewInstance:
    """Everything the catalog writes down of a file that passed its examination."""

    study: str
    series: str
    instance: str
    patient: Patient
    study_description: str
    study_date: str
    series_number: int | None
    series_description: str
    modality: str
    body_part: str
    instance_number: int | None
    frames: int
    rows: int
    columns: int
    transfer_syntax: str
    sha256: str
    bytes: int
    stack_key: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is in the catalog now; ``already`` when it was there before, byte for byte."""

    study: str
    series: str
    instance: str
    frames: int
    name: str
    already: bool

    def to_dict(self) -> dict[str, Any]:
        return {
            "study": self.study,
            "series": self.series,
            "instance": self.instance,
            "frames": self.frames,
            "name": self.name,
            "already": self.already,
        }


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that was not stored, and the sentence that says why."""

    name: str
    code: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "code": self.code, "message": self.message}


@dataclass(slots=True)
class Received:
    """What became of the files that came in through the one door."""

    stored: list[StoredFile] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)

    def add(self, one: StoredFile | RefusedFile) -> None:
        """Append ``one`` where it belongs."""
        if isinstance(one, StoredFile):
            self.stored.append(one)
        else:
            self.refused.append(one)

    def to_dict(self) -> dict[str, Any]:
        """The answer of ``/upload`` and of ``firstlight import --json``."""
        return {
            "stored": [one.to_dict() for one in self.stored],
            "refused": [one.to_dict() for one in self.refused],
        }
