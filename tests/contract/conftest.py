"""Every implementation of each back end, one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.storage.blobs import Blobs
from app.storage.blobs_directory import DirectoryBlobs
from app.storage.bus import Bus
from app.storage.bus_memory import MemoryBus
from app.storage.catalog import Catalog
from app.storage.catalog_sql import SqlCatalog
from app.storage.sqlite import SqliteDatabase


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite"])
async def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Catalog]:
    assert request.param == "sqlite"
    database = SqliteDatabase(tmp_path / "catalog.sqlite")
    await database.open()
    yield SqlCatalog(database)
    await database.close()


@pytest.fixture(params=["directory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    assert request.param == "directory"
    return DirectoryBlobs(tmp_path / "blobs")


@pytest.fixture(params=["memory"])
def bus(request: pytest.FixtureRequest) -> Bus:
    assert request.param == "memory"
    return MemoryBus()
