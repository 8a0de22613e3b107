"""What a session asks of the endpoint around it."""

from __future__ import annotations

from dataclasses import dataclass

from streaming.vocabulary import FrameKey
from streaming.wire.notes import Note


@dataclass(frozen=True, slots=True)
class StudyWanted:
    """This study is to be opened; answer with ``study_opened``."""

    study: str


@dataclass(frozen=True, slots=True)
class NoteSubmitted:
    """A note to be stored; answer with ``note_stored`` or ``note_refused``."""

    study: str
    note: Note


@dataclass(frozen=True, slots=True)
class TileRefused:
    """A viewer threw a tile away: to be logged. ``reason`` is ``digest`` or ``decode``."""

    frame: FrameKey
    tile: int
    reason: str


@dataclass(frozen=True, slots=True)
class ChangesWanted:
    """The viewer has seen the study's changes up to ``after``; answer with ``changes``."""

    study: str
    after: int


SessionEvent = StudyWanted | NoteSubmitted | TileRefused | ChangesWanted
