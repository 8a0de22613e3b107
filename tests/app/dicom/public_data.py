"""The public DICOM files that tests read where they lie."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve()
DEFAULT = HERE.parents[4] / "shared" / "data"
DATA = Path(os.environ.get("FIRSTLIGHT_PUBLIC_DATA", DEFAULT))


@dataclass(frozen=True)
class PublicFile:
    path: Path
    decodes: bool
    """Whether pydicom 3.0.2 with pylibjpeg decodes it (perhaps only with force=True)."""
    note: str

    def __str__(self) -> str:
        return self.path.name


def public_files() -> list[PublicFile]:
    """All files of the manifest; none where the data are absent."""
    table = DATA / "MANIFEST.tsv"
    if not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [_read(row) for row in rows]


def _read(row: dict[str, str]) -> PublicFile:
    note = row["decodes with pydicom+pylibjpeg?"]
    decodes = note.startswith("ok ") or "|| ok uin" in note
    return PublicFile(DATA / row["local path"], decodes, note)


def public_file(name: str) -> Path:
    """The public file whose path ends with ``name``; skips the test where the data are absent."""
    found = [file.path for file in public_files() if str(file.path).endswith(name)]
    if not found or not found[0].is_file():
        pytest.skip(
            f"{name} is not here: put the public files at ../shared/data, "
            "or set FIRSTLIGHT_PUBLIC_DATA"
        )
    return found[0]
