"""SQLite as the catalog's database: its pragmas, its schema, and one writer at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.errors import StartupError
from app.storage.version import is_current

# WAL lets readers read while one writes. FULL makes a commit survive a loss of power: a note is
# answered "stored" only after that. Another process (the import command) may hold the write lock:
# wait, do not fail.
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=30000",
)


class SqliteDatabase:
    """Readers from a small pool; writes one after another, each in its own IMMEDIATE transaction.

    ``BEGIN IMMEDIATE`` takes the write lock before the first read, so a transaction that reads and
    then writes can never fail half-way because another process wrote in between.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        url = URL.create("sqlite+aiosqlite", database=str(path))
        self._readers: AsyncEngine = create_async_engine(url, pool_size=4, max_overflow=4)
        self._writer: AsyncEngine = create_async_engine(
            url, pool_size=1, max_overflow=0, pool_timeout=60
        )
        for engine in (self._readers, self._writer):
            event.listen(engine.sync_engine, "connect", _configure)
        event.listen(self._writer.sync_engine, "begin", _begin_immediate)

    @property
    def readers(self) -> AsyncEngine:
        """For transactions that only read."""
        return self._readers

    async def open(self) -> None:
        """Make or upgrade the schema; raises StartupError with the reason where that cannot be
        done."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            async with self.write() as connection:
                await connection.run_sync(_bring_up_to_date)
        except (OSError, DatabaseError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error.orig)
            raise StartupError(
                f"The catalog {self._path} cannot be opened ({reason}): check the folder, "
                "or choose another with --data."
            ) from error

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end of the block, undone by an exception.

        The writer's pool holds one connection, so writers of this process queue here.
        """
        async with self._writer.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._readers.dispose()


def _bring_up_to_date(connection: Connection) -> None:
    """Apply the migrations that are missing; alembic is only loaded where there are any."""
    if not is_current(connection):
        from app.storage.migrate import upgrade

        upgrade(connection)


def _configure(connection: Any, _record: object) -> None:
    # The driver's own transactions (begun before the first write: too late) are off.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
