"""Text messages from the server to the viewer (README.md, "Server to viewer")."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from streaming.errors import VersionError, WireError
from streaming.fields import EXACT_INTEGER, Fields
from streaming.manifest import Manifest
from streaming.manifest_changes import ManifestChanges
from streaming.vocabulary import PROTOCOL_VERSION, FrameKey
from streaming.wire.layout import StudyLayout
from streaming.wire.notes import Change
from streaming.wire.patterns import (
    CODE,
    MANIFEST_ID,
    MAX_SENTENCE,
    MAX_SEQUENCE,
    NOTE_ID,
    UID,
    read_frame,
    read_instant,
)
from streaming.wire.segments import MAX_HANDLE

MAX_CHANGES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Welcome:
    """The first message of a connection."""

    TYPE: ClassVar = "welcome"
    version: int

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"type": self.TYPE, "version": self.version}

    @classmethod
    def read(cls, fields: Fields) -> Welcome:
        """Take the fields of the message; raises VersionError for another version."""
        version = fields.integer("version", 1, EXACT_INTEGER)
        if version != PROTOCOL_VERSION:
            raise VersionError(
                "The server speaks another version of the protocol: reload the page."
            )
        return cls(version)


@dataclass(frozen=True, slots=True)
class Opened:
    """``opened``: the study asked for is open; what follows is of it."""

    TYPE: ClassVar = "opened"
    study: str
    latest: int
    """Sequence number of the study's last change, 0 for none."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"type": self.TYPE, "study": self.study, "latest": self.latest}

    @classmethod
    def read(cls, fields: Fields) -> Opened:
        """Take the fields of the message."""
        return cls(fields.match("study", UID), fields.integer("latest", 0, MAX_SEQUENCE))


@dataclass(frozen=True, slots=True)
class StudyMessage:
    """``study``: the study as its layout is now."""

    TYPE: ClassVar = "study"
    study: StudyLayout

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"type": self.TYPE, "study": self.study.to_dict()}

    @classmethod
    def read(cls, fields: Fields) -> StudyMessage:
        """Take the fields of the message."""
        return cls(StudyLayout.from_dict(fields.take("study")))


@dataclass(frozen=True, slots=True)
class ManifestMessage:
    """``manifest``: from now on segments of ``handle`` belong to this frame and manifest id."""

    TYPE: ClassVar = "manifest"
    handle: int
    frame: FrameKey
    id: str
    manifest: Manifest | ManifestChanges | None
    """None where the viewer said that it has it; changes where it has one that is much like it."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        body = self.manifest
        like = {"like": body.like} if isinstance(body, ManifestChanges) else {}
        return {
            "type": self.TYPE,
            "handle": self.handle,
            "instance": self.frame.instance,
            "frame": self.frame.frame,
            "id": self.id,
            **like,
            "manifest": None if body is None else body.to_dict(),
        }

    @classmethod
    def read(cls, fields: Fields) -> ManifestMessage:
        """Take the fields of the message; raises WireError, and ManifestError for the body."""
        return cls(
            handle=fields.integer("handle", 0, MAX_HANDLE),
            frame=read_frame(fields),
            id=fields.match("id", MANIFEST_ID),
            manifest=_read_body(fields),
        ).checked()

    def checked(self) -> ManifestMessage:
        """Return the message; raises WireError where its body is of another id or frame."""
        body = self.manifest
        if isinstance(body, Manifest) and (body.id, body.frame) != (self.id, self.frame):
            raise WireError("A manifest is of another id or frame than its message says.")
        return self


def _read_body(fields: Fields) -> Manifest | ManifestChanges | None:
    if fields.has("like"):
        return ManifestChanges.read(fields.integer("like", 0, MAX_HANDLE), fields.take("manifest"))
    return None if fields.null("manifest") else Manifest.from_dict(fields.take("manifest"))


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A frame that cannot be shown, and why, in a sentence."""

    TYPE: ClassVar = "unavailable"
    frame: FrameKey
    code: str
    message: str
    may_retry: bool

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "type": self.TYPE,
            "instance": self.frame.instance,
            "frame": self.frame.frame,
            "code": self.code,
            "message": self.message,
            "may_retry": self.may_retry,
        }

    @classmethod
    def read(cls, fields: Fields) -> Unavailable:
        """Take the fields of the message."""
        return cls(
            frame=read_frame(fields),
            code=fields.match("code", CODE),
            message=fields.text("message", MAX_SENTENCE),
            may_retry=fields.flag("may_retry"),
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """Entries of the change feed, in rising order, and the last sequence number there is."""

    TYPE: ClassVar = "changes"
    changes: tuple[Change, ...]
    latest: int

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "type": self.TYPE,
            "changes": [change.to_dict() for change in self.changes],
            "latest": self.latest,
        }

    @classmethod
    def read(cls, fields: Fields) -> Changes:
        """Take the fields of the message."""
        changes = tuple(Change.read(item) for item in fields.items("changes", MAX_CHANGES))
        message = cls(changes, fields.integer("latest", 0, MAX_SEQUENCE))
        numbers = [change.sequence for change in changes]
        if any(after <= before for before, after in itertools.pairwise(numbers)):
            raise WireError("The changes are not in rising order.")
        return message


@dataclass(frozen=True, slots=True)
class NoteStored:
    """The note is durable."""

    TYPE: ClassVar = "note_stored"
    id: str
    sequence: int
    stored_at: str

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "type": self.TYPE,
            "id": self.id,
            "sequence": self.sequence,
            "stored_at": self.stored_at,
        }

    @classmethod
    def read(cls, fields: Fields) -> NoteStored:
        """Take the fields of the message."""
        return cls(
            id=fields.match("id", NOTE_ID),
            sequence=fields.integer("sequence", 1, MAX_SEQUENCE),
            stored_at=read_instant(fields, "stored_at"),
        )


@dataclass(frozen=True, slots=True)
class NoteRefused:
    """The note will never be stored as it is."""

    TYPE: ClassVar = "note_refused"
    id: str
    code: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"type": self.TYPE, "id": self.id, "code": self.code, "message": self.message}

    @classmethod
    def read(cls, fields: Fields) -> NoteRefused:
        """Take the fields of the message."""
        return cls(
            id=fields.match("id", NOTE_ID),
            code=fields.match("code", CODE),
            message=fields.text("message", MAX_SENTENCE),
        )


@dataclass(frozen=True, slots=True)
class Pong:
    """The integer of a ``ping``."""

    TYPE: ClassVar = "pong"
    sent: int

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"type": self.TYPE, "sent": self.sent}

    @classmethod
    def read(cls, fields: Fields) -> Pong:
        """Take the fields of the message."""
        return cls(fields.integer("sent", -EXACT_INTEGER, EXACT_INTEGER))


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence about the connection as a whole."""

    TYPE: ClassVar = "problem"
    code: str
    message: str
    may_retry: bool

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "type": self.TYPE,
            "code": self.code,
            "message": self.message,
            "may_retry": self.may_retry,
        }

    @classmethod
    def read(cls, fields: Fields) -> Problem:
        """Take the fields of the message."""
        return cls(
            code=fields.match("code", CODE),
            message=fields.text("message", MAX_SENTENCE),
            may_retry=fields.flag("may_retry"),
        )


ServerMessage = (
    Welcome
    | Opened
    | StudyMessage
    | ManifestMessage
    | Unavailable
    | Changes
    | NoteStored
    | NoteRefused
    | Pong
    | Problem
)

_READERS: Final[dict[str, Callable[[Fields], ServerMessage]]] = {
    Welcome.TYPE: Welcome.read,
    Opened.TYPE: Opened.read,
    StudyMessage.TYPE: StudyMessage.read,
    ManifestMessage.TYPE: ManifestMessage.read,
    Unavailable.TYPE: Unavailable.read,
    Changes.TYPE: Changes.read,
    NoteStored.TYPE: NoteStored.read,
    NoteRefused.TYPE: NoteRefused.read,
    Pong.TYPE: Pong.read,
    Problem.TYPE: Problem.read,
}


def decode_server_message(value: object) -> ServerMessage:
    """Read a message from parsed JSON; raises StreamingError (WireError, ManifestError)."""
    fields = Fields(value, "A message", WireError)
    message = _READERS[fields.choice("type", tuple(_READERS))](fields)
    fields.done()
    return message
