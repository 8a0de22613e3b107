"""Rules of a Note: what may be stored, and when two are the same."""

from __future__ import annotations

from app.errors import NoteConflict, NoteInvalid
from app.model import Note, StudyLayout


def check(note: Note, study: StudyLayout) -> None:
    """Refuse a note that speaks of a picture the study does not have.

    What can be seen on the note alone (empty, too long, contradicting itself) the reading of the
    message refuses.

    Raises
    ------
    NoteInvalid
        With the sentence for its author.
    """
    series = study.find(note.series)
    frames = {one.instance: one.frames for one in series.instances} if series else {}
    if not 1 <= note.frame.frame <= frames.get(note.frame.instance, 0):
        raise NoteInvalid("The note speaks of a picture that is not in this study.")


def same(stored: Note, again: Note, *, one_study: bool) -> bool:
    """Whether ``again``, sent under the id of ``stored``, is that note once more.

    Everything its author wrote counts; a number that went through JSON and the catalog is still
    itself.
    """
    return one_study and stored == again


def conflict(note: Note) -> NoteConflict:
    """The refusal of a note whose id is taken."""
    return NoteConflict(
        "A note with the same id is stored already: copy the text into a new note and send it.",
        id=note.id,
    )
