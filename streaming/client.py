"""The viewer's side of a connection in Python: for tests, and for tools that measure and break
links.

It outlives connections: ``connected`` begins a new one with nothing but its holdings. Times are
seconds of any steady clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from streaming.acks import Acks
from streaming.holdings import HeldFrame
from streaming.manifest import Manifest
from streaming.received import Received
from streaming.viewport import Viewport, fitted_viewport
from streaming.vocabulary import MAX_CONTROL_BYTES, FrameKey, SegmentKey, WindowLevel
from streaming.wire import (
    Ack,
    Again,
    Changes,
    Dropped,
    Hello,
    Leave,
    ManifestMessage,
    Note,
    NoteRefused,
    NoteStored,
    Open,
    Opened,
    Opening,
    Ping,
    Prefetch,
    ServerMessage,
    StudyLayout,
    StudyMessage,
    SubmitNote,
    ViewerMessage,
    ViewportChanged,
    decode_server_message,
    decode_slices,
)

UNKNOWN_REGION: Final = (0.0, 0.0, 65_535.0, 65_535.0)
HELLO_BYTES: Final = MAX_CONTROL_BYTES - 16 * 1024
"""Room for holdings in hello; what does not fit is forgotten, the farthest back first."""
HELLO_MANIFESTS: Final = 800
"""Manifests named in hello without anything held of their frames, the latest; 19 bytes each."""


@dataclass(frozen=True, slots=True)
class SegmentArrived:
    """A segment is held whole."""

    key: SegmentKey


ClientEvent = ServerMessage | SegmentArrived


class ViewerClient:
    """One viewer.

    Parameters
    ----------
    study, series, position
        What to begin with; no study: nothing is open.
    width, height
        Room for the picture in device pixels.
    manifest
        That of the first frame, if the page has it. Without, the frame is fitted to the screen when
        its manifest comes.
    """

    def __init__(
        self,
        study: str | None,
        series: str | None = None,
        position: int = 1,
        width: int = 360,
        height: int = 640,
        manifest: Manifest | None = None,
    ) -> None:
        self.layout: StudyLayout | None = None
        """Of the open study, once the server has told it."""
        self.opened: str | None = None
        """The study that the server said last to be open: what it tells now is of that one."""
        self._received = Received()
        self.holdings = self._received.holdings
        self.manifests = self._received.manifests
        self.after = 0
        """Sequence number of the last change seen."""
        have = None if manifest is None else manifest.id
        self._opening = Opening(True, study, series, position, width, height, have)
        self._generation = 0
        self._fitted = False
        self.viewport: Viewport | None = None
        """What is looked at; None until a series is known."""
        if manifest is not None:
            self.manifests[manifest.frame] = manifest
        if series is not None:
            self._begin_with(series, manifest)
        self._notes: dict[str, Note] = {}
        self._events: list[ClientEvent] = []
        self._outgoing: list[ViewerMessage] = []
        self._acks = Acks()
        self.backlog = 0
        """Bytes held that the decoder has still to take for what is on the screen, as whoever
        decodes says. Beyond ``BACKLOG_BYTES`` they are not acknowledged. What is held only as bytes
        (other frames, tiles off the screen) is none of it."""

    def opening_query(self, *, fresh: bool | None = None) -> dict[str, str]:
        """Return the query of the opening request; ``fresh`` None: if nothing is held."""
        if fresh is None:
            fresh = not any(True for _ in self.holdings)
        opening = replace(self._opening, fresh=fresh)
        if self.viewport is not None:
            series, position = self.viewport.series, self.viewport.position
            opening = replace(opening, series=series, position=position)
        return (opening if fresh else replace(opening, have=None)).to_query()

    def connected(self) -> None:
        """Begin a new connection: hello and the notes not yet known to be stored go out first."""
        self.opened = None
        self._received.connected()
        self._acks = Acks()
        self._outgoing = [self.hello()]
        self._outgoing += [SubmitNote(note) for note in self._notes.values()]

    def hello(self) -> Hello:
        """Return what is held and looked at; frames that find no room in it are forgotten."""
        held: list[HeldFrame] = []
        room = HELLO_BYTES
        for statement in reversed(self.holdings.statement()):
            room -= _hello_bytes(statement)
            if room < 0:
                self._received.forget(statement.frame)
            else:
                held.append(statement)
        manifests = [one.id for frame, one in self.manifests.items() if frame not in self.holdings]
        return Hello(tuple(held), tuple(manifests[-HELLO_MANIFESTS:]), self.after, self.viewport)

    def open(self, study: str, series: str | None = None, position: int = 1) -> None:
        """Look at another study; what is held of any stays."""
        opening = self._opening
        self._opening = Opening(
            True, study, series, position, opening.width, opening.height, opening.have
        )
        self.layout = self.viewport = self.opened = None
        self._fitted = False
        self.after = 0
        self._notes.clear()
        size = (opening.width, opening.height)
        self._outgoing.append(Open(study, series, position, *size, (), (), 0))
        if series is not None:
            self._begin_with(series, None)

    def leave(self) -> None:
        """Look at no study."""
        opening = self._opening
        self._opening = Opening(True, width=opening.width, height=opening.height)
        self.layout = self.viewport = self.opened = None
        self.after = 0
        self._notes.clear()
        self._outgoing.append(Leave())

    def prefetch(self, frames: Sequence[FrameKey], most: int) -> None:
        """Ask for frames to be had ready, for at most so many bytes."""
        size = (self._opening.width, self._opening.height)
        self._outgoing.append(Prefetch(tuple(frames), *size, most))

    def look_at(
        self,
        series: str,
        position: int,
        region: tuple[float, float, float, float] | None = None,
        scale: float | None = None,
        window: WindowLevel | None = None,
        **more: Any,
    ) -> Viewport:
        """Look at another frame, region or window; a region or scale left out stays as it is.

        ``more``: the further fields of a Viewport (speed, saver, readable, paused).
        """
        before = self.viewport or Viewport(0, series, position, UNKNOWN_REGION, 1.0)
        self._fitted = True
        self._generation += 1
        self.viewport = Viewport(
            self._generation,
            series,
            position,
            before.region if region is None else region,
            before.scale if scale is None else scale,
            window,
            **more,
        )
        self._outgoing.append(ViewportChanged(self.viewport))
        return self.viewport

    def fit(self, frame: FrameKey, series: str, position: int) -> Viewport:
        """Look at a frame whose manifest is known, fitted to the screen."""
        fitted = fitted_viewport(
            self.manifests[frame], series, position, self._opening.width, self._opening.height
        )
        return self.look_at(series, position, fitted.region, fitted.scale)

    def submit_note(self, note: Note) -> None:
        """Send a note, on every connection until it is known to be stored or refused."""
        self._notes[note.id] = note
        self._outgoing.append(SubmitNote(note))

    def ping(self, sent: int) -> None:
        """Ask the server for ``sent`` back."""
        self._outgoing.append(Ping(sent))

    def drop(self, *frames: FrameKey) -> None:
        """Let the segments of frames go, for want of room."""
        for frame in frames:
            self._received.forget(frame)
        self._outgoing.append(Dropped(frames))

    def refuse(self, frame: FrameKey, tile: int, reason: str) -> None:
        """Throw a tile away that did not decode, or not to its digest, and ask for it anew."""
        if self._received.forget_tile(frame, tile):
            self._outgoing.append(Again(frame, tile, reason))

    def receive_text(self, value: dict[str, Any], now: float) -> None:
        """Take a text message, parsed; raises StreamingError where it breaks the protocol."""
        message = decode_server_message(value)
        if isinstance(message, ManifestMessage):
            self._begin(message)
        elif isinstance(message, Opened):
            self.opened = message.study
        elif isinstance(message, NoteStored | NoteRefused):
            self._notes.pop(message.id, None)
        elif self.opened != self._opening.study:
            pass  # of a study that was left meanwhile
        elif isinstance(message, StudyMessage):
            self._lay_out(message.study)
        elif isinstance(message, Changes):
            self.after = max([self.after, *(change.sequence for change in message.changes)])
        self._events.append(message)

    def receive_binary(self, message: bytes) -> None:
        """Take a binary message; raises WireError where it breaks the protocol."""
        for piece in decode_slices(message):
            key = self._received.take(piece)
            if key is not None:
                self._events.append(SegmentArrived(key))
        self._acks.take(len(message))

    def messages_to_send(self, now: float) -> list[ViewerMessage]:
        """Return the messages to write now, in order."""
        messages, self._outgoing = self._outgoing, []
        received = self._acks.owed(now, self.backlog)
        if received is not None:
            messages.append(Ack(received))
        return messages

    def next_deadline(self) -> float | None:
        """Return when an acknowledgement is due; None for never."""
        return self._acks.due

    def events(self) -> list[ClientEvent]:
        """Return what arrived, each once: messages as they are, and segments held whole."""
        events, self._events = self._events, []
        return events

    def unstored_notes(self) -> tuple[Note, ...]:
        """Return the notes not yet known to be stored or refused."""
        return tuple(self._notes.values())

    @property
    def segment_bytes(self) -> int:
        """Bytes of segments received, over all connections."""
        return self._received.segment_bytes

    @property
    def wasted_bytes(self) -> int:
        """Of these, bytes that were already held."""
        return self._received.wasted_bytes

    def segment(self, frame: FrameKey, tile: int, resolution: int, layer: int) -> bytes:
        """Return what is held of a segment: nothing, a beginning, or all of it."""
        return self._received.segment(frame, tile, resolution, layer)

    def assembled(self, frame: FrameKey, tile: int) -> bytes:
        """Return what a decoder must be given; raises CodestreamError or WireError where there is
        nothing to decode."""
        return self._received.assembled(frame, tile)

    def complete(self, frame: FrameKey) -> bool:
        """Say whether every segment of the frame is held."""
        return self._received.complete(frame)

    def _begin(self, message: ManifestMessage) -> None:
        self._received.begin(message)
        frame = message.frame
        if self.viewport is not None and not self._fitted and frame == self._at(self.viewport):
            self.fit(frame, self.viewport.series, self.viewport.position)

    def _at(self, viewport: Viewport) -> FrameKey | None:
        """Return the frame that is looked at; None until the layout says which it is."""
        series = None if self.layout is None else self.layout.find(viewport.series)
        stack = () if series is None else series.stack()
        return stack[min(viewport.position, len(stack)) - 1] if stack else None

    def _begin_with(self, series: str, manifest: Manifest | None) -> None:
        """Look at a series before anything is known but perhaps the first frame's manifest."""
        self._generation += 1
        opening = self._opening
        if manifest is None:
            first = Viewport(self._generation, series, opening.position, UNKNOWN_REGION, 1.0)
        else:
            fitted = fitted_viewport(
                manifest, series, opening.position, opening.width, opening.height
            )
            first = replace(fitted, generation=self._generation)
        self._fitted = manifest is not None
        self.viewport = first

    def _lay_out(self, study: StudyLayout) -> None:
        self.layout = study
        if self.viewport is None and study.series:
            self._begin_with(study.series[0].series, None)


def _hello_bytes(held: HeldFrame) -> int:
    """Return at least as many bytes as the statement takes as JSON."""
    return 200 + 9 * len(held.held) + 36 * len(held.partial)
