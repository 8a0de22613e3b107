"""A whole session between the real two sides, step by step."""

from __future__ import annotations

from typing import Any, Final

from streaming.client import ViewerClient
from streaming.codestream.index import FrameIndex
from streaming.session import (
    ChangesWanted,
    NoteSubmitted,
    SessionEvent,
    SessionLimits,
    StudyWanted,
    ViewerSession,
)
from streaming.vocabulary import FrameKey, WindowLevel
from streaming.wire import (
    Change,
    InstanceLayout,
    Opening,
    SeriesLayout,
    StoredNote,
    StudyLayout,
)
from streaming.wire.looking import write_held
from tests.vectors import examples
from tests.vectors.messages import text_of

LIMITS: Final = SessionLimits(start_window=4096, floor=4096)
TURN: Final = 0.25
STORED_AT: Final = "2026-11-24T03:14:01.250Z"


class Transcript:
    """Two sides, and what each wrote. They speak every 250 ms and hear at once."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []
        self.now = 0.0
        manifest = examples.grey_manifest()
        tile = examples.indexed("grey16.j2k")
        self.frame = (manifest, FrameIndex((tile.lengths, ())), tile.body)
        self.client = ViewerClient(examples.STUDY, examples.SERIES, 1, 80, 48)
        query = self.client.opening_query()
        self.steps.append({"at": 0.0, "from": "viewer", "query": query})
        self.server = ViewerSession(Opening.from_query(query), LIMITS, 0.0)
        self.client.connected()

    def _study(self) -> StudyLayout:
        layout = examples.small_study()
        series = SeriesLayout(
            examples.SERIES,
            1,
            "CT",
            "axial",
            "CHEST",
            (InstanceLayout(examples.SLICE.instance, 1, 1),),
        )
        return StudyLayout(layout.study, layout.description, layout.date, layout.patient, (series,))

    def exchange(self) -> None:
        """Let both sides write until neither has anything more to say."""
        busy = True
        while busy:
            busy = self._server_writes() | self._viewer_writes()
            self.now += TURN

    def _viewer_writes(self) -> bool:
        messages = self.client.messages_to_send(self.now)
        for message in messages:
            value = message.to_dict()
            self.steps.append({"at": self.now, "from": "viewer", "text": text_of(value)})
            self.server.receive(message, self.now)
        return bool(messages)

    def _server_writes(self) -> bool:
        manifest, index, body = self.frame
        for event in self.server.events():
            self._on_event(event)
        for key in self.server.frames_wanted():
            self.server.frame_ready(FrameKey(*key), manifest, index, self.now)
        for read in self.server.reads():
            data = body[read.offset : read.offset + read.length]
            self.server.segment_read(read, data, self.now)
        messages = self.server.data_to_send(self.now)
        for message in messages:
            step: dict[str, Any] = {"at": self.now, "from": "server"}
            if isinstance(message, bytes):
                step["hex"] = message.hex()
                self.client.receive_binary(message)
            else:
                step["text"] = text_of(message.to_dict())
                self.client.receive_text(message.to_dict(), self.now)
            self.steps.append(step)
        return bool(messages)

    def _on_event(self, event: SessionEvent) -> None:
        if isinstance(event, StudyWanted):
            self.server.study_opened(self._study(), 11, self.now)
        elif isinstance(event, NoteSubmitted):
            change = Change(12, "note", STORED_AT, StoredNote(event.note, 12, STORED_AT))
            self.server.note_stored(event.note.id, 12, STORED_AT, self.now)
            self.server.changes(event.study, [change], 12, self.now)
        elif isinstance(event, ChangesWanted):
            self.server.changes(event.study, [], 11, self.now)


def transcript() -> dict[str, Any]:
    """Opening, hello, manifest, slices, acks, a viewport, a note and its answer; then the study is
    left and opened again, and nothing that is held comes again."""
    session = Transcript()
    session.exchange()
    session.client.look_at(
        examples.SERIES, 1, (8.0, 0.0, 40.0, 24.0), 2.5, WindowLevel(40.0, 80.0), speed=1.5
    )
    session.client.submit_note(examples.NOTE)
    session.exchange()
    session.client.leave()
    session.exchange()
    session.client.open(examples.STUDY)
    session.exchange()
    return {
        "steps": session.steps,
        "holdings": [write_held(held) for held in session.client.holdings.statement()],
        "assembled": session.client.assembled(examples.SLICE, 0).hex(),
    }
