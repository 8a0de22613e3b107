"""A session and the studies it serves, everything made, read and opened at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from streaming.holdings import HeldFrame
from streaming.session import SessionEvent, SessionLimits, StudyWanted, ViewerSession
from streaming.viewport import Viewport
from streaming.vocabulary import FrameKey
from streaming.wire import (
    Ack,
    Hello,
    ManifestMessage,
    Opening,
    SegmentSlice,
    ServerMessage,
    decode_slices,
)
from tests.streaming.study import SERIES, StoredFrame, StoredStudy

WHOLE = (0.0, 0.0, 128.0, 64.0)


def looking(position: int = 1, generation: int = 1, **more: object) -> Viewport:
    viewport = Viewport(generation, SERIES, position, WHOLE, 1.0)
    return replace(viewport, **more)  # type: ignore[arg-type]


def hello(viewport: Viewport | None = None, *held: HeldFrame, after: int = 0) -> Hello:
    return Hello(held, (), after, viewport or looking())


def opening_of(study: StoredStudy, **more: Any) -> Opening:
    given = {"fresh": True, "study": study.uid, "series": f"{study.uid}.1", **more}
    return Opening(**given)


class Server:
    """One connection. ``events`` are those that are not answered here."""

    def __init__(
        self,
        study: StoredStudy,
        opening: Opening | None = None,
        limits: SessionLimits | None = None,
        others: Iterable[StoredStudy] = (),
    ) -> None:
        self.studies = {stored.uid: stored for stored in (study, *others)}
        opening = opening or opening_of(study)
        self.session = ViewerSession(opening, limits or SessionLimits(), 0.0)
        self.events: list[SessionEvent] = []
        self.named: list[FrameKey] = []
        self.handles: dict[int, FrameKey] = {}
        self.received = 0

    def serve(self, now: float = 0.0, *, make: bool = True) -> list[ServerMessage | bytes]:
        """Do all that can be done and return what is sent."""
        sent: list[ServerMessage | bytes] = []
        while True:
            self.open_studies(now)
            wanted = self.session.frames_wanted()
            self.named += wanted
            for key in wanted if make else ():
                self.make(key, now)
            reads = self.session.reads()
            for read in reads:
                body = self.stored(read.key.frame).body
                self.session.segment_read(read, body[read.offset :][: read.length], now)
            messages = self.session.data_to_send(now)
            for message in messages:
                if isinstance(message, ManifestMessage):
                    self.handles[message.handle] = message.frame
                if isinstance(message, bytes):
                    self.received += len(message)
            sent += messages
            more = self.session.next_deadline() == now if make else False
            if not (messages or reads or (wanted and make) or more):
                return sent

    def open_studies(self, now: float = 0.0) -> None:
        """Answer to each study wanted; other events are kept."""
        for event in self.session.events():
            if isinstance(event, StudyWanted):
                self.session.study_opened(self.studies[event.study].layout, 5, now)
            else:
                self.events.append(event)

    def stored(self, key: FrameKey) -> StoredFrame:
        """Return a frame of any of the studies."""
        studies = self.studies.values()
        return next(s for s in studies if key.instance.startswith(f"{s.uid}.")).frame(key)

    def make(self, key: FrameKey, now: float = 0.0) -> None:
        """Have a frame ready."""
        frame = self.stored(key)
        self.session.frame_ready(key, frame.manifest, frame.index, now)

    def acknowledge(self, now: float) -> None:
        self.session.receive(Ack(self.received), now)

    def everything(self, now: float = 0.0) -> list[ServerMessage | bytes]:
        """Serve and acknowledge until nothing more comes."""
        sent: list[ServerMessage | bytes] = []
        while messages := self.serve(now):
            sent += messages
            now += 0.1
            self.acknowledge(now)
        return sent

    def frames_of(self, sent: Iterable[ServerMessage | bytes]) -> list[FrameKey]:
        return [self.handles[piece.handle] for piece in slices(sent)]


def slices(sent: Iterable[ServerMessage | bytes]) -> list[SegmentSlice]:
    return [p for message in sent if isinstance(message, bytes) for p in decode_slices(message)]


def kinds(sent: Iterable[ServerMessage | bytes]) -> list[str]:
    return [type(message).__name__ for message in sent if not isinstance(message, bytes)]


def greeted(study: StoredStudy, viewport: Viewport | None = None, **limits: int) -> Server:
    server = Server(study, opening_of(study, fresh=False), SessionLimits(**limits))
    server.session.receive(hello(viewport), 0.0)
    server.open_studies()
    return server
