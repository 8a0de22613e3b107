"""A link between a ViewerSession and a ViewerClient, simulated: no socket, no sleep, a clock that
jumps.

It checks, on every message, what must always hold: never more in flight than credit, layers in
order, slices without gaps, and no byte of a segment twice on a connection unless it was taken back.
"""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from itertools import count

from streaming.client import ViewerClient
from streaming.session import (
    ChangesWanted,
    NoteSubmitted,
    SessionEvent,
    SessionLimits,
    StudyWanted,
    TileRefused,
    ViewerSession,
)
from streaming.vocabulary import FrameKey
from streaming.wire import (
    ManifestMessage,
    Opening,
    ServerMessage,
    ViewerMessage,
    ViewportChanged,
    decode_slices,
    decode_viewer_message,
)
from tests.streaming.study import StoredStudy

Cell = tuple[FrameKey, int, int]


def size_of(message: ServerMessage | ViewerMessage | bytes) -> int:
    """Return the bytes a message takes on the link."""
    if isinstance(message, bytes):
        return len(message)
    return len(json.dumps(message.to_dict(), separators=(",", ":")).encode())


class Link:
    """One viewer's connections to a server of one or more studies.

    ``rate`` in bytes a second towards the viewer; ``delay`` in seconds one way; ``making`` in
    seconds that the server takes for a frame, ``opening`` for a study.
    """

    def __init__(
        self,
        study: StoredStudy,
        client: ViewerClient,
        *others: StoredStudy,
        rate: float = 35_000.0,
        delay: float = 0.3,
        making: float = 0.0,
        opening: float = 0.0,
        limits: SessionLimits | None = None,
    ) -> None:
        self.studies = {stored.uid: stored for stored in (study, *others)}
        self.client = client
        self.rate = rate
        self.delay = delay
        self.making = making
        self.opening = opening
        self.limits = limits or SessionLimits()
        self.now = 0.0
        self.events: list[SessionEvent] = []
        self.sent: list[tuple[float, ServerMessage | bytes]] = []
        self.session: ViewerSession | None = None
        self.received_at: dict[int, float] = {}
        """When the server heard of each generation."""
        self._order = count()
        self._due: list[tuple[float, int, str, object]] = []
        self._free_at = 0.0

    # connections

    def connect(self, *, fresh: bool | None = None) -> ViewerSession:
        """Open a connection; what was under way on an earlier one is lost."""
        self.cut()
        opening = Opening.from_query(self.client.opening_query(fresh=fresh))
        self.session = ViewerSession(opening, self.limits, self.now)
        self.client.connected()
        self._sent_bytes = self._acknowledged = 0
        self._handles: dict[int, FrameKey] = {}
        self._next: dict[Cell, tuple[int, int]] = defaultdict(lambda: (0, 0))
        self._seed_check()
        self.pump()
        return self.session

    def cut(self) -> None:
        """Lose the connection and everything under way."""
        self.session = None
        self._due.clear()
        self._free_at = self.now

    def stored(self, frame: FrameKey) -> StoredStudy:
        """Return the study that a frame is of."""
        return next(s for s in self.studies.values() if frame.instance.startswith(f"{s.uid}."))

    def _seed_check(self) -> None:
        for frame in self.client.holdings:
            held = self.client.holdings.get(frame)
            assert held is not None
            for tile in range(held.tiles):
                for resolution in range(held.resolutions):
                    state = (held.layers(tile, resolution), held.partial(tile, resolution))
                    self._next[frame, tile, resolution] = state

    def taken_back(self, frame: FrameKey, tile: int | None = None) -> None:
        """Let the check know that the viewer no longer holds a frame or tile."""
        for cell in [c for c in self._next if c[0] == frame and tile in (None, c[1])]:
            del self._next[cell]

    # time

    def pump(self) -> None:
        """Let both sides do what can be done now."""
        session = self.session
        if session is None:
            return
        for message in self.client.messages_to_send(self.now):
            self._schedule(self.now + self.delay, "to server", message.to_dict())
        again = True
        while again:
            events = session.events()
            self.events += events
            for event in events:
                if isinstance(event, StudyWanted):
                    self._schedule(self.now + self.opening, "opened", event.study)
            wanted = session.frames_wanted()
            for key in wanted:
                self._schedule(self.now + self.making, "made", key)
            reads = session.reads()
            for read in reads:
                body = self.stored(read.key.frame).frame(read.key.frame).body
                data = body[read.offset : read.offset + read.length]
                session.segment_read(read, data, self.now)
            outgoing = session.data_to_send(self.now)
            for answer in outgoing:
                self._send(answer)
            again = bool(wanted or reads or outgoing)

    def step(self) -> bool:
        """Go on to the next thing that happens; False if nothing will."""
        if self.session is None:
            return False
        asked = (self.client.next_deadline(), self.session.next_deadline())
        deadlines = [deadline for deadline in asked if deadline is not None]
        next_due = self._due[0][0] if self._due else float("inf")
        if min([next_due, *deadlines]) == float("inf"):
            return False
        if deadlines and min(deadlines) < next_due:
            self.now = max(self.now, min(deadlines))
        else:
            at, _, kind, what = heapq.heappop(self._due)
            self.now = max(self.now, at)
            self._happen(kind, what)
        self.pump()
        return True

    def run(self, seconds: float = float("inf"), most: int = 200_000) -> None:
        """Go on for some time, or until nothing more happens."""
        end = self.now + seconds
        for _ in range(most):
            if self._due and self._due[0][0] > end:
                self.now = end
                return
            if not self.step():
                return
        raise AssertionError("The link does not come to rest.")

    def _happen(self, kind: str, what: object) -> None:
        session = self.session
        assert session is not None
        if kind == "to server":
            message = decode_viewer_message(what)
            received = getattr(message, "received", None)
            if isinstance(message, ViewportChanged):
                self.received_at[message.viewport.generation] = self.now
            if received is not None:
                self._acknowledged = received
            session.receive(message, self.now)
        elif kind == "made":
            assert isinstance(what, FrameKey)
            frame = self.stored(what).frame(what)
            session.frame_ready(what, frame.manifest, frame.index, self.now)
        elif kind == "opened":
            assert isinstance(what, str)
            session.study_opened(self.studies[what].layout, 0, self.now)
        elif isinstance(what, bytes):
            self.client.receive_binary(what)
        else:
            assert isinstance(what, dict)
            self.client.receive_text(what, self.now)

    def _send(self, message: ServerMessage | bytes) -> None:
        self.sent.append((self.now, message))
        self._check(message)
        self._free_at = max(self._free_at, self.now) + size_of(message) / self.rate
        payload = message if isinstance(message, bytes) else message.to_dict()
        self._schedule(self._free_at + self.delay, "to viewer", payload)

    def _schedule(self, at: float, kind: str, what: object) -> None:
        heapq.heappush(self._due, (at, next(self._order), kind, what))

    # what must always hold

    def _check(self, message: ServerMessage | bytes) -> None:
        assert self.session is not None
        if isinstance(message, ManifestMessage):
            self._handles[message.handle] = message.frame
        if not isinstance(message, bytes):
            return
        self._sent_bytes += len(message)
        assert self._sent_bytes - self._acknowledged <= self.session.credit.window
        for piece in decode_slices(message):
            frame = self._handles[piece.handle]
            cell = (frame, piece.tile, piece.resolution)
            assert self._next[cell] == (piece.layer, piece.offset)
            data = self.stored(frame).segment(frame, piece.tile, piece.layer, piece.resolution)
            end = piece.offset + len(piece.data)
            assert (piece.total, piece.data) == (len(data), data[piece.offset : end])
            self._next[cell] = (piece.layer + 1, 0) if end == piece.total else (piece.layer, end)


__all__ = ["ChangesWanted", "Link", "NoteSubmitted", "TileRefused", "size_of"]
