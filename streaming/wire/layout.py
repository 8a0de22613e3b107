"""The layout of a study: its series, their instances, and the stack of frames each series is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from streaming.errors import WireError
from streaming.fields import Fields, as_integer, as_items, as_match, as_text
from streaming.vocabulary import FrameKey
from streaming.wire.patterns import MAX_FRAME, UID

MAX_SERIES: Final = 10_000
MAX_INSTANCES: Final = 100_000
MAX_TEXT: Final = 1024
MAX_UID: Final = 64
MAX_NUMBER: Final = 2**31 - 1

DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Patient:
    """Who it is, as the DICOM file says; empty strings where it does not."""

    name: str = ""
    id: str = ""
    birth_date: str = ""
    """YYYY-MM-DD or empty."""
    sex: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "name": self.name,
            "id": self.id,
            "birth_date": self.birth_date,
            "sex": self.sex,
        }

    @classmethod
    def read(cls, fields: Fields) -> Patient:
        """Take the fields of a patient."""
        patient = cls(
            name=fields.text("name", MAX_TEXT),
            id=fields.text("id", MAX_TEXT),
            birth_date=fields.match("birth_date", DATE),
            sex=fields.text("sex", 64),
        )
        fields.done()
        return patient


@dataclass(frozen=True, slots=True)
class InstanceLayout:
    """One SOP instance."""

    instance: str
    frames: int
    number: int
    """Instance Number."""


@dataclass(frozen=True, slots=True)
class SeriesLayout:
    """One series. Its stack is its instances' frames in this order."""

    series: str
    number: int
    """Series Number."""
    modality: str
    description: str
    body_part: str
    instances: tuple[InstanceLayout, ...]

    def stack(self) -> tuple[FrameKey, ...]:
        """Return the frames in order; position 1 is the first."""
        return tuple(
            FrameKey(layout.instance, frame)
            for layout in self.instances
            for frame in range(1, layout.frames + 1)
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "series": self.series,
            "number": self.number,
            "modality": self.modality,
            "description": self.description,
            "body_part": self.body_part,
            "instances": _write_instances(self.instances),
        }

    @classmethod
    def read(cls, value: object) -> SeriesLayout:
        """From plain JSON values."""
        fields = Fields(value, "A series", WireError)
        layout = cls(
            series=fields.match("series", UID),
            number=fields.integer("number", -MAX_NUMBER - 1, MAX_NUMBER),
            modality=fields.text("modality", 64),
            description=fields.text("description", MAX_TEXT),
            body_part=fields.text("body_part", MAX_TEXT),
            instances=_read_instances(fields.items("instances", MAX_INSTANCES)),
        )
        fields.done()
        if not layout.instances or sum(i.frames for i in layout.instances) > MAX_FRAME:
            raise WireError("A series must have 1 to 1000000 frames.")
        return layout


@dataclass(frozen=True, slots=True)
class StudyLayout:
    """The ``study`` object: in the page, and in the ``study`` message."""

    study: str
    description: str
    date: str
    """YYYY-MM-DD or empty."""
    patient: Patient
    series: tuple[SeriesLayout, ...]

    def find(self, series: str | None) -> SeriesLayout | None:
        """Return the series of that UID; with None the first; None where there is none."""
        for layout in self.series:
            if series is None or layout.series == series:
                return layout
        return None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "study": self.study,
            "description": self.description,
            "date": self.date,
            "patient": self.patient.to_dict(),
            "series": [layout.to_dict() for layout in self.series],
        }

    @classmethod
    def from_dict(cls, value: object) -> StudyLayout:
        """From plain JSON values; raises WireError."""
        fields = Fields(value, "A study", WireError)
        layout = cls(
            study=fields.match("study", UID),
            description=fields.text("description", MAX_TEXT),
            date=fields.match("date", DATE),
            patient=Patient.read(fields.fields("patient")),
            series=tuple(SeriesLayout.read(item) for item in fields.items("series", MAX_SERIES)),
        )
        fields.done()
        return layout


def _write_instances(instances: Iterable[InstanceLayout]) -> list[list[Any]]:
    """Return each instance by what differs from the one before: ``[kept, rest, number, frames]``.

    ``kept`` characters of the UID before are kept, ``rest`` follows. Left out from the end: frames
    if 1, and then the number if it is the one before plus 1.
    """
    written: list[list[Any]] = []
    before = InstanceLayout("", 1, 0)
    for one in instances:
        kept = _shared(before.instance, one.instance)
        item = [kept, one.instance[kept:], one.number, one.frames]
        if one.frames == 1:
            item.pop()
            if one.number == before.number + 1:
                item.pop()
        written.append(item)
        before = one
    return written


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _read_instances(items: Iterable[object]) -> tuple[InstanceLayout, ...]:
    instances: list[InstanceLayout] = []
    before = InstanceLayout("", 1, 0)
    for item in items:
        before = _read_instance(item, before)
        instances.append(before)
    return tuple(instances)


def _read_instance(value: object, before: InstanceLayout) -> InstanceLayout:
    what = "An instance"
    given = as_items(value, what, 4, WireError)
    if len(given) < 2:
        raise WireError("An instance is [kept, rest, number, frames].")
    kept = as_integer(given[0], what, 0, len(before.instance), WireError)
    rest = as_text(given[1], what, MAX_UID, WireError)
    number = given[2] if len(given) > 2 else before.number + 1
    frames = given[3] if len(given) > 3 else 1
    return InstanceLayout(
        as_match(before.instance[:kept] + rest, what, UID, WireError),
        as_integer(frames, what, 1, MAX_FRAME, WireError),
        as_integer(number, what, -MAX_NUMBER - 1, MAX_NUMBER, WireError),
    )
