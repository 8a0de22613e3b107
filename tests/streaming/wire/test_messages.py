"""Messages: every JSON value and every byte string parses or raises StreamingError."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.errors import MessageTooLarge, StreamingError, WireError
from streaming.manifest import Manifest
from streaming.wire import (
    Note,
    SegmentSlice,
    decode_server_message,
    decode_slices,
    decode_viewer_message,
    encode_slices,
)
from tests.vectors.examples import NOTE, server_messages, viewer_messages

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=12), inner, max_size=5)
    ),
    max_leaves=15,
)
MESSAGES = [
    message.to_dict() for message in (*viewer_messages().values(), *server_messages().values())
]


def parses(value: Any) -> None:
    for read in (decode_viewer_message, decode_server_message, Manifest.from_dict, Note.from_dict):
        with suppress(StreamingError):
            read(value)


@given(JSON)
def test_every_json_value(value: Any) -> None:
    parses(value)


@given(st.sampled_from(MESSAGES), st.data(), JSON)
def test_every_message_with_one_field_replaced(
    message: dict[str, Any], data: st.DataObject, value: Any
) -> None:
    parses({**message, data.draw(st.sampled_from(list(message))): value})


@given(st.binary(max_size=200))
def test_every_byte_string(message: bytes) -> None:
    for start in (b"", b"\x01"):
        try:
            slices = decode_slices(start + message)
        except StreamingError:
            continue
        assert encode_slices(slices) == start + message


SLICES = st.builds(
    SegmentSlice,
    handle=st.integers(0, 2**32 - 1),
    tile=st.integers(0, 4095),
    layer=st.integers(0, 15),
    resolution=st.integers(0, 15),
    total=st.integers(400, 2**26),
    offset=st.integers(0, 200),
    data=st.binary(min_size=1, max_size=200),
)


@given(st.lists(SLICES, min_size=1, max_size=5))
def test_slices_come_back(slices: list[SegmentSlice]) -> None:
    assert decode_slices(encode_slices(slices)) == tuple(slices)


def test_a_batch_has_at_least_one_slice_and_a_longest_length() -> None:
    with pytest.raises(WireError, match="at least one"):
        encode_slices([])
    full = SegmentSlice(0, 0, 0, 0, 16384, 0, bytes(16384))
    with pytest.raises(MessageTooLarge):
        encode_slices([full] * 4)
    with pytest.raises(MessageTooLarge):
        decode_slices(b"\x01" * 65537)


def test_a_note_is_the_body_of_a_put_too() -> None:
    assert Note.from_dict(NOTE.to_dict()) == NOTE
    with pytest.raises(WireError, match="too many: type"):
        Note.from_dict({"type": "note", **NOTE.to_dict()})
    with pytest.raises(WireError, match="lossless"):
        Note.from_dict({**NOTE.to_dict(), "quality": "lossless"})
