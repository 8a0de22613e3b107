"""Bring a catalog's schema up to date, before anything else opens it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from app.errors import StartupError


def configuration() -> Config:
    """Where the migrations are."""
    found = Config()
    # A "%" in the path would be read as interpolation.
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    found.set_main_option("script_location", folder)
    found.set_main_option("path_separator", "os")
    return found


def upgrade(connection: Connection) -> None:
    """Apply all migrations still missing, within the caller's transaction.

    Raises
    ------
    StartupError
        The catalog was written by a newer version.
    """
    prepared = configuration()
    prepared.attributes["connection"] = connection
    try:
        command.upgrade(prepared, "head")
    except CommandError as error:
        raise StartupError(
            "The catalog was written by a newer Firstlight: start that, or choose other --data."
        ) from error
