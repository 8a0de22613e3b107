"""The viewer's side of a connection."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from streaming.client import SegmentArrived, ViewerClient
from streaming.codestream.index import FrameIndex
from streaming.codestream.scans import split_scans
from streaming.errors import ManifestError, StreamingError, WireError
from streaming.manifest import Manifest
from streaming.manifest_changes import ManifestChanges
from streaming.session import NoteSubmitted
from streaming.vocabulary import MAX_CONTROL_BYTES, FrameKey, SegmentKey, WindowLevel
from streaming.wire import (
    Ack,
    Again,
    Change,
    Changes,
    Dropped,
    Hello,
    ManifestMessage,
    NoteRefused,
    NoteStored,
    Opened,
    Ping,
    Pong,
    SegmentSlice,
    StudyMessage,
    SubmitNote,
    ViewportChanged,
    encode_slices,
)
from tests.streaming.link import Link
from tests.streaming.study import SERIES, StoredStudy
from tests.vectors.examples import (
    NOTE,
    SOURCES,
    STORED,
    UNSEEN,
    grey_manifest,
    indexed,
    scans_manifest,
)

STUDY = StoredStudy(3)
KEY = STUDY.stack[0]
FRAME = STUDY.frame(KEY)


def begun(manifest: Manifest = FRAME.manifest, handle: int = 0) -> ViewerClient:
    """Return a connected viewer that knows one frame by handle 0."""
    client = ViewerClient(STUDY.uid, SERIES, manifest=manifest)
    client.connected()
    client.messages_to_send(0.0)
    tell(client, handle, manifest)
    return client


def tell(client: ViewerClient, handle: int, manifest: Manifest, *, body: bool = False) -> None:
    message = ManifestMessage(handle, manifest.frame, manifest.id, manifest if body else None)
    client.receive_text(message.to_dict(), 0.0)


def piece(data: bytes, total: int, offset: int = 0, **more: int) -> bytes:
    place = {"handle": 0, "tile": 0, "layer": 0, "resolution": 0, **more}
    return encode_slices([SegmentSlice(total=total, offset=offset, data=data, **place)])


# openings and hello


def test_a_fresh_viewer_says_what_the_page_has() -> None:
    client = ViewerClient(STUDY.uid, SERIES, 2, 800, 600, FRAME.manifest)
    assert client.opening_query() == {
        "v": "2",
        "fresh": "1",
        "study": STUDY.uid,
        "series": SERIES,
        "position": "2",
        "width": "800",
        "height": "600",
        "have": FRAME.manifest.id,
    }
    hello = client.hello()
    assert hello.manifests == (FRAME.manifest.id,)
    assert hello.viewport is not None
    assert hello.viewport.scale == 800 / 128


def test_a_viewer_that_comes_back_states_what_it_holds() -> None:
    client = begun()
    client.receive_binary(piece(b"ab", 3))
    query = client.opening_query()
    assert query["fresh"] == "0"
    assert "have" not in query
    assert client.opening_query(fresh=True)["fresh"] == "1"
    client.connected()
    (hello,) = client.messages_to_send(0.0)
    assert isinstance(hello, Hello)
    assert hello.holdings[0].partial == ((0, 0, 0, 2),)
    assert hello.manifests == ()


def test_without_a_manifest_the_first_one_is_fitted() -> None:
    client = ViewerClient(STUDY.uid, SERIES, 1, 64, 64)
    client.connected()
    client.messages_to_send(0.0)
    client.receive_text(Opened(STUDY.uid, 0).to_dict(), 0.0)
    client.receive_text(StudyMessage(STUDY.layout).to_dict(), 0.0)
    tell(client, 0, STUDY.frame(STUDY.stack[1]).manifest, body=True)
    assert client.messages_to_send(0.0) == []
    tell(client, 1, FRAME.manifest, body=True)
    (message,) = client.messages_to_send(0.0)
    assert isinstance(message, ViewportChanged)
    assert (message.viewport.generation, message.viewport.scale) == (2, 0.5)


def test_hello_forgets_what_finds_no_room() -> None:
    client = begun()
    for n in range(1300):
        client.holdings.begin(FrameKey("1.2", n + 1), "0" * 16, 1, 3)
    for n in range(3000):
        client.manifests[FrameKey("1.3", n + 1)] = replace(FRAME.manifest, id=f"{n:016}")
    hello = client.hello()
    stated = hello.holdings
    assert hello.manifests[-1] == f"{2999:016}"
    assert len(json.dumps(hello.to_dict())) < MAX_CONTROL_BYTES
    assert 1000 < len(stated) < 1300
    assert stated[0].frame == FrameKey("1.2", 1300)
    assert KEY not in client.holdings
    assert len(list(client.holdings)) == len(stated)


# looking, notes, pings


def test_looking_elsewhere() -> None:
    client = begun()
    first = client.viewport
    assert first is not None
    window = WindowLevel(1.0, 2.0)
    client.look_at(SERIES, 3, window=window, speed=1.0, saver=True)
    client.look_at(SERIES, 3, (0.0, 0.0, 5.0, 5.0), 2.0)
    one, two = client.messages_to_send(0.0)
    assert isinstance(one, ViewportChanged)
    assert isinstance(two, ViewportChanged)
    assert (one.viewport.region, one.viewport.scale) == (first.region, first.scale)
    assert one.viewport.generation < two.viewport.generation
    assert two.viewport.region == (0.0, 0.0, 5.0, 5.0)


def test_notes_are_sent_until_they_are_answered() -> None:
    client = begun()
    client.submit_note(NOTE)
    client.submit_note(UNSEEN)
    assert client.messages_to_send(0.0) == [SubmitNote(NOTE), SubmitNote(UNSEEN)]
    assert client.unstored_notes() == (NOTE, UNSEEN)
    client.connected()
    assert client.messages_to_send(0.0)[1:] == [SubmitNote(NOTE), SubmitNote(UNSEEN)]
    stored = NoteStored(NOTE.id, 3, STORED.stored_at)
    refused = NoteRefused(UNSEEN.id, "no", "It cannot be.")
    client.receive_text(stored.to_dict(), 0.0)
    client.receive_text(stored.to_dict(), 0.0)
    client.receive_text(refused.to_dict(), 0.0)
    assert client.unstored_notes() == ()
    assert client.events()[1:] == [stored, stored, refused]
    assert client.events() == []


def test_a_note_over_the_link() -> None:
    client = ViewerClient(STUDY.uid, SERIES)
    link = Link(STUDY, client)
    link.connect()
    client.submit_note(NOTE)
    link.run()
    assert NoteSubmitted(STUDY.uid, NOTE) in link.events


def test_changes_are_counted() -> None:
    client = begun()
    client.receive_text(Opened(STUDY.uid, 12).to_dict(), 0.0)
    changes = Changes((Change(12, "note", STORED.stored_at, STORED),), 12)
    client.receive_text(changes.to_dict(), 0.0)
    client.receive_text(Changes((), 13).to_dict(), 0.0)
    assert client.after == 12


def test_ping() -> None:
    client = begun()
    client.ping(5)
    assert client.messages_to_send(0.0) == [Ping(5)]
    client.receive_text(Pong(5).to_dict(), 0.0)
    assert client.events()[-1] == Pong(5)


# slices


def test_slices_make_segments() -> None:
    client = begun()
    client.events()
    client.receive_binary(piece(b"ab", 3))
    assert client.events() == []
    client.receive_binary(piece(b"c", 3, 2))
    assert client.events() == [SegmentArrived(SegmentKey(KEY, 0, 0, 0))]
    held = client.holdings.get(KEY)
    assert held is not None
    assert (held.layers(0, 0), held.partial(0, 0)) == (1, 0)
    assert (client.segment_bytes, client.wasted_bytes) == (3, 0)


def test_what_is_already_held_is_wasted() -> None:
    client = begun()
    client.receive_binary(piece(b"ab", 3))
    client.receive_binary(piece(b"bc", 3, 1))
    client.receive_binary(piece(b"abc", 3))
    assert client.wasted_bytes == 4


@pytest.mark.parametrize(
    "message",
    [
        piece(b"b", 3, 1),
        piece(b"b", 3, layer=1),
        piece(b"b", 3, handle=1),
        piece(b"b", 3, tile=2),
        piece(b"b", 3, layer=4),
        piece(b"b", 3, resolution=3),
    ],
)
def test_slices_out_of_place_are_an_error(message: bytes) -> None:
    with pytest.raises(WireError):
        begun().receive_binary(message)


def test_what_was_under_way_to_a_dropped_frame_is_ignored() -> None:
    client = begun()
    client.receive_binary(piece(b"ab", 4))
    client.drop(KEY)
    assert client.messages_to_send(0.0) == [Dropped((KEY,)), Ack(len(piece(b"ab", 4)))]
    client.receive_binary(piece(b"c", 4, 2))
    assert client.wasted_bytes == 1
    client.receive_binary(piece(b"abcd", 4))
    held = client.holdings.get(KEY)
    assert held is not None
    assert held.layers(0, 0) == 1


def test_a_tile_refused_is_asked_for_again() -> None:
    client = begun()
    client.receive_binary(piece(b"abc", 3))
    client.receive_binary(piece(b"abc", 3, tile=1))
    client.refuse(KEY, 0, "digest")
    client.refuse(FrameKey("9", 1), 0, "digest")
    assert client.messages_to_send(1.0)[0] == Again(KEY, 0, "digest")
    held = client.holdings.get(KEY)
    assert held is not None
    assert (held.layers(0, 0), held.layers(1, 0)) == (0, 1)


def test_another_manifest_voids_what_is_held() -> None:
    client = begun()
    client.receive_binary(piece(b"abc", 3))
    other = StoredStudy(3, version=1).frame(KEY).manifest
    tell(client, 1, other, body=True)
    assert client.manifests[KEY] == other
    with pytest.raises(WireError, match="handle"):
        client.receive_binary(piece(b"abc", 3))
    client.receive_binary(piece(b"abc", 3, handle=1))
    assert client.wasted_bytes == 0


def test_a_manifest_that_nobody_has_is_an_error() -> None:
    client = ViewerClient(STUDY.uid, SERIES)
    with pytest.raises(WireError, match="no manifest"):
        tell(client, 0, FRAME.manifest)
    client = begun()
    message = ManifestMessage(0, KEY, "0" * 16, None)
    with pytest.raises(WireError, match="no manifest"):
        client.receive_text(message.to_dict(), 0.0)


def test_a_manifest_told_by_another_one() -> None:
    client = begun()
    other = STUDY.frame(STUDY.stack[1]).manifest
    changes = ManifestChanges.between(0, FRAME.manifest, other)
    message = ManifestMessage(1, other.frame, other.id, changes)
    client.receive_text(message.to_dict(), 0.0)
    assert client.manifests[other.frame] == other
    unnamed = replace(message, manifest=replace(changes, like=7))
    with pytest.raises(WireError, match="not named"):
        client.receive_text(unnamed.to_dict(), 0.0)
    unsound = replace(message, manifest=ManifestChanges(0, {"tiles": []}))
    with pytest.raises(ManifestError):
        client.receive_text(unsound.to_dict(), 0.0)


# acknowledgements


def test_each_message_is_acknowledged_and_those_that_came_together_at_once() -> None:
    client = begun()
    assert client.messages_to_send(1.0) == []
    one = piece(bytes(100), 20_000)
    client.receive_binary(one)
    assert client.messages_to_send(1.0) == [Ack(len(one))]
    assert client.messages_to_send(1.0) == []
    two, three = piece(bytes(9000), 20_000, 100), piece(b"\0", 20_000, 9100)
    client.receive_binary(two)
    client.receive_binary(three)
    assert client.messages_to_send(3.0) == [Ack(len(one + two + three))]
    assert client.next_deadline() is None


# pictures


def feed(client: ViewerClient, index: FrameIndex, body: bytes) -> None:
    for layer, lengths in enumerate(index.lengths[0]):
        for resolution in range(len(lengths)):
            offset, length = index.locate(0, layer, resolution)
            data = body[offset : offset + length]
            client.receive_binary(piece(data, length, layer=layer, resolution=resolution))


def test_a_whole_codestream() -> None:
    manifest = grey_manifest()
    tile = indexed("grey16.j2k")
    client = begun(manifest)
    assert not client.complete(manifest.frame)
    feed(client, FrameIndex((tile.lengths, ())), tile.body)
    assert client.complete(manifest.frame)
    assert client.assembled(manifest.frame, 0).endswith(tile.body + b"\xff\xd9")


def test_a_whole_jpeg() -> None:
    manifest = scans_manifest()
    jpeg = (SOURCES / "rgb8.jpg").read_bytes()
    scans = split_scans(jpeg)
    client = begun(manifest)
    with pytest.raises(StreamingError, match="No scan"):
        client.assembled(manifest.frame, 0)
    feed(client, FrameIndex((tuple((len(scan),) for scan in scans),)), b"".join(scans))
    assert client.assembled(manifest.frame, 0) == jpeg


@pytest.mark.parametrize(("key", "tile"), [(grey_manifest().frame, 1), (FrameKey("9", 1), 0)])
def test_no_picture(key: Any, tile: int) -> None:
    client = begun(grey_manifest())
    with pytest.raises(WireError, match="no segments"):
        client.assembled(key, tile)
    assert not client.complete(FrameKey("9", 1))
