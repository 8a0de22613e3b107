"""A TCP connection behind a simulated link.

Bytes are read from the socket no faster than the link's queue has room, with a small receive
buffer, so that the server's kernel feels the back pressure of a thin link; they are handed on when
they would have arrived. What is written reaches the socket when it would have reached the server.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import Final

from app.observe.waits import Waits
from tests.tools.bench_load.link import Link

RECEIVE_BUFFER: Final = 16 * 1024
SEGMENT: Final = 1448
GRAIN_SECONDS: Final = 0.02
"""Bytes are handed on in pieces of at least a segment or of so much time on the link."""


class ShapedSocket(asyncio.Protocol):
    """``on_bytes`` is called with what arrives over the link, ``on_lost`` once at the end."""

    def __init__(
        self,
        link: Link,
        late: Waits,
        on_bytes: Callable[[bytes], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._link = link
        self._late = late
        self._on_bytes = on_bytes
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._arriving: deque[tuple[float, bytes]] = deque()
        self._grain = max(SEGMENT, int(link.down.rate * GRAIN_SECONDS))
        self._lost = False
        self.seen: Callable[[bytes], None] = lambda data: None
        """Called with bytes as they come out of the socket, before the link."""

    async def connect(self, port: int) -> None:
        """Connect to the server; the link's round trip for it is waited for."""
        connecting = socket.socket()
        connecting.setblocking(False)
        connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        await asyncio.sleep(2 * self._link.profile.delay)
        await self._loop.sock_connect(connecting, ("127.0.0.1", port))
        await self._loop.create_connection(lambda: self, sock=connecting)

    def send(self, data: bytes, written: Callable[[], None] | None = None) -> None:
        """Send over the link; ``written`` is called when the bytes are in the server's socket."""
        at = self._link.up.take(len(data), self._loop.time())
        self._loop.call_at(at, self._write, data, written)

    def cut(self) -> None:
        """Lose the connection without a word, and everything that is on the way."""
        self._lost = True
        self._arriving.clear()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.seen(data)
        down, now = self._link.down, self._loop.time()
        idle = not self._arriving
        for begin in range(0, len(data), self._grain):
            piece = data[begin : begin + self._grain]
            self._arriving.append((down.take(len(piece), now), piece))
        if idle:
            self._loop.call_at(self._arriving[0][0], self._hand_on)
        if down.queued(now) > down.limit:
            assert self._transport is not None
            self._transport.pause_reading()
            self._loop.call_at(down.emptier_at(), self._read_on)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._on_lost()

    def _hand_on(self) -> None:
        now = self._loop.time()
        if self._arriving:
            self._late.add(now - self._arriving[0][0])
        while self._arriving and self._arriving[0][0] <= now:
            self._on_bytes(self._arriving.popleft()[1])
        if self._arriving:
            self._loop.call_at(self._arriving[0][0], self._hand_on)

    def _read_on(self) -> None:
        down = self._link.down
        if self._lost or self._transport is None:
            return
        if down.queued(self._loop.time()) < down.limit:
            self._transport.resume_reading()
        else:  # another connection on this link was quicker
            self._loop.call_at(down.emptier_at(), self._read_on)

    def _write(self, data: bytes, written: Callable[[], None] | None) -> None:
        if not self._lost and self._transport is not None:
            self._transport.write(data)
            if written is not None:
                written()
