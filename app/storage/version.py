"""Which schema a catalog has, told without loading alembic: a start after a crash must be quick."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

NEWEST: Final = "0001"
"""The revision this version of the program works with; a test holds it to the migrations."""


def is_current(connection: Connection) -> bool:
    """Whether every migration was applied already."""
    tables = text("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'")
    if connection.execute(tables).scalar_one() == 0:
        return False
    revisions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return list(revisions) == [NEWEST]
