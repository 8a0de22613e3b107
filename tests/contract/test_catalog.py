"""What every catalog must do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.errors import FrameMissing, InstanceConflict, NoteConflict, StudyMissing
from app.model import FirstFrame, NewInstance, Note, Patient
from app.storage.catalog import Catalog
from streaming.vocabulary import FrameKey, Quality

pytestmark = pytest.mark.anyio

AT = "2026-11-24T03:14:00.000Z"
LATER = "2026-11-24T03:15:00.000Z"

FIRST = NewInstance(
    study="1.2",
    series="1.2.1",
    instance="1.2.1.1",
    patient=Patient("Doe, Jane", "7", "1991-02-08", "F"),
    study_description="Head",
    study_date="2026-11-24",
    series_number=2,
    series_description="Thin",
    modality="CT",
    body_part="HEAD",
    instance_number=None,
    frames=3,
    rows=512,
    columns=512,
    transfer_syntax="1.2.840.10008.1.2.1",
    sha256="a" * 64,
    bytes=1000,
    stack_key={"height": 5},
)
SECOND = replace(FIRST, instance="1.2.1.2", sha256="b" * 64, stack_key={"height": 1}, frames=1)
NOTE = Note(
    id="0b8e3a52-5b83-4c38-8f3f-000000000001",
    text="Extra-axial bleed on the left.",
    series="1.2.1",
    frame=FrameKey("1.2.1.1", 2),
    position=3,
    quality=Quality.LOSSY,
    rmse=3.75,
    written_at=AT,
)


def by_height(keys: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    return sorted(range(len(keys)), key=lambda place: keys[place]["height"])


async def add(catalog: Catalog, *new: NewInstance) -> None:
    for one in new:
        assert await catalog.add(one, by_height, AT)


async def test_a_study_is_read_as_it_was_added(catalog: Catalog) -> None:
    await add(catalog, FIRST)
    study = await catalog.study("1.2")
    assert (study.description, study.date, study.patient) == ("Head", "2026-11-24", FIRST.patient)
    (series,) = study.series
    assert (series.series, series.number, series.modality) == ("1.2.1", 2, "CT")
    assert (series.description, series.body_part) == ("Thin", "HEAD")
    assert [(one.instance, one.frames, one.number) for one in series.instances] == [
        ("1.2.1.1", 3, 0)
    ]


async def test_a_later_slice_finds_its_place_in_the_stack(catalog: Catalog) -> None:
    await add(catalog, FIRST, SECOND)
    (series,) = (await catalog.study("1.2")).series
    assert [one.instance for one in series.instances] == ["1.2.1.2", "1.2.1.1"]


async def test_series_go_by_number_and_those_without_come_last(catalog: Catalog) -> None:
    other = replace(FIRST, series="1.1.9", series_number=None, instance="9", sha256="c" * 64)
    early = replace(FIRST, series="1.3.0", series_number=1, instance="8", sha256="d" * 64)
    await add(catalog, other, FIRST, early)
    study = await catalog.study("1.2")
    assert [one.series for one in study.series] == ["1.3.0", "1.2.1", "1.1.9"]


async def test_the_same_file_again_changes_nothing(catalog: Catalog) -> None:
    await add(catalog, FIRST)
    assert not await catalog.add(FIRST, by_height, LATER)
    assert await catalog.latest("1.2") == 1


async def test_the_same_uid_with_other_bytes_is_refused(catalog: Catalog) -> None:
    await add(catalog, FIRST)
    with pytest.raises(InstanceConflict):
        await catalog.add(replace(FIRST, sha256="f" * 64), by_height, LATER)
    assert (await catalog.original("1.2.1.1")).sha256 == "a" * 64


async def test_the_list_counts_and_shows_the_last_added_first(catalog: Catalog) -> None:
    await add(catalog, FIRST, SECOND)
    other = replace(FIRST, study="1.9", series="1.9.1", instance="1.9.1.1", modality="MR")
    await catalog.add(replace(other, sha256="9" * 64), by_height, LATER)
    await catalog.add_note("1.2", NOTE, AT)
    newest, row = await catalog.studies()
    assert (newest.study, newest.modalities, newest.notes) == ("1.9", ("MR",), 0)
    assert (row.study, row.series, row.instances, row.frames, row.notes) == ("1.2", 1, 2, 4, 1)
    assert row.first == FirstFrame("1.2.1", "CT", FrameKey("1.2.1.2", 1))


async def test_an_original_is_found_by_uid_and_by_digest(catalog: Catalog) -> None:
    await add(catalog, FIRST)
    found = await catalog.original("1.2.1.1")
    assert found == await catalog.find("a" * 64)
    assert (found.study, found.series, found.bytes, found.frames) == ("1.2", "1.2.1", 1000, 3)
    assert await catalog.find("0" * 64) is None


async def test_what_is_not_there_is_said_to_be_missing(catalog: Catalog) -> None:
    with pytest.raises(StudyMissing):
        await catalog.study("1.2")
    with pytest.raises(FrameMissing):
        await catalog.original("1.2.1.1")
    with pytest.raises(StudyMissing):
        await catalog.add_note("1.2", NOTE, AT)
    assert await catalog.studies() == ()
    assert await catalog.latest("1.2") == 0


async def test_a_note_and_its_change_come_together(catalog: Catalog) -> None:
    await add(catalog, FIRST)
    stored, new = await catalog.add_note("1.2", NOTE, LATER)
    assert (new, stored.note, stored.sequence, stored.stored_at) == (True, NOTE, 2, LATER)
    added, noted = await catalog.changes("1.2", 0, 10)
    assert (added.kind, added.sequence, added.at, added.note) == ("study", 1, AT, None)
    assert (noted.kind, noted.sequence, noted.at, noted.note) == ("note", 2, LATER, stored)


async def test_the_same_note_again_has_the_same_place(catalog: Catalog) -> None:
    await add(catalog, FIRST)
    stored, _ = await catalog.add_note("1.2", NOTE, AT)
    again, new = await catalog.add_note("1.2", NOTE, LATER)
    assert (again, new) == (stored, False)
    assert await catalog.latest("1.2") == 2


async def test_a_preview_note_has_no_grey_level_error(catalog: Catalog) -> None:
    await add(catalog, FIRST)
    seen = replace(NOTE, quality=Quality.PREVIEW, rmse=None)
    stored, _ = await catalog.add_note("1.2", seen, AT)
    assert stored.note == seen
    assert not (await catalog.add_note("1.2", seen, LATER))[1]


async def test_the_same_id_with_other_content_is_a_conflict(catalog: Catalog) -> None:
    await add(catalog, FIRST)
    await catalog.add_note("1.2", NOTE, AT)
    with pytest.raises(NoteConflict):
        await catalog.add_note("1.2", replace(NOTE, text="Something else."), AT)
    assert await catalog.latest("1.2") == 2


async def test_the_same_id_on_another_study_is_a_conflict(catalog: Catalog) -> None:
    other = replace(FIRST, study="1.9", series="1.9.1", instance="1.9.1.1", sha256="9" * 64)
    await add(catalog, FIRST, other)
    await catalog.add_note("1.2", NOTE, AT)
    with pytest.raises(NoteConflict):
        await catalog.add_note("1.9", NOTE, AT)


async def test_one_note_sent_many_times_at_once_is_one_note(catalog: Catalog) -> None:
    await add(catalog, FIRST)
    answers = await asyncio.gather(*(catalog.add_note("1.2", NOTE, AT) for _ in range(20)))
    assert {stored.sequence for stored, _ in answers} == {2}
    assert sum(new for _, new in answers) == 1


async def test_changes_are_read_from_where_one_was(catalog: Catalog) -> None:
    await add(catalog, FIRST, SECOND)
    await catalog.add_note("1.2", NOTE, AT)
    assert [one.sequence for one in await catalog.changes("1.2", 1, 10)] == [2, 3]
    assert [one.sequence for one in await catalog.changes("1.2", 0, 2)] == [1, 2]
    assert await catalog.changes("1.9", 0, 10) == ()


async def test_who_changed_since(catalog: Catalog) -> None:
    other = replace(FIRST, study="1.9", series="1.9.1", instance="1.9.1.1", sha256="9" * 64)
    await add(catalog, FIRST, other)
    assert await catalog.changed_after(0) == (frozenset({"1.2", "1.9"}), 2)
    assert await catalog.changed_after(1) == (frozenset({"1.9"}), 2)
    assert await catalog.changed_after(2) == (frozenset(), 2)
    assert await catalog.latest() == 2
