"""The UIDs an instance goes by: its own, or, where one is missing or malformed, one derived from
the file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydicom.dataset import Dataset

from app.dicom.attributes import text

UID: Final = re.compile(r"[0-9.]{1,64}")
READ_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Identity:
    study: str
    series: str
    instance: str
    warnings: tuple[str, ...] = ()


def identify(path: Path, dataset: Dataset) -> Identity:
    """Return the UIDs of the file at ``path``.

    A missing UID is derived from the file's SHA-256, a malformed one from its own text (so that
    the instances
    of a study stay together), both under 2.25 (PS3.5 B.2): the same file always gets the same UIDs.
    """
    warnings: list[str] = []
    digest: list[str] = []

    def find(keyword: str, name: str, spare: str = "") -> str:
        given = text(dataset, keyword) or spare
        if UID.fullmatch(given):
            return given
        if given:
            warnings.append(f"The {name} of this file is malformed; Firstlight gave it another.")
            return derived_uid(keyword, given)
        if not digest:
            digest.append(_digest(path))
        warnings.append(f"This file has no {name}; Firstlight gave it one of its own.")
        return derived_uid(keyword, digest[0])

    meta = getattr(dataset, "file_meta", None)
    media = text(meta, "MediaStorageSOPInstanceUID") if meta is not None else ""
    study = find("StudyInstanceUID", "Study Instance UID")
    series = find("SeriesInstanceUID", "Series Instance UID")
    instance = find("SOPInstanceUID", "SOP Instance UID", media)
    return Identity(study, series, instance, tuple(warnings))


def derived_uid(keyword: str, seed: str) -> str:
    """Return a UID under 2.25 that is always the same for the same attribute and seed."""
    digest = hashlib.sha256(f"{keyword}\n{seed}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
