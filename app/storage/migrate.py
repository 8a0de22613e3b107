"""Bring a catalog's schema up to date, before anything else opens it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from app.errors import StartupError


def _configuration() -> Config:
    configuration = Config()
    # A "%" in the path would be read as interpolation.
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    configuration.set_main_option("script_location", folder)
    configuration.set_main_option("path_separator", "os")
    return configuration


def newest() -> str:
    """The revision this version of the program works with."""
    head = ScriptDirectory.from_config(_configuration()).get_current_head()
    if head is None:
        raise StartupError("The program's folder of migrations is empty: install it again.")
    return head


def upgrade(connection: Connection) -> None:
    """Apply all migrations still missing, within the caller's transaction.

    Raises
    ------
    StartupError
        The catalog was written by a newer version.
    """
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    try:
        command.upgrade(configuration, "head")
    except CommandError as error:
        raise StartupError(
            "The catalog was written by a newer Firstlight: start that, or choose other --data."
        ) from error
