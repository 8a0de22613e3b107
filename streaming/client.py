"""The viewer's side of a connection in Python: for tests, and for tools that measure and break
links.

It outlives connections: ``connected`` begins a new one with nothing but its holdings. It keeps
compressed segments only; decoding and digests are the caller's. Times are seconds of any steady
clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from streaming.codestream.assemble import assemble
from streaming.codestream.scans import join_scans
from streaming.errors import WireError
from streaming.holdings import FrameHoldings, HeldFrame, Holdings
from streaming.manifest import Manifest
from streaming.manifest_changes import ManifestChanges
from streaming.viewport import Viewport, fitted_viewport
from streaming.vocabulary import MAX_CONTROL_BYTES, Coding, FrameKey, SegmentKey, WindowLevel
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
    SegmentSlice,
    ServerMessage,
    StudyLayout,
    StudyMessage,
    SubmitNote,
    ViewerMessage,
    ViewportChanged,
    decode_server_message,
    decode_slices,
)

ACK_BYTES: Final = 8 * 1024
ACK_MESSAGES: Final = 2
ACK_SECONDS: Final = 0.1
UNKNOWN_REGION: Final = (0.0, 0.0, 65_535.0, 65_535.0)
HELLO_BYTES: Final = MAX_CONTROL_BYTES - 16 * 1024
"""Room for holdings in hello; what does not fit is forgotten, the farthest back first."""


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
        self.holdings = Holdings()
        self.manifests: dict[FrameKey, Manifest] = {}
        self.segment_bytes = 0
        """Bytes of segments received, over all connections."""
        self.wasted_bytes = 0
        """Of these, bytes that were already held."""
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
        self._segments: dict[SegmentKey, bytearray] = {}
        self._notes: dict[str, Note] = {}
        self._events: list[ClientEvent] = []
        self._handles: dict[int, FrameKey] = {}
        self._voided: set[FrameKey] = set()
        self._outgoing: list[ViewerMessage] = []
        self._received = 0
        self._acknowledged = 0
        self._unacknowledged = 0
        self._ack_at: float | None = None

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
        self._handles.clear()
        self._voided.clear()
        self._received = self._acknowledged = self._unacknowledged = 0
        self._ack_at = None
        self._outgoing = [self.hello()]
        self._outgoing += [SubmitNote(note) for note in self._notes.values()]

    def hello(self) -> Hello:
        """Return what is held and looked at; frames that find no room in it are forgotten."""
        held: list[HeldFrame] = []
        room = HELLO_BYTES
        for statement in reversed(self.holdings.statement()):
            room -= _hello_bytes(statement)
            if room < 0:
                self._forget(statement.frame)
            else:
                held.append(statement)
        manifests = tuple(
            self.manifests[frame].id for frame in self.manifests if frame not in self.holdings
        )
        return Hello(tuple(held), manifests, self.after, self.viewport)

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
            self._forget(frame)
        self._outgoing.append(Dropped(frames))

    def refuse(self, frame: FrameKey, tile: int, reason: str) -> None:
        """Throw a tile away that did not decode, or not to its digest, and ask for it anew."""
        held = self.holdings.get(frame)
        if held is None:
            return
        held.forget(tile)
        self._voided.add(frame)
        for key in [k for k in self._segments if (k.frame, k.tile) == (frame, tile)]:
            del self._segments[key]
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

    def receive_binary(self, message: bytes, now: float) -> None:
        """Take a binary message; raises WireError where it breaks the protocol."""
        for piece in decode_slices(message):
            self._take(piece)
        self._received += len(message)
        self._unacknowledged += 1
        if self._ack_at is None:
            self._ack_at = now + ACK_SECONDS

    def messages_to_send(self, now: float) -> list[ViewerMessage]:
        """Return the messages to write now, in order."""
        messages, self._outgoing = self._outgoing, []
        due = self._ack_at is not None and now >= self._ack_at
        waiting = self._received - self._acknowledged
        if due or waiting >= ACK_BYTES or self._unacknowledged >= ACK_MESSAGES:
            self._acknowledged = self._received
            self._unacknowledged = 0
            self._ack_at = None
            messages.append(Ack(self._received))
        return messages

    def next_deadline(self) -> float | None:
        """Return when an acknowledgement is due; None for never."""
        return self._ack_at

    def events(self) -> list[ClientEvent]:
        """Return what arrived, each once: messages as they are, and segments held whole."""
        events, self._events = self._events, []
        return events

    def unstored_notes(self) -> tuple[Note, ...]:
        """Return the notes not yet known to be stored or refused."""
        return tuple(self._notes.values())

    def segment(self, frame: FrameKey, tile: int, resolution: int, layer: int) -> bytes:
        """Return what is held of a segment: nothing, a beginning, or all of it."""
        return bytes(self._segments.get(SegmentKey(frame, tile, resolution, layer), b""))

    def assembled(self, frame: FrameKey, tile: int) -> bytes:
        """Return what a decoder must be given: a whole J2K codestream, or a JPEG of the scans held.

        Raises CodestreamError where nothing can be decoded: an unknown or constant tile, no scan.
        """
        manifest = self.manifests.get(frame)
        held = self.holdings.get(frame)
        if manifest is None or held is None or manifest.tiles[tile].constant is not None:
            raise WireError("There are no segments of this tile.")
        whole = {
            (resolution, layer): self.segment(frame, tile, resolution, layer)
            for resolution in range(manifest.resolutions_of(tile))
            for layer in range(held.layers(tile, resolution))
        }
        if manifest.coding is Coding.JPEG_SCANS:
            return join_scans(list(whole.values()))
        header = manifest.headers[manifest.tiles[tile].header or 0]
        return assemble(header.data, header.packets, manifest.layers_of(tile), whole)

    def complete(self, frame: FrameKey) -> bool:
        """Say whether every segment of the frame is held."""
        manifest, held = self.manifests.get(frame), self.holdings.get(frame)
        return (
            manifest is not None
            and held is not None
            and all(
                held.layers(tile, resolution) == manifest.layers_of(tile)
                for tile in range(len(manifest.tiles))
                for resolution in range(manifest.resolutions_of(tile))
            )
        )

    def _begin(self, message: ManifestMessage) -> None:
        frame = message.frame
        manifest = self._body(message)
        known = self.holdings.get(frame)
        if known is not None and known.manifest != message.id:
            self._forget(frame)
        self.manifests[frame] = manifest
        self.holdings.begin(frame, message.id, len(manifest.tiles), manifest.resolutions)
        self._handles = {h: key for h, key in self._handles.items() if key != frame}
        self._handles[message.handle] = frame
        if self.viewport is not None and not self._fitted and frame == self._at(self.viewport):
            self.fit(frame, self.viewport.series, self.viewport.position)

    def _at(self, viewport: Viewport) -> FrameKey | None:
        """Return the frame that is looked at; None until the layout says which it is."""
        series = None if self.layout is None else self.layout.find(viewport.series)
        stack = () if series is None else series.stack()
        return stack[min(viewport.position, len(stack)) - 1] if stack else None

    def _body(self, message: ManifestMessage) -> Manifest:
        body = message.manifest
        if isinstance(body, ManifestChanges):
            like = self._handles.get(body.like)
            if like is None:
                raise WireError("A manifest is told by a handle that was not named.")
            return body.applied(self.manifests[like], message.id, message.frame)
        manifest = body or self.manifests.get(message.frame)
        if manifest is None or manifest.id != message.id:
            raise WireError("The server sends no manifest, and the viewer has none of this id.")
        return manifest

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

    def _take(self, piece: SegmentSlice) -> None:
        self.segment_bytes += len(piece.data)
        frame = self._handles.get(piece.handle)
        if frame is None:
            raise WireError("A slice is of a handle that no manifest message has named.")
        manifest = self.manifests[frame]
        if not _exists(manifest, piece):
            raise WireError("A slice is of a segment that its frame does not have.")
        held = self.holdings.begin(frame, manifest.id, len(manifest.tiles), manifest.resolutions)
        key = SegmentKey(frame, piece.tile, piece.resolution, piece.layer)
        layers = held.layers(piece.tile, piece.resolution)
        begun = held.partial(piece.tile, piece.resolution) if piece.layer == layers else -1
        if piece.layer < layers:
            self.wasted_bytes += len(piece.data)
        elif piece.offset <= begun:
            self._append(key, piece, held)
        elif frame in self._voided:
            # What was under way when the viewer dropped the frame may begin in the middle.
            self.wasted_bytes += len(piece.data)
        else:
            raise WireError("A slice does not follow what is held.")

    def _append(self, key: SegmentKey, piece: SegmentSlice, held: FrameHoldings) -> None:
        data = self._segments.setdefault(key, bytearray())
        new = piece.data[len(data) - piece.offset :]
        self.wasted_bytes += len(piece.data) - len(new)
        data += new
        if len(data) < piece.total:
            held.set_partial(piece.tile, piece.resolution, len(data))
        else:
            held.complete(piece.tile, piece.resolution)
            self._events.append(SegmentArrived(key))

    def _forget(self, frame: FrameKey) -> None:
        self.holdings.drop(frame)
        self._voided.add(frame)
        for key in [k for k in self._segments if k.frame == frame]:
            del self._segments[key]


def _exists(manifest: Manifest, piece: SegmentSlice) -> bool:
    return (
        piece.tile < len(manifest.tiles)
        and piece.layer < manifest.layers_of(piece.tile)
        and piece.resolution < manifest.resolutions_of(piece.tile)
    )


def _hello_bytes(held: HeldFrame) -> int:
    """Return at least as many bytes as the statement takes as JSON."""
    return 200 + 9 * len(held.held) + 36 * len(held.partial)
