"""The migrations, all applied, make the very schema that ``tables.py`` says."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from app.errors import StartupError
from app.storage.migrate import configuration, upgrade
from app.storage.tables import metadata
from app.storage.version import NEWEST, is_current


def test_schema_is_what_the_tables_say(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    with engine.begin() as connection:
        upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == NEWEST
        made = {
            row.name: row.sql
            for row in connection.execute(text("SELECT name, sql FROM sqlite_master"))
        }
        assert "AUTOINCREMENT" in made["changes"]
    engine.dispose()


def test_keys_are_those_of_a_schema_made_from_the_tables(tmp_path: Path) -> None:
    """What compare_metadata does not look at: primary keys, and where foreign keys lead."""
    migrated = create_engine(f"sqlite:///{tmp_path / 'migrated.sqlite'}")
    made = create_engine(f"sqlite:///{tmp_path / 'made.sqlite'}")
    with migrated.begin() as connection:
        upgrade(connection)
    metadata.create_all(made)
    for table in metadata.tables:
        one, two = inspect(migrated), inspect(made)
        assert one.get_pk_constraint(table) == two.get_pk_constraint(table)
        assert sorted(map(str, one.get_foreign_keys(table))) == sorted(
            map(str, two.get_foreign_keys(table))
        )
    migrated.dispose()
    made.dispose()


def test_the_newest_is_the_last_migration(tmp_path: Path) -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [NEWEST]
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    with engine.begin() as connection:
        assert not is_current(connection)
        upgrade(connection)
        assert is_current(connection)
    engine.dispose()


def test_a_second_upgrade_does_nothing(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    for _ in range(2):
        with engine.begin() as connection:
            upgrade(connection)
    engine.dispose()


def test_a_catalog_from_the_future_is_left_alone(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    with engine.begin() as connection:
        upgrade(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with engine.begin() as connection, pytest.raises(StartupError, match="newer Firstlight"):
        upgrade(connection)
    engine.dispose()
