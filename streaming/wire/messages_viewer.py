"""Text messages from the viewer to the server (README.md, "Viewer to server")."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from streaming.errors import WireError
from streaming.fields import EXACT_INTEGER, Fields, as_match
from streaming.holdings import HeldFrame
from streaming.viewport import MAX_POSITION, MAX_SCREEN, Viewport
from streaming.vocabulary import MAX_SEGMENT_BYTES, MAX_TILES, FrameKey
from streaming.wire.looking import read_held, read_viewport, write_held, write_viewport
from streaming.wire.notes import Note
from streaming.wire.patterns import MANIFEST_ID, MAX_SEQUENCE, UID, read_frame

MAX_HOLDINGS: Final = 20_000
MAX_WORKLIST: Final = 64
AGAIN_REASONS: Final = ("digest", "decode")


@dataclass(frozen=True, slots=True)
class Hello:
    """What a viewer holds and looks at: the first message of a connection, sent once."""

    TYPE: ClassVar = "hello"
    holdings: tuple[HeldFrame, ...]
    manifests: tuple[str, ...]
    after: int
    """Sequence number of the last change of the open study seen, 0 for none."""
    viewport: Viewport | None
    """None where no study is open."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "type": self.TYPE,
            "holdings": [write_held(held) for held in self.holdings],
            "manifests": list(self.manifests),
            "after": self.after,
            "viewport": None if self.viewport is None else write_viewport(self.viewport),
        }

    @classmethod
    def read(cls, fields: Fields) -> Hello:
        """Take the fields of the message."""
        return cls(
            holdings=_read_holdings(fields),
            manifests=_read_manifests(fields),
            after=fields.integer("after", 0, MAX_SEQUENCE),
            viewport=None if fields.null("viewport") else read_viewport(fields.fields("viewport")),
        )


@dataclass(frozen=True, slots=True)
class Open:
    """``open``: this study is looked at from now on, instead of what was open."""

    TYPE: ClassVar = "open"
    study: str
    series: str | None
    """None: the study's first."""
    position: int
    width: int
    """Room for the picture on the screen, in device pixels."""
    height: int
    holdings: tuple[HeldFrame, ...]
    """What is held of the study's frames and was not sent on this connection."""
    manifests: tuple[str, ...]
    after: int
    """Sequence number of the study's last change seen, 0 for none."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "type": self.TYPE,
            "study": self.study,
            "series": self.series,
            "position": self.position,
            "width": self.width,
            "height": self.height,
            "holdings": [write_held(held) for held in self.holdings],
            "manifests": list(self.manifests),
            "after": self.after,
        }

    @classmethod
    def read(cls, fields: Fields) -> Open:
        """Take the fields of the message."""
        return cls(
            study=fields.match("study", UID),
            series=None if fields.null("series") else fields.match("series", UID),
            position=fields.integer("position", 1, MAX_POSITION),
            width=fields.integer("width", 1, MAX_SCREEN),
            height=fields.integer("height", 1, MAX_SCREEN),
            holdings=_read_holdings(fields),
            manifests=_read_manifests(fields),
            after=fields.integer("after", 0, MAX_SEQUENCE),
        )


@dataclass(frozen=True, slots=True)
class Leave:
    """``leave``: no study is looked at any more."""

    TYPE: ClassVar = "leave"

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"type": self.TYPE}

    @classmethod
    def read(cls, fields: Fields) -> Leave:  # there are none
        """Take the fields of the message."""
        return cls()


@dataclass(frozen=True, slots=True)
class Prefetch:
    """``prefetch``: frames to have readable before their study is opened, instead of any asked for
    earlier."""

    TYPE: ClassVar = "prefetch"
    frames: tuple[FrameKey, ...]
    """The likeliest first."""
    width: int
    """Room for a picture on the screen, in device pixels."""
    height: int
    bytes: int
    """Of segments, for all together."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "type": self.TYPE,
            "frames": _write_keys(self.frames),
            "width": self.width,
            "height": self.height,
            "bytes": self.bytes,
        }

    @classmethod
    def read(cls, fields: Fields) -> Prefetch:
        """Take the fields of the message."""
        return cls(
            frames=tuple(_read_key(item) for item in fields.items("frames", MAX_WORKLIST)),
            width=fields.integer("width", 1, MAX_SCREEN),
            height=fields.integer("height", 1, MAX_SCREEN),
            bytes=fields.integer("bytes", 0, MAX_SEGMENT_BYTES),
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
            "frames": _write_keys(self.frames),
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


ViewerMessage = (
    Hello | Open | Leave | Prefetch | ViewportChanged | Ack | Dropped | Again | SubmitNote | Ping
)

_READERS: Final[dict[str, Callable[[Fields], ViewerMessage]]] = {
    Hello.TYPE: Hello.read,
    Open.TYPE: Open.read,
    Leave.TYPE: Leave.read,
    Prefetch.TYPE: Prefetch.read,
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


def _read_holdings(fields: Fields) -> tuple[HeldFrame, ...]:
    return tuple(read_held(held) for held in fields.items("holdings", MAX_HOLDINGS))


def _read_manifests(fields: Fields) -> tuple[str, ...]:
    return tuple(
        as_match(item, "A manifest's id", MANIFEST_ID, WireError)
        for item in fields.items("manifests", MAX_HOLDINGS)
    )


def _write_keys(keys: Iterable[FrameKey]) -> list[dict[str, Any]]:
    return [{"instance": key.instance, "frame": key.frame} for key in keys]


def _read_key(value: object) -> FrameKey:
    fields = Fields(value, "A frame", WireError)
    key = read_frame(fields)
    fields.done()
    return key
