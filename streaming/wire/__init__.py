"""Messages to plain JSON values or bytes, and back. README.md has every field, unit and limit."""

from streaming.wire.layout import InstanceLayout, Patient, SeriesLayout, StudyLayout
from streaming.wire.messages_server import (
    Changes,
    ManifestMessage,
    NoteRefused,
    NoteStored,
    Pong,
    Problem,
    ServerMessage,
    StudyMessage,
    Unavailable,
    Welcome,
    decode_server_message,
)
from streaming.wire.messages_viewer import (
    Ack,
    Again,
    Dropped,
    Hello,
    Ping,
    SubmitNote,
    ViewerMessage,
    ViewportChanged,
    decode_viewer_message,
)
from streaming.wire.notes import Change, Note, StoredNote
from streaming.wire.opening import Opening
from streaming.wire.segments import SegmentSlice, decode_slices, encode_slices

__all__ = [
    "Ack",
    "Again",
    "Change",
    "Changes",
    "Dropped",
    "Hello",
    "InstanceLayout",
    "ManifestMessage",
    "Note",
    "NoteRefused",
    "NoteStored",
    "Opening",
    "Patient",
    "Ping",
    "Pong",
    "Problem",
    "SegmentSlice",
    "SeriesLayout",
    "ServerMessage",
    "StoredNote",
    "StudyLayout",
    "StudyMessage",
    "SubmitNote",
    "Unavailable",
    "ViewerMessage",
    "ViewportChanged",
    "Welcome",
    "decode_server_message",
    "decode_slices",
    "decode_viewer_message",
    "encode_slices",
]
