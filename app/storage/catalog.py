"""What the application asks of a catalog: studies, notes, and the feed of their changes.

Every change is written to the feed in the same transaction as what it speaks of, so the feed never
lies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.model import Change, NewInstance, Note, StoredNote, StudyLayout, StudyRow

Order = Callable[[Sequence[Mapping[str, Any]]], Sequence[int]]
"""From the stack keys of a series' instances to the order of their stack, as indices into them."""


@dataclass(frozen=True, slots=True)
class Original:
    """Where the file of an instance is, and what it says of itself."""

    study: str
    series: str
    instance: str
    sha256: str
    bytes: int
    frames: int


class Catalog(Protocol):
    """One implementation is SQL; ``tests/contract`` holds every implementation to this."""

    async def add(self, new: NewInstance, order: Order, at: str) -> bool:
        """Write an instance down, put its series' stack in order, and say so in the feed.

        Returns False, and changes nothing, when the very same file is there already.

        Raises
        ------
        InstanceConflict
            Its SOP Instance UID is there with other bytes, or in another study or series.
        """

    async def studies(self) -> tuple[StudyRow, ...]:
        """The study list, what was added last first."""

    async def study(self, study: str) -> StudyLayout:
        """A study with its series and their stacks; raises StudyMissing."""

    async def original(self, instance: str) -> Original:
        """Where an instance's file is; raises FrameMissing."""

    async def find(self, sha256: str) -> Original | None:
        """The instance whose file has this digest, if there is one."""

    async def add_note(self, study: str, note: Note, at: str) -> tuple[StoredNote, bool]:
        """Make a note durable. The flag is False when it was there already: the same id is the same
        note.

        Raises
        ------
        StudyMissing
            There is no such study.
        NoteConflict
            The id is taken by a note that says something else, or that is on another study.
        """

    async def changes(self, study: str, after: int, limit: int) -> tuple[Change, ...]:
        """The study's changes with a sequence number above ``after``, rising, at most ``limit``."""

    async def latest(self, study: str | None = None) -> int:
        """Sequence number of the study's last change, or of the last of all; 0 for none."""

    async def changed_after(self, after: int) -> tuple[frozenset[str], int]:
        """Studies changed after ``after`` by anyone, and the last sequence number of all."""
