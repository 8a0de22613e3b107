"""The catalog in SQL (SQLAlchemy Core): studies and their stacks, notes, the feed of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.consult.notes import conflict, same
from app.errors import FrameMissing, StudyMissing, same_uid_other_bytes
from app.model import (
    Change,
    FirstFrame,
    InstanceLayout,
    NewInstance,
    Note,
    Patient,
    SeriesLayout,
    StoredNote,
    StudyLayout,
    StudyRow,
)
from app.storage.catalog import Order, Original
from app.storage.sqlite import SqliteDatabase
from app.storage.tables import changes, instances, notes, series, studies
from streaming.vocabulary import FrameKey, Quality


class SqlCatalog:
    """The SQL implementation of Catalog."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def add(self, new: NewInstance, order: Order, at: str) -> bool:
        async with self._database.write() as connection:
            if await _is_there(connection, new):
                return False
            await _add_study(connection, new, at)
            await connection.execute(
                insert(instances).values(
                    instance=new.instance,
                    study=new.study,
                    series=new.series,
                    number=new.instance_number,
                    frames=new.frames,
                    rows=new.rows,
                    columns=new.columns,
                    transfer_syntax=new.transfer_syntax,
                    sha256=new.sha256,
                    bytes=new.bytes,
                    stack_key=dict(new.stack_key),
                    place=0,
                    added_at=at,
                )
            )
            await _put_in_order(connection, new, order)
            await _add_change(connection, new.study, "study", None, at)
        return True

    async def studies(self) -> tuple[StudyRow, ...]:
        counted = (
            select(
                instances.c.study,
                func.count().label("instances"),
                func.sum(instances.c.frames).label("frames"),
                func.count(instances.c.series.distinct()).label("series"),
            )
            .group_by(instances.c.study)
            .subquery()
        )
        noted = (
            select(notes.c.study, func.count().label("notes")).group_by(notes.c.study).subquery()
        )
        query = (
            select(studies, counted, func.coalesce(noted.c.notes, 0).label("notes"))
            .join(counted, counted.c.study == studies.c.study)
            .outerjoin(noted, noted.c.study == studies.c.study)
            .order_by(studies.c.added_at.desc(), studies.c.study)
        )
        async with self._database.readers.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
            modalities, first = await _firsts(connection)
        return tuple(
            StudyRow(
                study=row[studies.c.study],
                description=row[studies.c.description],
                date=row[studies.c.date],
                patient=_patient(row),
                added_at=row[studies.c.added_at],
                modalities=modalities[row[studies.c.study]],
                series=row["series"],
                instances=row["instances"],
                frames=row["frames"],
                notes=row["notes"],
                first=first.get(row[studies.c.study]),
            )
            for row in rows
        )

    async def study(self, study: str) -> StudyLayout:
        async with self._database.readers.connect() as connection:
            found = (
                (await connection.execute(select(studies).where(studies.c.study == study)))
                .mappings()
                .first()
            )
            if found is None:
                raise StudyMissing("There is no such study here.", study=study)
            rows = await connection.execute(
                _in_order(select(series, instances)).where(series.c.study == study)
            )
            members = list(rows.mappings())
        return StudyLayout(
            study=study,
            description=found["description"],
            date=found["date"],
            patient=_patient(found),
            series=_series(members),
        )

    async def original(self, instance: str) -> Original:
        async with self._database.readers.connect() as connection:
            row = (
                await connection.execute(select(instances).where(instances.c.instance == instance))
            ).first()
        if row is None:
            raise FrameMissing("There is no such image here.", instance=instance)
        return _original(row)

    async def find(self, sha256: str) -> Original | None:
        query = select(instances).where(instances.c.sha256 == sha256)
        async with self._database.readers.connect() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else _original(row)

    async def add_note(self, study: str, note: Note, at: str) -> tuple[StoredNote, bool]:
        async with self._database.write() as connection:
            row = (await connection.execute(select(notes).where(notes.c.id == note.id))).first()
            if row is not None:
                stored = _stored_note(row)
                if not same(stored.note, note, one_study=row.study == study):
                    raise conflict(note)
                return stored, False
            if (
                await connection.execute(select(studies.c.study).where(studies.c.study == study))
            ).first() is None:
                raise StudyMissing("There is no such study here.", study=study)
            sequence = await _add_change(connection, study, "note", note.id, at)
            await connection.execute(
                insert(notes).values(
                    id=note.id,
                    study=study,
                    sequence=sequence,
                    text=note.text,
                    series=note.series,
                    instance=note.frame.instance,
                    frame=note.frame.frame,
                    position=note.position,
                    quality=str(note.quality),
                    rmse=note.rmse,
                    written_at=note.written_at,
                    stored_at=at,
                )
            )
        return StoredNote(note, sequence, at), True

    async def changes(self, study: str, after: int, limit: int) -> tuple[Change, ...]:
        query = (
            select(changes.c.kind, changes.c.at, changes.c.sequence.label("change"), notes)
            .outerjoin(notes, notes.c.id == changes.c.note)
            .where(changes.c.study == study, changes.c.sequence > after)
            .order_by(changes.c.sequence)
            .limit(limit)
        )
        async with self._database.readers.connect() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(
            Change(row.change, row.kind, row.at, _stored_note(row) if row.kind == "note" else None)
            for row in rows
        )

    async def latest(self, study: str | None = None) -> int:
        query = select(func.coalesce(func.max(changes.c.sequence), 0))
        if study is not None:
            query = query.where(changes.c.study == study)
        async with self._database.readers.connect() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def changed_after(self, after: int) -> tuple[frozenset[str], int]:
        query = select(changes.c.study, changes.c.sequence).where(changes.c.sequence > after)
        async with self._database.readers.connect() as connection:
            rows = (await connection.execute(query)).all()
        return frozenset(row.study for row in rows), max(
            (row.sequence for row in rows), default=after
        )


async def _is_there(connection: AsyncConnection, new: NewInstance) -> bool:
    query = select(instances).where(instances.c.instance == new.instance)
    row = (await connection.execute(query)).first()
    if row is None:
        return False
    if row.sha256 != new.sha256:
        raise same_uid_other_bytes(new.instance)
    return True


async def _add_study(connection: AsyncConnection, new: NewInstance, at: str) -> None:
    """The study's and the series' rows, unless they are there: what the first file said stays."""
    query = select(studies.c.study).where(studies.c.study == new.study)
    if (await connection.execute(query)).first() is None:
        await connection.execute(
            insert(studies).values(
                study=new.study,
                description=new.study_description,
                date=new.study_date,
                patient_name=new.patient.name,
                patient_id=new.patient.id,
                birth_date=new.patient.birth_date,
                sex=new.patient.sex,
                added_at=at,
            )
        )
    query = select(series.c.series).where(
        series.c.study == new.study, series.c.series == new.series
    )
    if (await connection.execute(query)).first() is None:
        await connection.execute(
            insert(series).values(
                study=new.study,
                series=new.series,
                number=new.series_number,
                modality=new.modality,
                description=new.series_description,
                body_part=new.body_part,
            )
        )


async def _put_in_order(connection: AsyncConnection, new: NewInstance, order: Order) -> None:
    """Recompute the stack: one new slice can change where all the others belong."""
    query = (
        select(instances.c.instance, instances.c.stack_key, instances.c.place)
        .where(instances.c.study == new.study, instances.c.series == new.series)
        .order_by(instances.c.instance)
    )
    rows = (await connection.execute(query)).all()
    moved = [
        {"which": rows[index].instance, "to": place}
        for place, index in enumerate(order([row.stack_key for row in rows]))
        if rows[index].place != place
    ]
    if moved:
        statement = (
            update(instances)
            .where(instances.c.instance == bindparam("which"))
            .values(place=bindparam("to"))
        )
        await connection.execute(statement, moved)


async def _add_change(
    connection: AsyncConnection, study: str, kind: str, note: str | None, at: str
) -> int:
    statement = (
        insert(changes)
        .values(study=study, kind=kind, note=note, at=at)
        .returning(changes.c.sequence)
    )
    return int((await connection.execute(statement)).scalar_one())


def _in_order(query: Any) -> Any:
    """Join instances to their series; series by number, then UID; instances by their place in the
    stack."""
    return query.join(
        instances, (instances.c.study == series.c.study) & (instances.c.series == series.c.series)
    ).order_by(series.c.number.is_(None), series.c.number, series.c.series, instances.c.place)


async def _firsts(
    connection: AsyncConnection,
) -> tuple[dict[str, tuple[str, ...]], dict[str, FirstFrame]]:
    """Of each study: its modalities, and the first frame of its first series."""
    query = _in_order(
        select(series.c.study, series.c.series, series.c.modality, instances.c.instance)
    ).where(instances.c.place == 0)
    modalities: dict[str, tuple[str, ...]] = {}
    first: dict[str, FirstFrame] = {}
    for row in await connection.execute(query):
        key = FrameKey(row.instance, 1)
        first.setdefault(row.study, FirstFrame(row.series, row.modality, key))
        seen = modalities.setdefault(row.study, ())
        if row.modality not in seen:
            modalities[row.study] = (*seen, row.modality)
    return modalities, first


def _patient(row: Mapping[Any, Any]) -> Patient:
    return Patient(
        row[studies.c.patient_name],
        row[studies.c.patient_id],
        row[studies.c.birth_date],
        row[studies.c.sex],
    )


def _series(members: Sequence[Mapping[Any, Any]]) -> tuple[SeriesLayout, ...]:
    stacks: dict[str, list[InstanceLayout]] = {}
    heads: dict[str, Mapping[Any, Any]] = {}
    for row in members:
        uid = row[series.c.series]
        heads.setdefault(uid, row)
        stacks.setdefault(uid, []).append(
            InstanceLayout(
                row[instances.c.instance], row[instances.c.frames], row[instances.c.number] or 0
            )
        )
    return tuple(
        SeriesLayout(
            series=uid,
            number=head[series.c.number] or 0,
            modality=head[series.c.modality],
            description=head[series.c.description],
            body_part=head[series.c.body_part],
            instances=tuple(stacks[uid]),
        )
        for uid, head in heads.items()
    )


def _original(row: Row[Any]) -> Original:
    return Original(row.study, row.series, row.instance, row.sha256, row.bytes, row.frames)


def _stored_note(row: Row[Any]) -> StoredNote:
    note = Note(
        id=row.id,
        text=row.text,
        series=row.series,
        frame=FrameKey(row.instance, row.frame),
        position=row.position,
        quality=Quality(row.quality),
        rmse=row.rmse,
        written_at=row.written_at,
    )
    return StoredNote(note, row.sequence, row.stored_at)
