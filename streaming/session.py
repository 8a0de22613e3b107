"""The server's side of one connection, without a socket, a clock or a task.

A connection belongs to a page, not to a study: at any time one study is open, or none, and beside
it a worklist may be made ready.

The endpoint is a loop around it: hand in what arrives (``receive``), make or load the frames it
names (``frames_wanted`` and ``frame_ready``), read the bytes it names (``reads`` and
``segment_read``), act on its ``events``, and write out ``data_to_send``. After each of these steps
ask all of them again. Every method may raise a StreamingError: its ``close_code`` is what to close
the connection with.

Times are seconds of any steady clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from streaming.codestream.index import FrameIndex
from streaming.credit import CEILING, FLOOR, SMALLEST_SLICE, START, Credit
from streaming.errors import WireError
from streaming.events import (
    ChangesWanted,
    NoteSubmitted,
    SessionEvent,
    StudyWanted,
    TileRefused,
)
from streaming.frames import Frames
from streaming.holdings import HeldFrame
from streaming.looked_at import NOTHING, LookedAt
from streaming.manifest import Manifest
from streaming.pipeline import Pipeline, SegmentRead
from streaming.scheduler import Worklist, plan
from streaming.strategies import QUICK
from streaming.vocabulary import MAX_SLICE_BYTES, PROTOCOL_VERSION, FrameKey
from streaming.wire import (
    Ack,
    Again,
    Change,
    Changes,
    Dropped,
    Hello,
    Leave,
    Note,
    NoteRefused,
    NoteStored,
    Open,
    Opened,
    Opening,
    Ping,
    Pong,
    Prefetch,
    Problem,
    ServerMessage,
    StudyLayout,
    StudyMessage,
    SubmitNote,
    Unavailable,
    ViewerMessage,
    ViewportChanged,
    Welcome,
)

__all__ = [
    "ChangesWanted",
    "NoteSubmitted",
    "SegmentRead",
    "SessionEvent",
    "SessionLimits",
    "StudyWanted",
    "TileRefused",
    "ViewerSession",
]


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What one connection may use. Bytes, seconds, counts."""

    start_window: int = START
    floor: int = FLOOR
    ceiling: int = CEILING
    look_ahead: int = 32 * 1024
    """Bytes read beyond what credit allows now."""
    read_bytes: int = 64 * 1024
    """The longest single read."""
    frames_ahead: int = 2
    """Frames being made or loaded beyond the one that is looked at."""
    retry_after: float = 5.0
    """Seconds until a frame is asked for again that failed and may be retried; doubles each
    time."""
    again_per_tile: int = 3
    """How often one connection may ask for a tile anew."""


class ViewerSession:
    """One viewer.

    Parameters
    ----------
    opening
        What the viewer said in the request.
    limits
        What the connection may use.
    now
        The time.
    """

    def __init__(self, opening: Opening, limits: SessionLimits, now: float) -> None:
        self._limits = limits
        self._now = now
        self._credit = Credit(now, limits.start_window, limits.floor, limits.ceiling)
        self._frames = Frames(limits.frames_ahead, limits.retry_after)
        self._pipeline = Pipeline(self._frames, limits.read_bytes)
        self._control: list[ServerMessage] = [Welcome(PROTOCOL_VERSION)]
        self._events: list[SessionEvent] = []
        self._waits = not opening.fresh
        self._greeted = False
        self._changed = True
        self._quick = False
        self._refusals: Counter[tuple[FrameKey, int]] = Counter()
        self._looked_at = LookedAt(opening)
        self._after: int | None = None
        if opening.have is not None:
            self._frames.known_manifests.add(opening.have)
        if opening.study is not None:
            self._events.append(StudyWanted(opening.study))

    @property
    def credit(self) -> Credit:
        """The ledger of bytes in flight, for figures and tests."""
        return self._credit

    def receive(self, message: ViewerMessage, now: float) -> None:
        """Take one message of the viewer; raises WireError or HoldingsError where it breaks a
        rule."""
        self._now = now
        if isinstance(message, Hello) is self._greeted:
            raise WireError("The first message of a connection, and no other, must be hello.")
        match message:
            case Ack():
                self._acknowledge(message, now)
            case Dropped():
                for frame in message.frames:
                    self._drop(frame)
            case Again():
                self._send_again(message)
            case SubmitNote():
                self._submit(message.note)
            case Ping():
                self._control.append(Pong(message.sent))
            case _:
                self._look(message)
                self._changed = True

    def frames_wanted(self) -> list[FrameKey]:
        """Return the frames to be made or loaded, best first; each once until ready or failed."""
        self._fill()
        return self._frames.named()

    def frame_ready(self, key: FrameKey, manifest: Manifest, index: FrameIndex, now: float) -> None:
        """Take a frame that was made or loaded.

        A manifest of another id than before voids what was sent. Raises ManifestError or
        HoldingsError.
        """
        self._now = now
        self._frames.ready(key, manifest, index)
        self._pipeline.abandon(lambda segment: segment.frame == key)
        self._changed = True

    def frame_failed(
        self, key: FrameKey, code: str, message: str, may_retry: bool, now: float
    ) -> None:
        """Take that a frame cannot be had; the viewer is told, and with ``may_retry`` it is named
        again."""
        self._now = now
        self._frames.fail(key, now, may_retry=may_retry)
        self._pipeline.abandon(lambda segment: segment.frame == key)
        self._control.append(Unavailable(key, code, message, may_retry))
        self._changed = True

    def study_opened(self, layout: StudyLayout, latest: int, now: float) -> None:
        """Take the layout of a study that was wanted, and the sequence number of its last change,
        which the layout must contain.

        One that is no longer wanted is ignored.
        """
        self._now = now
        looked_at = self._looked_at
        if layout.study != looked_at.wanted or looked_at.study is not None:
            return
        self._control.append(Opened(layout.study, latest))
        if not looked_at.knows_layout(latest):
            self._control.append(StudyMessage(layout))
        self._found(looked_at.opened(layout))
        self._ask_for_changes()
        self._changed = True

    def study_changed(self, layout: StudyLayout, now: float) -> None:
        """Take the new layout of the open study; the viewer is told, unless it is as before. Call
        it before ``changes`` that name it."""
        self._now = now
        if not self._is_open(layout.study) or layout == self._looked_at.study:
            return
        self._control.append(StudyMessage(layout))
        self._found(self._looked_at.changed(layout))
        self._changed = True

    def reads(self) -> list[SegmentRead]:
        """Return what to read of the frames' bodies, in order; each once.

        Together never more than credit allows, the look-ahead and one read. Neighbouring ones may
        be read in one go.
        """
        self._fill()
        return self._pipeline.reads(self._ahead())

    def segment_read(self, read: SegmentRead, data: bytes, now: float) -> None:
        """Take what was read. Raises ValueError if it is not of the length asked for."""
        self._now = now
        self._pipeline.take(read, data)

    @property
    def may_send(self) -> bool:
        """Whether there is credit for another binary message."""
        return self._credit.available >= min(SMALLEST_SLICE, self._limits.floor)

    def data_to_send(self, now: float, most: int | None = None) -> list[ServerMessage | bytes]:
        """Return the messages to write now, in order: typed ones as text, bytes as binary.

        With ``most``, at most so many binary ones: what is not yet decided on follows a change of
        mind.
        """
        self._now = now
        self._fill()
        messages: list[ServerMessage | bytes] = [*self._control]
        self._control.clear()
        batches = 0
        while self.may_send and batches != most:
            room = min(self._credit.slice_budget(MAX_SLICE_BYTES), self._credit.available)
            batch = self._pipeline.batch(room)
            messages += batch.manifests
            if not batch.data:
                break
            self._credit.sent(len(batch.data), now, batch.beside)
            messages.append(batch.data)
            batches += 1
            self._fill()
        return messages

    def next_deadline(self) -> float | None:
        """Return when to ask for everything again though nothing happened; None for never.

        It is now where a frame is wanted that was not yet named.
        """
        return self._now if self._frames.unnamed else self._frames.next_retry()

    def events(self) -> list[SessionEvent]:
        """Return what the endpoint must act on, each once."""
        events, self._events = self._events, []
        return events

    def note_stored(self, note: str, sequence: int, stored_at: str, now: float) -> None:
        """Tell the viewer that its note is durable."""
        self._now = now
        self._control.append(NoteStored(note, sequence, stored_at))

    def note_refused(self, note: str, code: str, message: str, now: float) -> None:
        """Tell the viewer that its note will never be stored as it is."""
        self._now = now
        self._control.append(NoteRefused(note, code, message))

    def changes(self, study: str, changes: Sequence[Change], latest: int, now: float) -> None:
        """Tell the viewer what changed in the study, if it is still open."""
        self._now = now
        if self._is_open(study):
            self._control.append(Changes(tuple(changes), latest))

    def problem(self, code: str, message: str, may_retry: bool, now: float) -> None:
        """Tell the viewer a sentence about the connection as a whole."""
        self._now = now
        self._control.append(Problem(code, message, may_retry))

    def _acknowledge(self, ack: Ack, now: float) -> None:
        """What the link was seen to carry may change how a series is read."""
        self._credit.acknowledge(ack.received, now)
        quick = self._credit.rate >= QUICK
        self._changed |= quick is not self._quick
        self._quick = quick

    def _look(self, message: Hello | Open | Leave | ViewportChanged | Prefetch) -> None:
        """Take what changes what is looked at."""
        match message:
            case Hello():
                self._greet(message)
            case Open():
                self._open(message)
            case Leave():
                self._looked_at.open(NOTHING)
            case ViewportChanged():
                self._found(self._looked_at.look(message.viewport))
            case _:
                screen = (message.width, message.height)
                self._looked_at.worklist = Worklist(message.frames, screen, message.bytes)

    def _greet(self, hello: Hello) -> None:
        self._greeted = True
        self._state_held(hello.holdings, hello.manifests)
        self._after = hello.after
        self._ask_for_changes()
        if hello.viewport is not None:
            self._found(self._looked_at.look(hello.viewport))

    def _open(self, message: Open) -> None:
        place = Opening(
            fresh=True,
            study=message.study,
            series=message.series,
            position=message.position,
            width=message.width,
            height=message.height,
        )
        self._looked_at.open(place)
        self._state_held(message.holdings, message.manifests)
        self._after = message.after
        self._events.append(StudyWanted(message.study))

    def _state_held(self, holdings: Sequence[HeldFrame], manifests: Sequence[str]) -> None:
        self._frames.known_manifests.update(manifests)
        self._frames.state_held(holdings)
        # What is stated may go beyond what was read and not yet sent.
        self._pipeline.abandon(lambda _: True)

    def _submit(self, note: Note) -> None:
        study = self._looked_at.wanted
        if study is None:
            raise WireError("A note is of the study that is open, and none is.")
        self._events.append(NoteSubmitted(study, note))

    def _is_open(self, study: str) -> bool:
        return self._looked_at.study is not None and self._looked_at.study.study == study

    def _ask_for_changes(self) -> None:
        """Both the study and what the viewer has seen of it must be known."""
        study = self._looked_at.study
        if study is not None and self._after is not None:
            self._events.append(ChangesWanted(study.study, self._after))

    def _found(self, there: bool) -> None:
        if not there:
            sentence = "This study has no such series: choose another."
            self.problem("no_such_series", sentence, False, self._now)

    def _drop(self, frame: FrameKey) -> None:
        self._frames.drop(frame)
        self._pipeline.abandon(lambda key: key.frame == frame)
        self._changed = True

    def _send_again(self, message: Again) -> None:
        frame, tile = message.frame, message.tile
        self._events.append(TileRefused(frame, tile, message.reason))
        if self._frames.find(frame) is not None:
            self._refusals[frame, tile] += 1
        if self._refusals[frame, tile] > self._limits.again_per_tile:
            sentence = "A part of this picture cannot be decoded on this device."
            self._control.append(Unavailable(frame, "refused_by_viewer", sentence, False))
            return
        self._frames.again(frame, tile)
        self._pipeline.abandon(lambda key: (key.frame, key.tile) == (frame, tile))
        self._changed = True

    def _ahead(self) -> int:
        return self._credit.available + self._limits.look_ahead

    def _fill(self) -> None:
        """Make a new plan if the picture changed, and pull from it as far as credit goes."""
        if self._waits and not self._greeted:
            return
        if self._frames.retry(self._now) or self._changed:
            self._changed = False
            self._pipeline.restart(plan(self._looked_at.picture(self._frames, quick=self._quick)))
        self._pipeline.fill(self._ahead())
