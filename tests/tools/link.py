"""A viewer in Python on a real socket: the one shell around ``streaming.client.ViewerClient``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlencode

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from streaming.client import ClientEvent, ViewerClient
from streaming.vocabulary import SUBPROTOCOL


class Link:
    """One connection of a viewer. ``events`` collects everything that arrived."""

    def __init__(self, socket: ClientConnection, viewer: ViewerClient) -> None:
        self.socket = socket
        self.viewer = viewer
        self.events: list[ClientEvent] = []

    async def run(self, until: Callable[[], bool], seconds: float = 30.0) -> None:
        """Move messages both ways until ``until()`` is true.

        Raises TimeoutError after ``seconds``, ConnectionClosed when the server ends it.
        """
        async with asyncio.timeout(seconds):
            await self._write()
            while not until():
                await self._read()
                await self._write()

    def cut(self) -> None:
        """Break the connection without a word, as a lost link does."""
        self.socket.transport.abort()

    async def _read(self) -> None:
        """Take one message, or give up waiting when an acknowledgement is due."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self.viewer.next_deadline()):
                message = await self.socket.recv()
            now = asyncio.get_running_loop().time()
            if isinstance(message, bytes):
                self.viewer.receive_binary(message)
            else:
                self.viewer.receive_text(orjson.loads(message), now)
        self.events += self.viewer.events()

    async def _write(self) -> None:
        now = asyncio.get_running_loop().time()
        for message in self.viewer.messages_to_send(now):
            await self.socket.send(orjson.dumps(message.to_dict()).decode())


@contextlib.asynccontextmanager
async def linked(url: str, viewer: ViewerClient) -> AsyncIterator[Link]:
    """Connect ``viewer`` to the server at ``url`` (http://...)."""
    address = f"{url.replace('http', 'ws', 1)}/stream?{urlencode(viewer.opening_query())}"
    async with connect(
        address,
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        compression=None,
        max_size=None,
        close_timeout=2,
    ) as socket:
        viewer.connected()
        yield Link(socket, viewer)
