"""What pool and worker say to each other: a JSON header and binary parts, each with its length
before it.

``uint32 length of the header, header, parts``; the header's ``parts`` are the parts' lengths in
bytes. JSON and not
pickle: what comes out of a worker that has decoded untrusted data must not be able to run anything
here.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, BinaryIO, Final

import orjson

LENGTH: Final = struct.Struct(">I")
MAX_HEADER_BYTES: Final = 64 << 20


def pack(header: dict[str, Any], parts: Sequence[bytes] = ()) -> bytes:
    """Return one message."""
    body = orjson.dumps(header | {"parts": [len(part) for part in parts]})
    return b"".join((LENGTH.pack(len(body)), body, *parts))


def read_message(stream: BinaryIO) -> tuple[dict[str, Any], list[bytes]] | None:
    """Read one message from a blocking stream; None at its end."""
    start = stream.read(LENGTH.size)
    if len(start) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(start)
    header = orjson.loads(stream.read(length))
    return header, [stream.read(size) for size in header["parts"]]
