"""``WS /stream``: the one shell around ViewerSession, which makes every decision.

Here bytes are moved and nothing is decided: messages in, reads and frames as the session wants
them, messages out. Three tasks a connection: one receives (opens studies, makes notes durable), one
sends, one follows the open study's changes; frames are made in a few more. What a frame does, fail
or take for ever, never ends the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Any, Final

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.errors import FirstlightError, StudyMissing
from app.observe.log import get_logger
from app.observe.waits import SendClock
from app.resources import Resources
from app.storage.blobs import BlobMissing
from app.web.access import resources_of
from app.web.changes import ChangeFeed
from app.web.notes import store_note
from app.web.reading import length, runs
from app.web.tcp import Tcp
from streaming.errors import MessageTooLarge, StreamingError, VersionError, WireError
from streaming.session import (
    ChangesWanted,
    NoteSubmitted,
    SegmentRead,
    SessionEvent,
    SessionLimits,
    StudyWanted,
    TileRefused,
    ViewerSession,
)
from streaming.vocabulary import MAX_CONTROL_BYTES, SUBPROTOCOL, CloseCode, FrameKey
from streaming.wire import Note, Opening, ServerMessage, decode_viewer_message

FRAMES_AT_ONCE: Final = 4
"""Frames one viewer may have in the making; more would only queue up where a change of mind cannot
reach them."""
GOING_AWAY: Final = 1001
REASON_BYTES: Final = 120
"""A close frame carries at most 125 bytes, two of them the code (RFC 6455 5.5)."""

log = get_logger("stream")


async def stream(websocket: WebSocket) -> None:
    """Open the session the request asks for, and run it until either side ends it."""
    resources = resources_of(websocket)
    await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in websocket.scope["subprotocols"] else None)
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # an endpoint always runs in a task
    resources.streams.add(task)
    try:
        await _open(websocket, resources).run()
    except WebSocketDisconnect:
        pass
    except StudyMissing as error:
        await _close(websocket, CloseCode.UNKNOWN_STUDY, error.message)
    except StreamingError as error:
        log.warning("closed", code=int(error.close_code), exc_info=error)
        await _close(websocket, error.close_code, str(error))
    except Exception as error:
        log.error("failed", exc_info=error)
        await _close(websocket, CloseCode.INTERNAL, "Something went wrong on the server.")
    finally:
        resources.streams.discard(task)


def _open(websocket: WebSocket, resources: Resources) -> Conversation:
    if SUBPROTOCOL not in websocket.scope["subprotocols"]:
        raise VersionError(f"The viewer does not speak {SUBPROTOCOL}: reload the page.")
    opening = Opening.from_query(websocket.query_params)
    return Conversation(websocket, resources, ViewerSession(opening, SessionLimits(), _now()))


class Conversation:
    """One connection: its session, and the tasks that serve it."""

    def __init__(self, websocket: WebSocket, resources: Resources, session: ViewerSession) -> None:
        self._websocket = websocket
        self._resources = resources
        self._session = session
        self._feed: asyncio.Task[None] | None = None
        """Follows the open study's changes."""
        self._feed_failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tcp = Tcp(websocket.scope)
        self._work = asyncio.Event()
        self._clock = SendClock(resources.waits)
        self._wanted: deque[FrameKey] = deque()
        self._making: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until the viewer leaves, the server stops, or one side breaks the protocol."""
        parts = (self._receive(), self._send(), self._resources.leaving.wait())
        tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(part) for part in parts]
        tasks.append(self._feed_failed)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            feed = [] if self._feed is None else [self._feed]
            await _cancel([*tasks, *feed, *self._making])
        # No part of a conversation ends by itself but the last: the server was told to stop.
        sentence = "The server is stopping: connect again in a moment."
        await _close(self._websocket, GOING_AWAY, sentence)

    async def _receive(self) -> None:
        """Read messages; a note is made durable, and answered, before the next message is read."""
        while True:
            while events := self._session.events():
                for event in events:
                    await self._on_event(event)
            self._wake()
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message["code"])
            value = _parsed(message.get("text"))
            self._session.receive(decode_viewer_message(value), _now())
            self._tcp.knows(self._session.credit.round_trip)

    async def _study_wanted(self, study: str) -> None:
        """Open a study; raises StudyMissing. What changed after ``latest`` comes as changes."""
        latest = await self._resources.catalog.latest(study)
        layout = await self._resources.catalog.study(study)
        self._session.study_opened(layout, latest, _now())

    def _follow(self, study: str, seen: int) -> None:
        """Follow this study's changes from ``seen`` on, and no other's."""
        if self._feed is not None:
            self._feed.cancel()
        feed = ChangeFeed(self._resources, self._session, self._wake)
        self._feed = asyncio.create_task(feed.follow(study, seen))
        self._feed.add_done_callback(self._feed_ended)

    def _feed_ended(self, feed: asyncio.Task[None]) -> None:
        """A feed ends by being cancelled; by an error, the connection ends with it."""
        error = None if feed.cancelled() else feed.exception()
        if error is not None and not self._feed_failed.done():
            self._feed_failed.set_exception(error)

    async def _send(self) -> None:
        """Do what the session wants done, then sleep until something happens or its deadline is
        due.

        What is read can be sent, and what is sent makes room to read: round and round until neither
        is. Each message is decided on only when the one before it is with the kernel, so a change
        of mind meanwhile waits for one message, however full the link is. What is written in one go
        shares packets.
        """
        self._clock.may_send(_now())
        while True:
            self._work.clear()
            self._start_frames(self._session.frames_wanted())
            reads = self._session.reads()
            for run in runs(reads):
                await self._read(run)
            written = False
            while messages := self._session.data_to_send(_now(), most=1):
                if not written:
                    self._tcp.cork(True)
                written = True
                await self._write(messages)
            if written:
                self._tcp.cork(False)
            if not reads and not written:
                self._clock.rest()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(self._session.next_deadline()):
                        await self._work.wait()

    async def _write(self, messages: list[ServerMessage | bytes]) -> None:
        """Hand messages to the kernel, waiting while it takes none."""
        since = self._clock.decided(_now(), credit_left=self._session.may_send)
        for message in messages:
            if isinstance(message, bytes):
                await self._websocket.send_bytes(message)
            else:
                await self._websocket.send_text(orjson.dumps(message.to_dict()).decode())
        self._clock.written(since, _now())

    def _wake(self) -> None:
        self._clock.may_send(_now())
        self._work.set()

    async def _on_event(self, event: SessionEvent) -> None:
        match event:
            case StudyWanted():
                await self._study_wanted(event.study)
            case ChangesWanted():
                self._follow(event.study, event.after)
            case NoteSubmitted():
                await self._store(event.study, event.note)
            case TileRefused():
                log.warning(
                    "tile_refused",
                    instance=event.frame.instance,
                    frame=event.frame.frame,
                    tile=event.tile,
                    reason=event.reason,
                )

    async def _store(self, study: str, note: Note) -> None:
        try:
            stored, _ = await store_note(self._resources, study, note)
        except FirstlightError as error:
            self._session.note_refused(note.id, error.code, error.message, _now())
        else:
            self._session.note_stored(note.id, stored.sequence, stored.stored_at, _now())

    def _start_frames(self, wanted: list[FrameKey]) -> None:
        """Begin on the frames wanted last, best first: those wanted before are of an older mind."""
        self._wanted.extendleft(reversed(wanted))
        while self._wanted and len(self._making) < FRAMES_AT_ONCE:
            task = asyncio.create_task(self._make(self._wanted.popleft()))
            self._making.add(task)
            task.add_done_callback(self._making.discard)
            task.add_done_callback(lambda _: self._wake())

    async def _make(self, key: FrameKey) -> None:
        try:
            frame = await self._resources.frames.get(key)
        except FirstlightError as error:
            self._session.frame_failed(key, error.code, error.message, error.may_retry, _now())
        except Exception as error:
            log.error("frame_failed", instance=key.instance, frame=key.frame, exc_info=error)
            sentence = "Something went wrong on the server with this image; the others are fine."
            self._session.frame_failed(key, "internal", sentence, True, _now())
        else:
            self._session.frame_ready(key, frame.manifest, frame.index, _now())

    async def _read(self, run: list[SegmentRead]) -> None:
        """Read neighbouring bytes of one frame. What is in memory comes without a turn of the event
        loop, and without a task."""
        frame, offset = run[0].key.frame, run[0].offset
        try:
            data = memoryview(await self._resources.frames.read(frame, offset, length(run)))
        except BlobMissing:
            sentence = (
                "The stored picture is gone from the server: reload the page to have it made again."
            )
            self._session.frame_failed(frame, "internal", sentence, True, _now())
            return
        for read in run:
            begin = read.offset - offset
            self._session.segment_read(read, bytes(data[begin : begin + read.length]), _now())


def _parsed(text: str | None) -> object:
    """A message's JSON; raises WireError and MessageTooLarge."""
    if text is None:
        raise WireError("A viewer sends text messages only.")
    if len(text.encode()) > MAX_CONTROL_BYTES:
        raise MessageTooLarge("A message is longer than the protocol allows.")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise WireError("A message is not JSON.") from error


async def _cancel(tasks: list[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    short = reason.encode()[:REASON_BYTES].decode(errors="ignore")
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # the viewer may be gone already
        await websocket.close(int(code), short)


def _now() -> float:
    return asyncio.get_running_loop().time()
