"""From wants to bytes: what is to be read next, and the binary messages made of what was read.

The row of wants is pulled from the plan only as far as credit and a little look-ahead go. When the
plan is made anew the row is emptied; what was already read is kept if the new row still has it near
its front, and is otherwise let go, so a session never holds more than its look-ahead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from streaming.frames import Frames
from streaming.manifest import Manifest
from streaming.manifest_changes import ManifestChanges
from streaming.scheduler import (
    FrameState,
    FrameWanted,
    ManifestWanted,
    SegmentWanted,
    Want,
)
from streaming.vocabulary import MAX_SLICE_BYTES, FrameKey, SegmentKey
from streaming.wire.messages_server import ManifestMessage
from streaming.wire.segments import MAX_RECORD_HEADER, SegmentSlice, encode_slices

MOST_UNREADY: Final = 256
"""Frames passed over, since they are not ready, in one run of the plan."""
SHORTEST_CUT: Final = 256
"""Bytes: a segment is not begun or gone on with for less, unless it ends there."""
MANIFEST_BYTES: Final = 700
TILE_BYTES: Final = 140
NAME_BYTES: Final = 160
"""About what a manifest, each of its tiles, and a manifest message without body take as JSON."""


@dataclass(frozen=True, slots=True)
class SegmentRead:
    """Bytes to be read for a segment. ``offset`` counts in the frame's body."""

    key: SegmentKey
    offset: int
    length: int


@dataclass(slots=True)
class _Buffer:
    """What was read of a segment and not yet sent."""

    state: FrameState
    body_offset: int
    """Where the segment begins in the frame's body."""
    total: int
    sent: int
    """Bytes of the segment that the viewer has, or that are on the way."""
    data: bytearray = field(default_factory=bytearray)
    reading: SegmentRead | None = None

    @property
    def unread(self) -> int:
        return self.total - self.sent - len(self.data)


@dataclass(frozen=True, slots=True)
class Batch:
    """One binary message, and the manifests that must go ahead of it. Empty ``data``: no
    message."""

    manifests: tuple[ManifestMessage, ...]
    data: bytes
    beside: int
    """About how many bytes the manifests are."""


class Pipeline:
    """The row of one connection."""

    def __init__(self, frames: Frames, read_bytes: int) -> None:
        self._frames = frames
        self._read_bytes = read_bytes
        self._plan: Iterator[Want] = iter(())
        self._row: deque[ManifestWanted | SegmentWanted] = deque()
        self._buffers: dict[SegmentKey, _Buffer] = {}
        """One for each segment in the row; after ``abandon`` the plan is made anew."""
        self._waiting = 0
        """Bytes of the row's segments that are not yet handed out."""
        self._fresh = False
        self._unready = 0
        self._like: tuple[int, Manifest] | None = None
        """Handle and manifest of the frame that was announced last."""

    def restart(self, plan: Iterator[Want]) -> None:
        """Go on with another plan; what is not yet handed out is ordered anew."""
        self._plan = plan
        self._row.clear()
        self._waiting = 0
        self._unready = 0
        self._fresh = True

    def abandon(self, match: Callable[[SegmentKey], bool]) -> None:
        """Let go what was read or is being read of the segments that ``match``."""
        for key in [key for key in self._buffers if match(key)]:
            del self._buffers[key]

    def fill(self, ahead: int) -> None:
        """Pull wants until the row holds ``ahead`` bytes."""
        while self._waiting < ahead and self._unready < MOST_UNREADY:
            want = next(self._plan, None)
            if want is None:
                break
            if isinstance(want, FrameWanted):
                self._unready += not self._frames.want(want.frame)
            elif isinstance(want, SegmentWanted):
                self._row.append(want)
                buffer = self._buffers.get(want.key) or self._open(want.key)
                self._waiting += buffer.total - buffer.sent
            elif not self._frames.announced(want.frame):
                self._row.append(want)
        if self._fresh:
            self._fresh = False
            kept = {want.key for want in self._row if isinstance(want, SegmentWanted)}
            self.abandon(lambda key: key not in kept)

    def reads(self, ahead: int) -> list[SegmentRead]:
        """Return what is to be read now, in order, so that ``ahead`` bytes are ready to go."""
        reads = []
        for want in self._row:
            if ahead <= 0:
                break
            if isinstance(want, ManifestWanted):
                continue
            buffer = self._buffers[want.key]
            ahead -= len(buffer.data)
            if buffer.reading is not None:
                ahead -= buffer.reading.length
            elif buffer.unread and ahead > 0 and len(buffer.data) < MAX_SLICE_BYTES:
                start = buffer.body_offset + buffer.sent + len(buffer.data)
                read = SegmentRead(want.key, start, min(buffer.unread, self._read_bytes))
                buffer.reading = read
                ahead -= read.length
                reads.append(read)
        return reads

    def take(self, read: SegmentRead, data: bytes) -> None:
        """Take what was read; reads abandoned meanwhile are ignored."""
        buffer = self._buffers.get(read.key)
        if buffer is None or buffer.reading != read:
            return
        if len(data) != read.length:
            raise ValueError("A read of a frame's body is not of the length that was asked for.")
        buffer.reading = None
        buffer.data += data

    def batch(self, room: int) -> Batch:
        """Return the next binary message, of at most ``room`` bytes, and mark it as sent."""
        manifests: list[ManifestMessage] = []
        slices: list[SegmentSlice] = []
        beside = 0
        room -= 1
        while self._row:
            want = self._row[0]
            if isinstance(want, ManifestWanted):
                message = self._announce(want.frame)
                manifests.append(message)
                beside += _estimated_bytes(message)
                self._row.popleft()
                continue
            piece = self._cut(want.key, room - MAX_RECORD_HEADER)
            if piece is None:
                break
            slices.append(piece)
            room -= MAX_RECORD_HEADER + len(piece.data)
        data = encode_slices(slices) if slices else b""
        return Batch(tuple(manifests), data, beside)

    def _cut(self, key: SegmentKey, room: int) -> SegmentSlice | None:
        """Take the next slice of the first segment; None where nothing is read, or no room left."""
        buffer = self._buffers[key]
        length = min(room, len(buffer.data), MAX_SLICE_BYTES)
        last = buffer.sent + length == buffer.total
        if length <= 0 or (length < SHORTEST_CUT and not last):
            return None
        data = bytes(memoryview(buffer.data)[:length])
        handle = self._frames.handle(key.frame)
        piece = SegmentSlice(
            handle, key.tile, key.layer, key.resolution, buffer.total, buffer.sent, data
        )
        del buffer.data[:length]
        buffer.sent += length
        self._waiting -= length
        held = buffer.state.held
        if last:
            held.complete(key.tile, key.resolution)
            del self._buffers[key]
            self._row.popleft()
        else:
            held.set_partial(key.tile, key.resolution, buffer.sent)
        return piece

    def _announce(self, frame: FrameKey) -> ManifestMessage:
        manifest = self._frames.state(frame).manifest
        known = manifest.id in self._frames.known_manifests
        self._frames.known_manifests.add(manifest.id)
        handle = self._frames.announce(frame)
        like, self._like = self._like, (handle, manifest)
        body: Manifest | ManifestChanges | None = None if known else manifest
        if body is not None and like is not None:
            body = ManifestChanges.between(*like, manifest)
        return ManifestMessage(handle, frame, manifest.id, body)

    def _open(self, key: SegmentKey) -> _Buffer:
        state = self._frames.state(key.frame)
        begin, total = state.index.locate(key.tile, key.layer, key.resolution)
        held = state.held
        # A segment that is not yet the next one of its tile and resolution has no beginning sent.
        following = held.layers(key.tile, key.resolution) == key.layer
        sent = held.partial(key.tile, key.resolution) if following else 0
        buffer = self._buffers[key] = _Buffer(state, begin, total, sent)
        return buffer


def _estimated_bytes(message: ManifestMessage) -> int:
    manifest = message.manifest
    if manifest is None:
        return NAME_BYTES
    if isinstance(manifest, ManifestChanges):
        return NAME_BYTES + len(str(manifest.fields))
    headers = sum(len(header.data) * 4 // 3 for header in manifest.headers)
    return MANIFEST_BYTES + headers + TILE_BYTES * len(manifest.tiles)
