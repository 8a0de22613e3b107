"""A small motion document, and how to take one apart: what server and viewer agree on.

``motion.json`` holds its bytes; ``python -m tests.vectors.motion`` writes it anew.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from app.dicom.motion import MotionHead, MotionPart
from app.dicom.timing import Timing
from app.motion import head_block, part_block

FILE = Path(__file__).with_name("motion.json")
HEAD = MotionHead(
    width=480,
    height=360,
    frames=3,
    part_frames=2,
    timing=Timing(30.0, (20.0, 40.0, 30.0), "FrameTimeVector", ""),
    sweeps=True,
    same_geometry=True,
)
PARTS = (
    MotionPart(1, (bytes(range(5)), bytes(range(10, 13)))),
    MotionPart(3, (bytes(range(20, 24)),)),
)


def document() -> bytes:
    """The bytes as they were written down."""
    return bytes.fromhex(json.loads(FILE.read_text(encoding="utf-8"))["document"])


def read(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Head and chunks of a document."""
    head, chunks, place = None, [], 0
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        block = json.loads(data[place + 4 : place + 4 + length])
        place += 4 + length
        if head is None:
            head = block
            continue
        for size in block["lengths"]:
            chunks.append(data[place : place + size])
            place += size
    assert head is not None
    assert place == len(data)
    return head, chunks


def write() -> None:
    data = b"".join((head_block(HEAD), *(part_block(part) for part in PARTS)))
    head, chunks = read(data)
    value = {"document": data.hex(), "head": head, "chunks": [chunk.hex() for chunk in chunks]}
    FILE.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
