"""The rules of a note, without anything around them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.consult.notes import check, same
from app.errors import NoteInvalid
from app.model import InstanceLayout, Note, Patient, SeriesLayout, StudyLayout
from streaming.vocabulary import FrameKey, Quality

STUDY = StudyLayout(
    "1.2",
    "",
    "",
    Patient(),
    (SeriesLayout("1.2.1", 1, "CT", "", "", (InstanceLayout("1.2.1.1", 3, 1),)),),
)
NOTE = Note(
    id="0b8e3a52-5b83-4c38-8f3f-000000000001",
    text="Bleed.",
    series="1.2.1",
    frame=FrameKey("1.2.1.1", 3),
    position=3,
    quality=Quality.LOSSLESS,
    rmse=0.0,
    written_at="2026-11-24T03:14:00.000Z",
)


def test_a_note_on_a_picture_of_the_study_is_fine() -> None:
    check(NOTE, STUDY)


@pytest.mark.parametrize(
    "note",
    [
        replace(NOTE, series="1.2.9"),
        replace(NOTE, frame=FrameKey("1.2.1.9", 1)),
        replace(NOTE, frame=FrameKey("1.2.1.1", 4)),
        replace(NOTE, frame=FrameKey("1.2.1.1", 0)),
    ],
)
def test_a_note_on_another_picture_is_refused(note: Note) -> None:
    with pytest.raises(NoteInvalid, match="not in this study"):
        check(note, STUDY)


def test_everything_its_author_wrote_makes_a_note_the_same() -> None:
    assert same(NOTE, replace(NOTE), one_study=True)
    assert not same(NOTE, NOTE, one_study=False)
    others = (
        replace(NOTE, text="No bleed."),
        replace(NOTE, position=2),
        replace(NOTE, written_at="2026-11-24T03:15:00.000Z"),
    )
    for other in others:
        assert not same(NOTE, other, one_study=True)
