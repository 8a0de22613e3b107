"""What crossed the link to one page, heard from Chromium and read by the protocol's own reader."""

from __future__ import annotations

import base64
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import orjson

from streaming.errors import StreamingError
from streaming.vocabulary import FrameKey
from streaming.wire import ManifestMessage, decode_server_message, decode_slices
from tests.tools.chromium import Browser

BINARY, TEXT = 2, 1


@dataclass(frozen=True)
class Piece:
    """A slice of a segment that arrived."""

    at: float
    """Seconds of the wall clock."""
    connection: str
    frame: FrameKey | None
    tile: int
    resolution: int
    layer: int
    total: int
    offset: int
    size: int


@dataclass(frozen=True)
class Message:
    """A message that arrived on a socket."""

    at: float
    connection: str
    size: int
    binary: bool


class WireLog:
    """Listens from its making on; times are on the wall clock, as the page's own."""

    def __init__(self, browser: Browser) -> None:
        self.pieces: list[Piece] = []
        self.messages: list[Message] = []
        self.opened: list[tuple[float, str]] = []
        """When a socket's upgrade was answered, and which."""
        self.looked: list[float] = []
        """When the page sent word of what it looks at."""
        self.http: dict[str, int] = defaultdict(int)
        """URL to bytes over the link, headers included."""
        self.unreadable = 0
        self.last = 0.0
        """When anything last arrived, on Chromium's own clock turned to the wall's."""
        self._wall = 0.0
        self._urls: dict[str, str] = {}
        self._handles: dict[tuple[str, int], FrameKey] = {}
        browser.listeners.append(self._heard)

    def _heard(self, event: dict[str, Any]) -> None:
        method = str(event.get("method", ""))
        if not method.startswith("Network."):
            return
        told = event["params"]
        if "wallTime" in told:
            self._wall = float(told["wallTime"]) - float(told["timestamp"])
        at = self._wall + float(told.get("timestamp", 0.0))
        if method == "Network.requestWillBeSent":
            self._urls[told["requestId"]] = told["request"]["url"]
        elif method == "Network.loadingFinished":
            self.last = at
            self.http[self._urls.get(told["requestId"], "")] += int(told["encodedDataLength"])
        elif method == "Network.dataReceived":
            self.last = at
        elif method == "Network.webSocketHandshakeResponseReceived":
            self.opened.append((at, told["requestId"]))
        elif method == "Network.webSocketFrameSent":
            if '"viewport"' in told["response"]["payloadData"][:40]:
                self.looked.append(at)
        elif method == "Network.webSocketFrameReceived":
            self.last = at
            self._message(at, told["requestId"], told["response"])

    def _message(self, at: float, connection: str, response: dict[str, Any]) -> None:
        binary = response["opcode"] == BINARY
        text = response["payloadData"]
        data = base64.b64decode(text) if binary else text.encode()
        self.messages.append(Message(at, connection, len(data), binary))
        try:
            if binary:
                self._pieces(at, connection, data)
            elif response["opcode"] == TEXT and b'"manifest"' in data[:200]:
                message = decode_server_message(orjson.loads(data))
                if isinstance(message, ManifestMessage):
                    self._handles[connection, message.handle] = message.frame
        except (StreamingError, ValueError):
            self.unreadable += 1

    def _pieces(self, at: float, connection: str, data: bytes) -> None:
        for piece in decode_slices(data):
            frame = self._handles.get((connection, piece.handle))
            place = (piece.tile, piece.resolution, piece.layer)
            self.pieces.append(
                Piece(at, connection, frame, *place, piece.total, piece.offset, len(piece.data))
            )

    def first_piece(self, instances: frozenset[str], after: float) -> Piece | None:
        """Return the first slice of a frame of ``instances`` that came after ``after``."""
        return next(
            (
                piece
                for piece in self.pieces
                if piece.at > after and piece.frame and piece.frame.instance in instances
            ),
            None,
        )


def sent_again(pieces: list[Piece]) -> int:
    """Return the bytes of slices that had been received before, over all connections."""
    held: dict[tuple[FrameKey | None, int, int, int], int] = defaultdict(int)
    again = 0
    for piece in pieces:
        key = (piece.frame, piece.tile, piece.resolution, piece.layer)
        again += max(0, min(held[key], piece.offset + piece.size) - piece.offset)
        held[key] = max(held[key], piece.offset + piece.size)
    return again
