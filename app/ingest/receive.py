"""The one door: a file comes in, is examined, stored, written down, and told of.

Whatever sent it (upload, folder, zip, the command line), the checks and the sentences are the same.
A file is answered "stored" only when its bytes and its catalog entry would survive a loss of power.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from app.clock import now
from app.dicom import Examination, StackKey, WorkerPool, stack_order
from app.errors import (
    FirstlightError,
    FrameMissing,
    Refused,
    TooLarge,
    Unreadable,
    same_uid_other_bytes,
)
from app.frames import original_key
from app.model import NewInstance, Patient, RefusedFile, StoredFile
from app.observe.log import get_logger
from app.storage.blobs import Blobs
from app.storage.bus import Bus
from app.storage.catalog import Catalog, Original

CHUNK: Final = 1024 * 1024
MIB: Final = 1024 * 1024

log = get_logger("ingest")


class Door:
    """Takes one file at a time; any number may be on their way in at once."""

    def __init__(
        self, catalog: Catalog, blobs: Blobs, pool: WorkerPool, bus: Bus, file_max_mb: int
    ) -> None:
        self._catalog = catalog
        self._blobs = blobs
        self._pool = pool
        self._bus = bus
        self._file_max_mb = file_max_mb

    async def receive(self, path: Path, name: str) -> StoredFile | RefusedFile:
        """Store the file at ``path``, or say why not. ``name`` is what its sender calls it; it is
        not kept."""
        try:
            stored = await self._receive(path, name)
        except Refused as refusal:
            log.info("refused", code=refusal.code)
            return RefusedFile(name, refusal.code, refusal.message)
        except Exception as error:  # one file must never cost the others of its import
            log.error("failed", exc_info=error)
            sentence = "Something went wrong on the server with this file; try it once more."
            return RefusedFile(name, FirstlightError.code, sentence)
        log.info("stored", study=stored.study, instance=stored.instance, already=stored.already)
        return stored

    async def _receive(self, path: Path, name: str) -> StoredFile:
        size, sha256 = await asyncio.to_thread(_measure, path, self._file_max_mb)
        known = await self._catalog.find(sha256)
        if known is not None:
            return StoredFile(
                known.study, known.series, known.instance, known.frames, name, already=True
            )
        found = await self._pool.examine(path)
        await self._refuse_other_bytes(found.instance, sha256)
        if not await self._blobs.has(original_key(sha256)):
            await self._blobs.put_file(original_key(sha256), path)
        added = await self._catalog.add(_described(found, sha256, size), _order, now())
        await self._bus.publish(found.study)
        return StoredFile(
            found.study, found.series, found.instance, found.frames, name, already=not added
        )

    async def _refuse_other_bytes(self, instance: str, sha256: str) -> None:
        """Before anything is written; the catalog looks again within its transaction."""
        try:
            known: Original = await self._catalog.original(instance)
        except FrameMissing:
            return
        if known.sha256 != sha256:
            raise same_uid_other_bytes(instance)


def _measure(path: Path, file_max_mb: int) -> tuple[int, str]:
    """Size in bytes and hex SHA-256 of a file; raises Unreadable and TooLarge."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                if size > file_max_mb * MIB:
                    raise TooLarge(
                        f"The file is larger than {file_max_mb} MiB, the most this server takes."
                    )
                digest.update(chunk)
    except OSError as error:
        raise Unreadable(
            f"The file cannot be read ({error.strerror}): check its permissions."
        ) from error
    return size, digest.hexdigest()


def _order(keys: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    return stack_order([StackKey.from_dict(dict(key)) for key in keys])


def _described(found: Examination, sha256: str, size: int) -> NewInstance:
    return NewInstance(
        study=found.study,
        series=found.series,
        instance=found.instance,
        patient=Patient(found.patient_name, found.patient_id, found.birth_date, found.sex),
        study_description=found.study_description,
        study_date=found.study_date,
        series_number=found.series_number,
        series_description=found.series_description,
        modality=found.modality,
        body_part=found.body_part,
        instance_number=found.number,
        frames=found.frames,
        rows=found.rows,
        columns=found.columns,
        transfer_syntax=found.transfer_syntax,
        sha256=sha256,
        bytes=size,
        stack_key=found.stack.to_dict(),
    )
