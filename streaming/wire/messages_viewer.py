"""Text messages from the viewer to the server (README.md, "Viewer to server")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from streaming.errors import WireError
from streaming.fields import EXACT_INTEGER, Fields, as_match
from streaming.holdings import HeldFrame
from streaming.viewport import Viewport
from streaming.vocabulary import MAX_TILES, FrameKey
from streaming.wire.looking import read_held, read_viewport, write_held, write_viewport
from streaming.wire.notes import Note
from streaming.wire.patterns import MANIFEST_ID, MAX_SEQUENCE, read_frame

MAX_HOLDINGS: Final = 20_000
AGAIN_REASONS: Final = ("digest", "decode")


@dataclass(frozen=True, slots=True)
class Hello:
    """What a viewer holds and looks at: the first message of a connection, sent once."""

    TYPE: ClassVar = "hello"
    holdings: tuple[HeldFrame, ...]
    manifests: tuple[str, ...]
    after: int
    """Sequence number of the last change seen, 0 for none."""
    viewport: Viewport

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "type": self.TYPE,
            "holdings": [write_held(held) for held in self.holdings],
            "manifests": list(self.manifests),
            "after": self.after,
            "viewport": write_viewport(self.viewport),
        }

    @classmethod
    def read(cls, fields: Fields) -> Hello:
        """Take the fields of the message."""
        return cls(
            holdings=tuple(read_held(held) for held in fields.items("holdings", MAX_HOLDINGS)),
            manifests=tuple(
                as_match(item, "A manifest's id", MANIFEST_ID, WireError)
                for item in fields.items("manifests", MAX_HOLDINGS)
            ),
            after=fields.integer("after", 0, MAX_SEQUENCE),
            viewport=read_viewport(fields.fields("viewport")),
        )


@dataclass(frozen=True, slots=True)
class ViewportChanged:
    """``viewport``: what is looked at now."""

    TYPE: ClassVar = "viewport"
    viewport: Viewport

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"type": self.TYPE, **write_viewport(self.viewport)}

    @classmethod
    def read(cls, fields: Fields) -> ViewportChanged:
        """Take the fields of the message."""
        return cls(read_viewport(fields))


@dataclass(frozen=True, slots=True)
class Ack:
    """Bytes of all binary messages received on this connection so far."""

    TYPE: ClassVar = "ack"
    received: int

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"type": self.TYPE, "received": self.received}

    @classmethod
    def read(cls, fields: Fields) -> Ack:
        """Take the fields of the message."""
        return cls(fields.integer("received", 0, EXACT_INTEGER))


@dataclass(frozen=True, slots=True)
class Dropped:
    """Frames whose segments the viewer no longer holds."""

    TYPE: ClassVar = "dropped"
    frames: tuple[FrameKey, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "type": self.TYPE,
            "frames": [{"instance": key.instance, "frame": key.frame} for key in self.frames],
        }

    @classmethod
    def read(cls, fields: Fields) -> Dropped:
        """Take the fields of the message."""
        return cls(tuple(_read_key(item) for item in fields.items("frames", MAX_HOLDINGS)))


@dataclass(frozen=True, slots=True)
class Again:
    """A tile that did not decode, or not to its digest: it is asked for anew."""

    TYPE: ClassVar = "again"
    frame: FrameKey
    tile: int
    reason: str
    """``digest`` or ``decode``."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "type": self.TYPE,
            "instance": self.frame.instance,
            "frame": self.frame.frame,
            "tile": self.tile,
            "reason": self.reason,
        }

    @classmethod
    def read(cls, fields: Fields) -> Again:
        """Take the fields of the message."""
        return cls(
            frame=read_frame(fields),
            tile=fields.integer("tile", 0, MAX_TILES - 1),
            reason=fields.choice("reason", AGAIN_REASONS),
        )


@dataclass(frozen=True, slots=True)
class SubmitNote:
    """``note``: to be stored before it is answered."""

    TYPE: ClassVar = "note"
    note: Note

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"type": self.TYPE, **self.note.to_dict()}

    @classmethod
    def read(cls, fields: Fields) -> SubmitNote:
        """Take the fields of the message."""
        return cls(Note.read(fields))


@dataclass(frozen=True, slots=True)
class Ping:
    """Any integer, handed back in a ``pong``."""

    TYPE: ClassVar = "ping"
    sent: int

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"type": self.TYPE, "sent": self.sent}

    @classmethod
    def read(cls, fields: Fields) -> Ping:
        """Take the fields of the message."""
        return cls(fields.integer("sent", -EXACT_INTEGER, EXACT_INTEGER))


ViewerMessage = Hello | ViewportChanged | Ack | Dropped | Again | SubmitNote | Ping

_READERS: Final[dict[str, Callable[[Fields], ViewerMessage]]] = {
    Hello.TYPE: Hello.read,
    ViewportChanged.TYPE: ViewportChanged.read,
    Ack.TYPE: Ack.read,
    Dropped.TYPE: Dropped.read,
    Again.TYPE: Again.read,
    SubmitNote.TYPE: SubmitNote.read,
    Ping.TYPE: Ping.read,
}


def decode_viewer_message(value: object) -> ViewerMessage:
    """Read a message from parsed JSON; raises StreamingError (WireError, HoldingsError)."""
    fields = Fields(value, "A message", WireError)
    message = _READERS[fields.choice("type", tuple(_READERS))](fields)
    fields.done()
    return message


def _read_key(value: object) -> FrameKey:
    fields = Fields(value, "A frame dropped", WireError)
    key = read_frame(fields)
    fields.done()
    return key
