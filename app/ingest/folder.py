"""Every file of a folder, and of the folders in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from app.errors import Unreadable
from app.model import RefusedFile


def walk(folder: Path, name: str) -> Iterator[tuple[str, Path] | RefusedFile]:
    """Yield each file as its name (``name`` and the path below it) and its path, in the order of
    names.

    A folder that cannot be opened, and a link to a folder (which could lead round in circles), is
    yielded as refused: nothing is left out silently.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        sentence = f"The folder cannot be opened ({error.strerror}): check its permissions."
        yield RefusedFile(name, Unreadable.code, sentence)
        return
    for entry in entries:
        below = f"{name}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from walk(Path(entry.path), below)
        elif entry.is_dir():
            yield RefusedFile(
                below, Unreadable.code, "This is a link to a folder: import that folder itself."
            )
        elif entry.is_file():
            yield below, Path(entry.path)
        else:
            yield RefusedFile(below, Unreadable.code, "This is neither a file nor a folder.")
