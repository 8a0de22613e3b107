"""Notes and changes, as they travel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from streaming.errors import WireError
from streaming.fields import Fields, plain_number
from streaming.viewport import MAX_POSITION
from streaming.vocabulary import MAX_NOTE_CHARACTERS, FrameKey, Quality
from streaming.wire.patterns import MAX_SEQUENCE, NOTE_ID, UID, read_frame, read_instant

MAX_RMSE: Final = 1e6
CHANGE_KINDS: Final = ("note", "study")


@dataclass(frozen=True, slots=True)
class Note:
    """A consult note with what its author had seen when writing it."""

    id: str
    """UUID version 4, made on the phone: the same id is the same note."""
    text: str
    series: str
    frame: FrameKey
    position: int
    quality: Quality
    rmse: float | None
    """Grey levels that could still have been wrong; 0 when lossless, None for only the Preview."""
    written_at: str
    """RFC 3339, UTC, milliseconds."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, without ``type``."""
        return {
            "id": self.id,
            "text": self.text,
            "series": self.series,
            "instance": self.frame.instance,
            "frame": self.frame.frame,
            "position": self.position,
            "quality": self.quality.value,
            "rmse": None if self.rmse is None else plain_number(self.rmse),
            "written_at": self.written_at,
        }

    @classmethod
    def from_dict(cls, value: object) -> Note:
        """From plain JSON values without ``type``, e.g. the body of a PUT; raises WireError."""
        fields = Fields(value, "A note", WireError)
        note = cls.read(fields)
        fields.done()
        return note

    @classmethod
    def read(cls, fields: Fields) -> Note:
        """Take the fields of a note; raises WireError."""
        note = cls(
            id=fields.match("id", NOTE_ID),
            text=fields.text("text", MAX_NOTE_CHARACTERS),
            series=fields.match("series", UID),
            frame=read_frame(fields),
            position=fields.integer("position", 1, MAX_POSITION),
            quality=Quality(fields.choice("quality", tuple(quality.value for quality in Quality))),
            rmse=None if fields.null("rmse") else fields.number("rmse", 0, MAX_RMSE),
            written_at=read_instant(fields, "written_at"),
        )
        if not note.text.strip():
            raise WireError("A note must have some text that is not white space.")
        if (note.rmse is None) is not (note.quality is Quality.PREVIEW):
            raise WireError("A note's rmse is null when only the Preview was seen, and only then.")
        if note.quality is Quality.LOSSLESS and note.rmse != 0:
            raise WireError("A note's rmse is 0 when the frame was lossless.")
        return note


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A note that is durable."""

    note: Note
    sequence: int
    stored_at: str

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values: the note, then ``sequence`` and ``stored_at``."""
        return {
            **self.note.to_dict(),
            "sequence": self.sequence,
            "stored_at": self.stored_at,
        }

    @classmethod
    def read(cls, fields: Fields) -> StoredNote:
        """Take the fields of a stored note."""
        stored = cls(
            note=Note.read(fields),
            sequence=fields.integer("sequence", 1, MAX_SEQUENCE),
            stored_at=read_instant(fields, "stored_at"),
        )
        fields.done()
        return stored


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a study's change feed."""

    sequence: int
    kind: str
    """``note`` or ``study``."""
    at: str
    note: StoredNote | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "sequence": self.sequence,
            "kind": self.kind,
            "at": self.at,
            "note": None if self.note is None else self.note.to_dict(),
        }

    @classmethod
    def read(cls, value: object) -> Change:
        """From plain JSON values."""
        fields = Fields(value, "A change", WireError)
        change = cls(
            sequence=fields.integer("sequence", 1, MAX_SEQUENCE),
            kind=fields.choice("kind", CHANGE_KINDS),
            at=read_instant(fields, "at"),
            note=None if fields.null("note") else StoredNote.read(fields.fields("note")),
        )
        fields.done()
        if (change.note is None) is not (change.kind == "study"):
            raise WireError("A change of kind note carries the note, and no other change does.")
        return change
