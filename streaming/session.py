"""The server's side of one connection, without a socket, a clock or a task.

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
from streaming.frames import Frames
from streaming.manifest import Manifest
from streaming.pipeline import Pipeline, SegmentRead
from streaming.scheduler import Picture, plan
from streaming.viewport import Viewport
from streaming.vocabulary import MAX_SLICE_BYTES, PROTOCOL_VERSION, FrameKey
from streaming.wire import (
    Ack,
    Again,
    Change,
    Changes,
    Dropped,
    Hello,
    Note,
    NoteRefused,
    NoteStored,
    Opening,
    Pong,
    Problem,
    SeriesLayout,
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


@dataclass(frozen=True, slots=True)
class NoteSubmitted:
    """A note to be stored; answer with ``note_stored`` or ``note_refused``."""

    note: Note


@dataclass(frozen=True, slots=True)
class TileRefused:
    """A viewer threw a tile away: to be logged. ``reason`` is ``digest`` or ``decode``."""

    frame: FrameKey
    tile: int
    reason: str


@dataclass(frozen=True, slots=True)
class ChangesWanted:
    """The viewer has seen the changes up to ``after``; answer with ``changes``."""

    after: int


SessionEvent = NoteSubmitted | TileRefused | ChangesWanted


class ViewerSession:
    """One viewer of one study.

    Parameters
    ----------
    study
        Its layout now.
    opening
        What the viewer said in the request.
    limits
        What the connection may use.
    now
        The time.
    latest
        Sequence number of the study's last change, for ``welcome``.
    """

    def __init__(
        self,
        study: StudyLayout,
        opening: Opening,
        limits: SessionLimits,
        now: float,
        latest: int = 0,
    ) -> None:
        self._study = study
        self._opening = opening
        self._limits = limits
        self._now = now
        self._credit = Credit(now, limits.start_window, limits.floor, limits.ceiling)
        self._frames = Frames(limits.frames_ahead, limits.retry_after)
        self._pipeline = Pipeline(self._frames, limits.read_bytes)
        self._control: list[ServerMessage] = [Welcome(PROTOCOL_VERSION, study.study, latest)]
        self._events: list[SessionEvent] = []
        self._viewport: Viewport | None = None
        self._greeted = False
        self._changed = True
        self._study_sent = False
        self._stacks: dict[str, tuple[FrameKey, ...]] = {}
        self._refusals: Counter[tuple[FrameKey, int]] = Counter()
        if opening.have is not None:
            self._frames.known_manifests.add(opening.have)
        self._series = self._find_series(opening.series) if study.series else None

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
        if isinstance(message, Ack):
            self._credit.acknowledge(message.received, now)
        elif isinstance(message, ViewportChanged):
            self._look_at(message.viewport)
        elif isinstance(message, Hello):
            self._greet(message)
        elif isinstance(message, Dropped):
            for frame in message.frames:
                self._drop(frame)
        elif isinstance(message, Again):
            self._send_again(message)
        elif isinstance(message, SubmitNote):
            self._events.append(NoteSubmitted(message.note))
        else:
            self._control.append(Pong(message.sent))

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

    def study_changed(self, layout: StudyLayout, now: float) -> None:
        """Take the study's new layout; the viewer is told. Call it before ``changes`` that name
        it."""
        self._now = now
        self._study = layout
        self._stacks.clear()
        self._control.append(StudyMessage(layout))
        self._study_sent = True
        looked_at = self._opening.series if self._series is None else self._series.series
        self._series = self._find_series(looked_at) if layout.series else None
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

    def changes(self, changes: Sequence[Change], latest: int, now: float) -> None:
        """Tell the viewer what changed, and the layout if that did and was not told yet."""
        self._now = now
        self._control.append(Changes(tuple(changes), latest))
        if not self._study_sent and any(change.kind == "study" for change in changes):
            self._control.append(StudyMessage(self._study))
            self._study_sent = True

    def problem(self, code: str, message: str, may_retry: bool, now: float) -> None:
        """Tell the viewer a sentence about the connection as a whole."""
        self._now = now
        self._control.append(Problem(code, message, may_retry))

    def _greet(self, hello: Hello) -> None:
        self._greeted = True
        self._frames.known_manifests.update(hello.manifests)
        self._frames.state_held(hello.holdings)
        # What is stated may go beyond what was read and not yet sent.
        self._pipeline.abandon(lambda _: True)
        self._events.append(ChangesWanted(hello.after))
        self._changed = True
        self._look_at(hello.viewport)

    def _look_at(self, viewport: Viewport) -> None:
        if self._viewport is not None and viewport.generation <= self._viewport.generation:
            return
        self._viewport = viewport
        self._series = self._find_series(viewport.series)
        self._changed = True

    def _find_series(self, series: str | None) -> SeriesLayout | None:
        layout = self._study.find(series)
        if layout is None:
            self.problem(
                "no_such_series", "This study has no such series: choose another.", False, self._now
            )
        return layout

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
        if not self._greeted and not self._opening.fresh:
            return
        if self._frames.retry(self._now) or self._changed:
            self._changed = False
            picture = self._picture()
            self._pipeline.restart(iter(()) if picture is None else plan(picture))
        self._pipeline.fill(self._ahead())

    def _picture(self) -> Picture | None:
        if self._series is None:
            return None
        viewport = self._viewport
        stack = self._stack(self._series)
        wanted = self._opening.position if viewport is None else viewport.position
        position = min(wanted, len(stack))
        self._frames.look_at(stack[position - 1])
        return Picture(
            stack=stack,
            position=position,
            direction=0 if viewport is None else viewport.direction,
            window=None if viewport is None else viewport.window,
            saver=viewport is not None and viewport.saver,
            viewport=viewport,
            screen=(self._opening.width, self._opening.height),
            find=self._frames.find,
            failed=self._frames.failed,
            dropped=self._frames.dropped,
        )

    def _stack(self, series: SeriesLayout) -> tuple[FrameKey, ...]:
        if series.series not in self._stacks:
            self._stacks[series.series] = series.stack()
        return self._stacks[series.series]
