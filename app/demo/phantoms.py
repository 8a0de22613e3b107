"""The set of phantoms, made once and kept in a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.demo.chest import write_chest
from app.demo.dataset import VERSION
from app.demo.fetus import write_fetus
from app.demo.head import SLICES, write_head


def write_phantoms(folder: Path, progress: Callable[[str], None]) -> tuple[Path, ...]:
    """Write all phantoms below ``folder`` unless they are there already; return their paths.

    ``progress`` is told, in a sentence, what was done.
    """
    stamp = folder / "version.txt"
    if stamp.is_file() and stamp.read_text() == VERSION:
        progress("The phantoms are there already.")
        return phantom_files(folder)
    stamp.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    write_chest(folder)
    progress("Chest radiograph phantom: 2500 x 3000, written.")
    write_fetus(folder)
    progress("Obstetric ultrasound phantom: 60 frames, written.")
    write_head(folder, progress)
    progress(f"CT head phantom: {SLICES} slices, written.")
    stamp.write_text(VERSION)  # last: a set cut off half-way is made again
    return phantom_files(folder)


def phantom_files(folder: Path) -> tuple[Path, ...]:
    """Return the phantoms' files below ``folder``, those of a stack in its order."""
    return tuple(sorted(folder.rglob("*.dcm")))
