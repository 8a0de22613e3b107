"""Everything that is opened at the start and closed at the end: the only place that names concrete
back ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from app.dicom import PoolLimits, WorkerPool
from app.errors import StartupError
from app.frames import FrameStore
from app.ingest.archive import MIB, ArchiveLimits
from app.ingest.intake import Intake
from app.ingest.receive import Door
from app.motion import MotionStore
from app.observe.waits import Waits
from app.settings import Settings
from app.storage.blobs import Blobs
from app.storage.blobs_directory import DirectoryBlobs
from app.storage.bus import Bus
from app.storage.bus_memory import MemoryBus
from app.storage.catalog import Catalog
from app.storage.catalog_sql import SqlCatalog
from app.storage.sqlite import SqliteDatabase

LEFT_OVER_SECONDS: Final = 24 * 3600
"""Age at which a half-received upload counts as left over from a server that was killed."""


@dataclass(slots=True)
class Resources:
    """What endpoints and commands work with."""

    settings: Settings
    catalog: Catalog
    blobs: Blobs
    bus: Bus
    pool: WorkerPool
    frames: FrameStore
    motions: MotionStore
    intake: Intake
    incoming: Path
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server was told to stop: every stream closes with 1001."""
    streams: set[asyncio.Task[object]] = field(default_factory=set)
    """The streams that are open."""
    waits: Waits = field(default_factory=Waits)
    """How long messages waited for their turn, over all streams."""


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Open all; close all, in reverse.

    Raises
    ------
    StartupError
        A back end cannot be opened; the sentence says which setting to look at.
    """
    incoming = _open_data(settings.data)
    async with AsyncExitStack() as opened:
        database = _database(settings)
        await database.open()
        opened.push_async_callback(database.close)
        catalog = SqlCatalog(database)
        blobs = _blobs(settings)
        bus = _bus(settings)
        pool = await opened.enter_async_context(_pool(settings))
        frames = FrameStore(catalog, blobs, pool, settings.open_frames)
        opened.push_async_callback(frames.close)
        motions = MotionStore(catalog, blobs, await opened.enter_async_context(_motion(settings)))
        opened.push_async_callback(motions.close)
        limits = ArchiveLimits(
            settings.archive_max_entries, settings.archive_max_mb * MIB, settings.archive_max_ratio
        )
        door = Door(catalog, blobs, pool, bus, settings.file_max_mb)
        intake = Intake(door, limits, incoming, at_once=2 * settings.workers)
        yield Resources(settings, catalog, blobs, bus, pool, frames, motions, intake, incoming)


def _open_data(data: Path) -> Path:
    """Make the data folder and the folder for files on their way in; clear what was left there long
    ago."""
    incoming = data / "incoming"
    try:
        incoming.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"The data folder {data} cannot be made ({error.strerror}): choose another with --data."
        ) from error
    if not os.access(incoming, os.W_OK | os.X_OK):
        raise StartupError(f"The data folder {data} is not writable: choose another with --data.")
    for left in incoming.iterdir():
        if time.time() - left.stat().st_mtime > LEFT_OVER_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    return incoming


def _database(settings: Settings) -> SqliteDatabase:
    url = urlsplit(settings.database_url)
    if not settings.database_url:
        return SqliteDatabase(settings.data / "catalog.sqlite")
    if url.scheme == "sqlite" and url.path.lstrip("/"):
        # As SQLAlchemy has it: sqlite:///relative, sqlite:////absolute.
        return SqliteDatabase(Path(unquote(url.path[1:])))
    raise _not_here(
        "FIRSTLIGHT_DATABASE_URL", url.scheme, "sqlite:///PATH, or nothing for the data folder"
    )


def _blobs(settings: Settings) -> Blobs:
    url = urlsplit(settings.blobs_url)
    if not settings.blobs_url:
        return DirectoryBlobs(settings.data / "blobs")
    if url.scheme == "file" and url.path:
        return DirectoryBlobs(Path(unquote(url.path)))
    raise _not_here(
        "FIRSTLIGHT_BLOBS_URL", url.scheme, "file:///PATH, or nothing for the data folder"
    )


def _bus(settings: Settings) -> Bus:
    if settings.bus_url == "memory:":
        return MemoryBus()
    raise _not_here("FIRSTLIGHT_BUS_URL", urlsplit(settings.bus_url).scheme, "memory:")


def _pool(settings: Settings) -> WorkerPool:
    return WorkerPool(
        PoolLimits(
            workers=settings.workers,
            memory=settings.worker_memory_mb * MIB,
            seconds=settings.worker_seconds,
        )
    )


def _motion(settings: Settings) -> WorkerPool:
    """One worker of its own: a long cine must not keep a picture waiting, nor pictures a cine."""
    return WorkerPool(
        PoolLimits(
            workers=1,
            memory=settings.worker_memory_mb * MIB,
            seconds=settings.worker_seconds,
        )
    )


def _not_here(setting: str, scheme: str, use: str) -> StartupError:
    # Only the scheme is repeated: the rest of a URL may hold a password.
    named = f'"{scheme}:" is not in this version' if scheme else "that is no URL"
    return StartupError(f"The setting {setting} cannot be used, {named}: use {use}.")
