"""Forms and limits that several messages share."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from streaming.errors import WireError
from streaming.fields import EXACT_INTEGER, Fields
from streaming.vocabulary import FrameKey

UID = re.compile(r"[0-9.]{1,64}")
MANIFEST_ID = re.compile(r"[A-Za-z0-9_-]{16}")
NOTE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
CODE = re.compile(r"[a-z_]{1,64}")

MAX_FRAME: Final = 1_000_000
MAX_SENTENCE: Final = 1000
MAX_SEQUENCE: Final = EXACT_INTEGER


def read_frame(fields: Fields) -> FrameKey:
    """Take ``instance`` and ``frame``."""
    return FrameKey(fields.match("instance", UID), fields.integer("frame", 1, MAX_FRAME))


def read_instant(fields: Fields, name: str) -> str:
    """Take an RFC 3339 instant in UTC with milliseconds, e.g. 2026-11-24T03:14:00.000Z."""
    text = fields.match(name, INSTANT)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise WireError(f"{fields.what}: {name} is no day or time that there is.") from None
    return text
