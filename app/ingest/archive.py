"""Zips, unpacked entry by entry into a folder of their own, within limits.

No entry's name is ever used as a path, so none can point outside; sizes are counted while
unpacking, because the directory of a zip can lie.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.errors import ArchiveRefused
from app.model import RefusedFile

CHUNK: Final = 256 * 1024
MIB: Final = 1024 * 1024
RATIO_FROM: Final = 16 * MIB
"""Entries smaller than this may be packed as tightly as they like: blank images are."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What a zip may unpack to."""

    entries: int
    bytes: int
    ratio: int


def is_zip(path: Path) -> bool:
    """Whether the file is a zip. A DICOM file's preamble may begin like one, so its prefix is
    looked for first."""
    with path.open("rb") as file:
        start = file.read(132)
    return start[:4] in (b"PK\x03\x04", b"PK\x05\x06") and start[128:132] != b"DICM"


def unpack(
    archive: Path, name: str, folder: Path, limits: ArchiveLimits
) -> Iterator[tuple[str, Path] | RefusedFile]:
    """Yield each entry as its name (the zip's own before it) and the file it was unpacked to in
    ``folder``.

    The caller removes the file when it is done with it. An entry that breaks a limit, or is
    damaged, is yielded as refused; nothing is left out silently.

    Raises
    ------
    ArchiveRefused
        The zip as a whole cannot be read or has too many entries.
    """
    try:
        opened = zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ArchiveRefused("The zip is damaged: pack it and send it again.") from error
    with opened:
        entries = [entry for entry in opened.infolist() if not entry.is_dir()]
        if len(entries) > limits.entries:
            raise ArchiveRefused(
                f"The zip has {len(entries)} files, more than the {limits.entries} "
                "this server takes: split it.",
                entries=len(entries),
            )
        left = limits.bytes
        for number, entry in enumerate(entries):
            path = folder / f"{number}"
            try:
                left -= _unpack_entry(opened, entry, path, left, limits.ratio)
            except ArchiveRefused as refusal:
                path.unlink(missing_ok=True)
                yield RefusedFile(f"{name}/{entry.filename}", refusal.code, refusal.message)
            else:
                yield f"{name}/{entry.filename}", path


def _unpack_entry(
    opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, left: int, ratio: int
) -> int:
    """Unpack one entry; returns its size in bytes; raises ArchiveRefused."""
    if entry.flag_bits & 0x1:
        raise ArchiveRefused("The file is locked with a password: unpack it and send it without.")
    size, most = 0, max(RATIO_FROM, entry.compress_size * ratio)
    try:
        with opened.open(entry) as packed, path.open("wb") as unpacked:
            while chunk := packed.read(CHUNK):
                size += len(chunk)
                if size > most:
                    raise ArchiveRefused(
                        "The file unpacks to far more than it is packed: it was not unpacked."
                    )
                if size > left:
                    raise ArchiveRefused(
                        "The zip unpacks to more than this server takes: split it."
                    )
                unpacked.write(chunk)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise ArchiveRefused(
            "The file is damaged within the zip: pack it and send it again."
        ) from error
    return size
