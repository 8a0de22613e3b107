"""SQLite is set up so that a note answered "stored" survives."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.errors import StartupError
from app.storage.sqlite import SqliteDatabase

pytestmark = pytest.mark.anyio


async def test_every_connection_is_durable_and_keeps_its_references(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "catalog.sqlite")
    await database.open()
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}
    async with database.write() as writer, database.readers.connect() as reader:
        for connection in (writer, reader):
            for pragma, value in expected.items():
                answer = await connection.execute(text(f"PRAGMA {pragma}"))
                assert answer.scalar_one() == value
    await database.close()


async def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "catalog.sqlite")
    await database.open()
    statement = text("INSERT INTO changes (study, kind, at) VALUES ('1.2', 'study', 'now')")
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await connection.execute(statement)
    async with database.readers.connect() as connection:
        count = await connection.execute(text("SELECT count(*) FROM changes"))
        assert count.scalar_one() == 0
    await database.close()


async def test_a_file_that_is_no_catalog_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"this is no database at all, however long it may be" * 100)
    database = SqliteDatabase(path)
    with pytest.raises(StartupError, match="cannot be opened"):
        await database.open()
    await database.close()
