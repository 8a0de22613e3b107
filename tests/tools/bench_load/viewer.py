"""One simulated viewer: the Python ViewerClient on a WebSocket behind a link, and its reader."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import orjson
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response

from app.observe.waits import Waits
from streaming.client import ViewerClient
from streaming.errors import StreamingError
from streaming.vocabulary import WindowLevel
from tests.tools.bench_load.link import Link
from tests.tools.bench_load.opening import opened
from tests.tools.bench_load.shaped import ShapedSocket
from tests.tools.bench_load.studies import Series

PONG: Final = re.compile(rb'"type":"pong","sent":(\d+)')


@dataclass(slots=True)
class Tally:
    """What all viewers together saw."""

    late: Waits = field(default_factory=Waits)
    """How late this process handed bytes on: its own slowness, not the server's."""
    answers: Waits = field(default_factory=Waits)
    """From a ping's bytes in the server's socket to those of its answer: seen from outside."""
    messages: int = 0
    connections: int = 0
    lost: int = 0
    """Connections that ended although nobody cut them."""
    broken: list[str] = field(default_factory=list)
    """Why, where a viewer refused what the server sent."""


class LoadViewer:
    """A viewer of one series. ``received`` counts bytes of messages, over all connections."""

    def __init__(self, port: int, series: Series, link: Link, tally: Tally, position: int) -> None:
        self.series = series
        self.link = link
        self.received = 0
        self.client = ViewerClient(series.study, series.series, position, 1080, 1920)
        self._port = port
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._socket: ShapedSocket | None = None
        self._protocol: ClientProtocol | None = None
        self._open = False
        self._ack_timer: asyncio.TimerHandle | None = None
        self._pings: dict[int, float] = {}

    async def connect(self) -> None:
        """Open a connection; what is held is stated in it."""
        self._open = False
        self._protocol = opened(self._port, self.client)
        self._socket = ShapedSocket(self.link, self._tally.late, self._take, self._gone)
        self._socket.seen = self._seen
        self._pings.clear()
        self._tally.connections += 1
        await self._socket.connect(self._port)
        self._write()

    def cut(self) -> None:
        """Lose the connection."""
        self._open = False
        if self._socket is not None:
            self._socket.cut()

    def close(self) -> None:
        """Leave, as a page does that is closed."""
        self.cut()
        if self._ack_timer is not None:
            self._ack_timer.cancel()

    @property
    def position(self) -> int:
        """Where in the stack the viewer is."""
        viewport = self.client.viewport
        return 1 if viewport is None else viewport.position

    def scroll(self, position: int) -> None:
        """Look at another frame of the stack, in the direction of the movement."""
        viewport = self.client.viewport
        window = None if viewport is None else viewport.window
        speed = float(position - self.position)
        self.client.look_at(self.series.series, position, window=window, speed=speed)
        self._write()

    def change_window(self, factor: float) -> None:
        """Make the default window wider or narrower by a factor, if the frames have one."""
        for manifest in self.client.manifests.values():
            for default in manifest.display.windows[:1]:
                window = WindowLevel(default.center, default.width * factor)
                self.client.look_at(self.series.series, self.position, window=window)
                self._write()
                return

    def ping(self) -> None:
        """Ask for an answer, to see how long the server takes for one."""
        if not self._open or self._socket is None:
            return
        number = len(self._pings) + 1
        self.client.ping(number)
        self._write(lambda: self._pings.__setitem__(number, self._loop.time()))

    def _seen(self, data: bytes) -> None:
        """Look for answers to pings in what has just come out of the socket, before the link."""
        for match in PONG.finditer(data):
            asked = self._pings.get(int(match[1]))
            if asked is not None:
                self._tally.answers.add(self._loop.time() - asked)

    def _take(self, data: bytes) -> None:
        """Take bytes that arrived over the link."""
        protocol = self._protocol
        assert protocol is not None
        protocol.receive_data(data)
        now = self._loop.time()
        try:
            for event in protocol.events_received():
                if isinstance(event, Response):
                    self._open = protocol.handshake_exc is None
                    self.client.connected()
                elif isinstance(event, Frame):
                    self._take_frame(event, now)
        except StreamingError as error:
            self._tally.broken.append(str(error))
            self.cut()
        self._write()

    def _take_frame(self, frame: Frame, now: float) -> None:
        if frame.opcode is Opcode.BINARY:
            self._tally.messages += 1
            self.received += len(frame.data)
            self.client.receive_binary(bytes(frame.data))
        elif frame.opcode is Opcode.TEXT:
            self.client.receive_text(orjson.loads(frame.data), now)
        elif frame.opcode is Opcode.CLOSE:
            self._tally.broken.append(str(self._protocol and self._protocol.close_exc))
        self.client.events()

    def _write(self, written: Callable[[], None] | None = None) -> None:
        """Send what there is to send, and come back when an acknowledgement is due."""
        protocol, socket = self._protocol, self._socket
        if protocol is None or socket is None:
            return
        if self._open:
            for message in self.client.messages_to_send(self._loop.time()):
                protocol.send_text(orjson.dumps(message.to_dict()))
        for data in protocol.data_to_send():
            if data:
                socket.send(data, written)
        due = self.client.next_deadline()
        if due is not None and self._ack_timer is None:
            self._ack_timer = self._loop.call_at(due, self._acknowledge)

    def _acknowledge(self) -> None:
        self._ack_timer = None
        self._write()

    def _gone(self) -> None:
        if self._open:
            self._tally.lost += 1
        self._open = False
