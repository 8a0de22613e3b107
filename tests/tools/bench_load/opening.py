"""How a viewer opens its connection: the one place that knows the address and the query."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from websockets.client import ClientProtocol
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from streaming.client import ViewerClient
from streaming.vocabulary import SUBPROTOCOL

LONGEST_MESSAGE: Final = 8 * 1024 * 1024


def opened(port: int, viewer: ViewerClient) -> ClientProtocol:
    """Return a WebSocket whose opening request is ready to go out."""
    query = urlencode(viewer.opening_query())
    socket = ClientProtocol(
        parse_uri(f"ws://127.0.0.1:{port}/stream?{query}"),
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        max_size=LONGEST_MESSAGE,
    )
    socket.send_request(socket.connect())
    return socket
