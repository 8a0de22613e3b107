"""The server's side of a connection."""
# Long because: every rule of one connection is told with the same server.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest

from streaming.client import ViewerClient
from streaming.codestream.index import FrameIndex
from streaming.errors import HoldingsError, ManifestError, WireError
from streaming.holdings import HeldFrame
from streaming.session import (
    ChangesWanted,
    NoteSubmitted,
    SegmentRead,
    SessionLimits,
    TileRefused,
    ViewerSession,
)
from streaming.viewport import Viewport
from streaming.vocabulary import FrameKey, WindowLevel
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
    Opening,
    Patient,
    Ping,
    Pong,
    Problem,
    SegmentSlice,
    ServerMessage,
    StudyLayout,
    StudyMessage,
    SubmitNote,
    Unavailable,
    ViewportChanged,
    Welcome,
    decode_slices,
)
from tests.streaming.link import Link
from tests.streaming.study import OTHER, SERIES, StoredStudy
from tests.vectors.examples import NOTE, STORED

WHOLE = (0.0, 0.0, 128.0, 64.0)
AT = "2026-11-24T00:00:00.000Z"


def looking(position: int = 1, generation: int = 1, **more: object) -> Viewport:
    viewport = Viewport(generation, SERIES, position, WHOLE, 1.0)
    return replace(viewport, **more)  # type: ignore[arg-type]


def hello(viewport: Viewport | None = None, *held: HeldFrame, after: int = 0) -> Hello:
    return Hello(held, (), after, viewport or looking())


class Server:
    """A session and the study it serves, everything made and read at once."""

    def __init__(
        self,
        study: StoredStudy,
        opening: Opening | None = None,
        limits: SessionLimits | None = None,
    ) -> None:
        self.study = study
        opening = opening or Opening(fresh=True, series=SERIES)
        self.session = ViewerSession(study.layout, opening, limits or SessionLimits(), 0.0, 5)
        self.named: list[FrameKey] = []
        self.handles: dict[int, FrameKey] = {}
        self.received = 0

    def serve(self, now: float = 0.0, *, make: bool = True) -> list[ServerMessage | bytes]:
        """Do all that can be done and return what is sent."""
        sent: list[ServerMessage | bytes] = []
        while True:
            wanted = self.session.frames_wanted()
            self.named += wanted
            for key in wanted if make else ():
                frame = self.study.frame(key)
                self.session.frame_ready(key, frame.manifest, frame.index, now)
            reads = self.session.reads()
            for read in reads:
                body = self.study.frame(read.key.frame).body
                self.session.segment_read(read, body[read.offset :][: read.length], now)
            messages = self.session.data_to_send(now)
            for message in messages:
                if isinstance(message, ManifestMessage):
                    self.handles[message.handle] = message.frame
                if isinstance(message, bytes):
                    self.received += len(message)
            sent += messages
            more = self.session.next_deadline() == now if make else False
            if not (messages or reads or (wanted and make) or more):
                return sent

    def acknowledge(self, now: float) -> None:
        self.session.receive(Ack(self.received), now)

    def everything(self, now: float = 0.0) -> list[ServerMessage | bytes]:
        """Serve and acknowledge until nothing more comes."""
        sent: list[ServerMessage | bytes] = []
        while messages := self.serve(now):
            sent += messages
            now += 0.1
            self.acknowledge(now)
        return sent

    def frames_of(self, sent: Iterable[ServerMessage | bytes]) -> list[FrameKey]:
        return [self.handles[piece.handle] for piece in slices(sent)]


def slices(sent: Iterable[ServerMessage | bytes]) -> list[SegmentSlice]:
    return [p for message in sent if isinstance(message, bytes) for p in decode_slices(message)]


def kinds(sent: Iterable[ServerMessage | bytes]) -> list[str]:
    return [type(message).__name__ for message in sent if not isinstance(message, bytes)]


def greeted(study: StoredStudy, viewport: Viewport | None = None, **limits: int) -> Server:
    server = Server(study, Opening(fresh=False), SessionLimits(**limits))
    server.session.receive(hello(viewport), 0.0)
    return server


# how it begins


def test_a_fresh_viewer_is_sent_the_picture_at_once() -> None:
    sent = Server(StoredStudy(3)).serve()
    assert sent[0] == Welcome(1, "1.2.3", 5)
    assert isinstance(sent[1], ManifestMessage)
    assert isinstance(sent[2], bytes)
    first = slices(sent)[0]
    assert (first.layer, first.resolution, first.offset) == (0, 0, 0)


def test_another_viewer_is_waited_for() -> None:
    server = Server(StoredStudy(3), Opening(fresh=False))
    assert server.serve() == [Welcome(1, "1.2.3", 5)]
    server.session.receive(hello(), 0.0)
    assert slices(server.serve())


def test_hello_comes_first_and_once() -> None:
    session = Server(StoredStudy(1)).session
    with pytest.raises(WireError, match="first message"):
        session.receive(Ping(1), 0.0)
    session.receive(hello(), 0.0)
    with pytest.raises(WireError, match="first message"):
        session.receive(hello(), 0.0)


def test_a_manifest_that_the_page_has_travels_without_its_body() -> None:
    study = StoredStudy(1)
    manifest = study.frame(study.stack[0]).manifest
    opening = Opening(fresh=True, series=SERIES, have=manifest.id)
    sent = Server(study, opening).serve()
    assert sent[1] == ManifestMessage(0, study.stack[0], manifest.id, None)


def test_the_opening_may_ask_for_a_place_beyond_the_stack() -> None:
    study = StoredStudy(3)
    server = Server(study, Opening(fresh=True, series=SERIES, position=99))
    server.serve()
    assert server.named[0] == study.stack[2]


def test_a_series_that_is_not_there_is_a_problem() -> None:
    server = Server(StoredStudy(1), Opening(fresh=True, series="9.9"))
    sent = server.serve()
    assert kinds(sent) == ["Welcome", "Problem"]
    server.session.receive(hello(), 0.0)
    assert slices(server.serve())


def test_a_study_without_series_waits_for_one() -> None:
    study = StoredStudy(1)
    empty = StudyLayout("1.2.3", "", "", Patient(), ())
    session = ViewerSession(empty, Opening(fresh=True), SessionLimits(), 0.0)
    assert session.frames_wanted() == []
    session.study_changed(empty, 0.0)
    assert session.frames_wanted() == []
    session.study_changed(study.layout, 0.0)
    assert session.frames_wanted() == [study.stack[0]]


# what goes in which order


def test_everything_looked_at_comes_and_neighbours_become_lossless() -> None:
    study = StoredStudy(7)
    server = greeted(study)
    sent = server.everything()
    frames = server.frames_of(sent)
    assert list(dict.fromkeys(frames)) == list(study.stack)
    sizes = Counter[FrameKey]()
    for key, piece in zip(frames, slices(sent), strict=True):
        sizes[key] += len(piece.data)
    whole = [study.frame(key).index.total == sizes[key] for key in study.stack]
    assert whole == [True, True, True, False, False, False, False]


def test_the_tiers_follow_one_another() -> None:
    study = StoredStudy(6)
    server = greeted(study, looking(3, direction=-1))
    sent = server.everything()
    order = list(dict.fromkeys(server.frames_of(sent)))
    assert [study.stack.index(key) + 1 for key in order] == [3, 2, 1, 4, 5, 6]
    looked_at = [p for p in slices(sent) if server.handles[p.handle] == study.stack[2]]
    assert [p.layer for p in looked_at] == sorted(p.layer for p in looked_at)
    ahead = [p.layer for p in slices(sent) if server.handles[p.handle] == study.stack[5]]
    assert set(ahead) == {0, 1}


def test_a_narrow_window_needs_more_layers() -> None:
    study = StoredStudy(5)
    server = greeted(study, looking(window=WindowLevel(0.0, 100.0)))
    sent = server.everything()
    ahead = {p.layer for p in slices(sent) if server.handles[p.handle] == study.stack[4]}
    assert ahead == {0, 1, 2}


def test_a_saver_is_sent_nothing_ahead() -> None:
    study = StoredStudy(5)
    server = greeted(study, looking(saver=True))
    assert set(server.frames_of(server.everything())) == {study.stack[0]}
    assert server.named == [study.stack[0]]


def test_what_is_on_the_screen_comes_before_the_rest_of_the_frame() -> None:
    study = StoredStudy(1)
    right = looking(region=(64.0, 0.0, 128.0, 64.0), scale=0.5)
    sent = greeted(study, right).everything()
    order = list(dict.fromkeys((p.tile, p.resolution == 2) for p in slices(sent)))
    assert order == [(1, False), (1, True), (0, False), (0, True)]


def test_a_frame_of_constant_tiles_has_only_its_manifest() -> None:
    study = StoredStudy(1, constant=frozenset({0, 1}))
    sent = greeted(study).everything()
    assert kinds(sent) == ["Welcome", "ManifestMessage"]
    assert slices(sent) == []


def test_few_frames_are_asked_for_at_a_time() -> None:
    study = StoredStudy(9)
    server = greeted(study)
    server.serve(make=False)
    assert server.named == list(study.stack[:3])
    server.session.receive(ViewportChanged(looking(8, 2)), 0.0)
    server.serve(make=False)
    assert server.named == [*study.stack[:3], study.stack[7]]


def test_a_long_unready_stack_is_not_walked_to_its_end() -> None:
    server = greeted(StoredStudy(2000))
    server.serve(make=False)
    assert len(server.named) == 3


# a change of mind


def test_a_new_viewport_overtakes_within_one_message() -> None:
    study = StoredStudy(9, weight=2000)
    server = greeted(study)
    server.serve()
    server.session.receive(ViewportChanged(looking(6, 2)), 0.5)
    server.acknowledge(0.5)
    sent = server.serve(0.5)
    pieces = server.frames_of(sent)
    assert pieces[0] == study.stack[5]
    assert server.session.credit.in_flight <= server.session.credit.window


def test_an_older_generation_changes_nothing() -> None:
    study = StoredStudy(9)
    server = greeted(study, looking(1, 5))
    server.session.receive(ViewportChanged(looking(6, 5)), 0.0)
    server.serve()
    assert server.named[0] == study.stack[0]


def test_a_segment_partly_sent_is_gone_on_with() -> None:
    study = StoredStudy(3, weight=2000)
    server = greeted(study)
    sent = slices(server.serve())
    cut = sent[-1]
    assert cut.offset + len(cut.data) < cut.total
    server.session.receive(ViewportChanged(looking(3, 2)), 0.1)
    server.session.receive(ViewportChanged(looking(1, 3)), 0.1)
    server.acknowledge(0.2)
    following = slices(server.serve(0.2))[0]
    assert (following.tile, following.layer, following.resolution) == (
        cut.tile,
        cut.layer,
        cut.resolution,
    )
    assert following.offset == cut.offset + len(cut.data)


def test_reads_given_up_are_ignored_when_they_come() -> None:
    study = StoredStudy(9, weight=2000)
    server = greeted(study)
    for key in server.session.frames_wanted():
        frame = study.frame(key)
        server.session.frame_ready(key, frame.manifest, frame.index, 0.0)
    old = server.session.reads()
    assert server.session.reads() == []
    server.session.receive(ViewportChanged(looking(6, 2)), 0.0)
    server.session.frame_ready(
        study.stack[5],
        study.frame(study.stack[5]).manifest,
        study.frame(study.stack[5]).index,
        0.0,
    )
    new = server.session.reads()
    assert {read.key.frame for read in new} == {study.stack[5]}
    for read in old:
        server.session.segment_read(read, bytes(read.length), 0.0)
    assert slices(server.session.data_to_send(0.0)) == []


def test_reads_stay_within_credit_and_look_ahead() -> None:
    study = StoredStudy(9, weight=20_000)
    limits = SessionLimits()
    server = greeted(study)
    for key in server.session.frames_wanted():
        frame = study.frame(key)
        server.session.frame_ready(key, frame.manifest, frame.index, 0.0)
    reads = server.session.reads()
    most = limits.start_window + limits.look_ahead + limits.read_bytes
    assert sum(read.length for read in reads) <= most


def test_a_read_of_another_length_is_the_servers_fault() -> None:
    server = greeted(StoredStudy(1))
    for key in server.session.frames_wanted():
        frame = server.study.frame(key)
        server.session.frame_ready(key, frame.manifest, frame.index, 0.0)
    read = server.session.reads()[0]
    assert isinstance(read, SegmentRead)
    with pytest.raises(ValueError, match="length"):
        server.session.segment_read(read, b"", 0.0)


# what the viewer has


def test_what_is_stated_is_not_sent_again() -> None:
    study = StoredStudy(1)
    key = study.stack[0]
    manifest = study.frame(key).manifest
    stated = HeldFrame(key, manifest.id, ((1, 4), (1, 1), (4, 0)), ((0, 1, 1, 100),))
    server = Server(study, Opening(fresh=False))
    server.session.receive(hello(None, stated), 0.0)
    sent = server.everything()
    assert ManifestMessage(0, key, manifest.id, None) in sent
    tile = [p for p in slices(sent) if p.tile == 0]
    assert next((p.layer, p.offset) for p in tile if p.resolution == 1) == (1, 100)
    assert not [p for p in tile if p.resolution == 0]


def test_holdings_of_another_manifest_are_void() -> None:
    study = StoredStudy(1)
    stated = HeldFrame(study.stack[0], "another-manifest", ((6, 4),))
    server = Server(study, Opening(fresh=False))
    server.session.receive(hello(None, stated), 0.0)
    total = study.frame(study.stack[0]).index.total
    assert sum(len(p.data) for p in slices(server.everything())) == total


def test_hello_of_a_fresh_viewer_is_merged_with_what_was_sent() -> None:
    study = StoredStudy(1)
    key = study.stack[0]
    server = Server(study)
    sent = server.serve()
    stated = HeldFrame(key, study.frame(key).manifest.id, ((1, 4), (5, 0)))
    server.session.receive(hello(None, stated), 0.1)
    server.acknowledge(0.1)
    sent += server.everything(0.1)
    pieces = [(p.tile, p.resolution, p.layer, p.offset) for p in slices(sent)]
    assert len(pieces) == len(set(pieces))


@pytest.mark.parametrize(
    ("held", "partial"),
    [
        (((5, 4),), ()),
        (((6, 5),), ()),
        (((6, 4),), ((0, 0, 4, 1),)),
        (((6, 0),), ((0, 0, 0, 41),)),
        (((6, 0),), ((0, 0, 1, 1),)),
        (((6, 0),), ((2, 0, 0, 1),)),
    ],
)
def test_holdings_that_cannot_be(
    held: tuple[tuple[int, int], ...], partial: tuple[tuple[int, int, int, int], ...]
) -> None:
    study = StoredStudy(1)
    key = study.stack[0]
    frame = study.frame(key)
    server = Server(study, Opening(fresh=False))
    stated = HeldFrame(key, frame.manifest.id, held, partial)
    server.session.receive(hello(None, stated), 0.0)
    with pytest.raises(HoldingsError):
        server.session.frame_ready(key, frame.manifest, frame.index, 0.0)


def test_holdings_of_a_constant_tile_cannot_be() -> None:
    study = StoredStudy(1, constant=frozenset({0}))
    key = study.stack[0]
    frame = study.frame(key)
    server = Server(study, Opening(fresh=False))
    stated = HeldFrame(key, frame.manifest.id, ((6, 0),), ((0, 0, 0, 1),))
    server.session.receive(hello(None, stated), 0.0)
    with pytest.raises(HoldingsError):
        server.session.frame_ready(key, frame.manifest, frame.index, 0.0)


def test_what_was_dropped_comes_again_only_when_it_is_looked_at() -> None:
    study = StoredStudy(5)
    server = greeted(study)
    server.everything()
    server.session.receive(Dropped((study.stack[1], study.stack[4])), 9.0)
    again = set(server.frames_of(server.everything(9.0)))
    assert again == {study.stack[1]}
    server.session.receive(ViewportChanged(looking(5, 2)), 20.0)
    assert study.stack[4] in server.frames_of(server.everything(20.0))


def test_dropping_a_frame_that_is_not_ready_voids_what_was_stated() -> None:
    study = StoredStudy(1)
    key = study.stack[0]
    server = Server(study, Opening(fresh=False))
    stated = HeldFrame(key, study.frame(key).manifest.id, ((6, 4),))
    server.session.receive(hello(None, stated), 0.0)
    server.session.receive(Dropped((key,)), 0.0)
    total = study.frame(key).index.total
    assert sum(len(p.data) for p in slices(server.everything())) == total


def test_a_tile_is_sent_again_a_few_times() -> None:
    study = StoredStudy(1)
    key = study.stack[0]
    server = greeted(study)
    server.everything()
    for n in range(3):
        server.session.receive(Again(key, 1, "digest"), 10.0 * n)
        sent = server.everything(10.0 * n)
        assert {p.tile for p in slices(sent)} == {1}
    server.session.receive(Again(key, 1, "digest"), 50.0)
    sent = server.everything(50.0)
    assert kinds(sent) == ["Unavailable"]
    assert slices(sent) == []
    refused = [e for e in server.session.events() if isinstance(e, TileRefused)]
    assert refused == [TileRefused(key, 1, "digest")] * 4


def test_again_of_a_frame_that_is_not_ready() -> None:
    study = StoredStudy(1)
    server = Server(study, Opening(fresh=False))
    server.session.receive(hello(), 0.0)
    server.session.receive(Again(study.stack[0], 0, "decode"), 0.0)
    assert slices(server.everything())


# frames


def test_a_frame_coded_anew_is_sent_anew() -> None:
    study = StoredStudy(1)
    server = greeted(study)
    server.everything()
    anew = StoredStudy(1, version=1).frame(study.stack[0])
    server.study = StoredStudy(1, version=1)
    server.session.frame_ready(study.stack[0], anew.manifest, anew.index, 5.0)
    sent = server.everything(5.0)
    assert sent[0] == ManifestMessage(1, study.stack[0], anew.manifest.id, anew.manifest)
    assert sum(len(p.data) for p in slices(sent)) == anew.index.total


def test_the_same_frame_twice_changes_nothing() -> None:
    study = StoredStudy(1)
    server = greeted(study)
    server.everything()
    frame = study.frame(study.stack[0])
    server.session.frame_ready(study.stack[0], frame.manifest, frame.index, 5.0)
    assert server.everything(5.0) == []


def test_a_frame_must_fit_its_key_and_index() -> None:
    study = StoredStudy(2)
    session = greeted(study).session
    frame = study.frame(study.stack[0])
    with pytest.raises(ManifestError, match="another frame"):
        session.frame_ready(study.stack[1], frame.manifest, frame.index, 0.0)
    with pytest.raises(ManifestError, match="tiles"):
        session.frame_ready(study.stack[0], frame.manifest, FrameIndex(((),)), 0.0)
    with pytest.raises(ManifestError, match="layers"):
        session.frame_ready(study.stack[0], frame.manifest, FrameIndex(((), ())), 0.0)


def test_a_frame_that_fails_for_good_is_not_asked_for_again() -> None:
    study = StoredStudy(1)
    server = greeted(study)
    key = server.session.frames_wanted()[0]
    server.session.frame_failed(key, "undecodable", "It is cut off.", False, 0.0)
    assert Unavailable(key, "undecodable", "It is cut off.", False) in server.serve(make=False)
    assert server.session.next_deadline() is None
    assert server.serve(1000.0) == []
    assert server.named == []


def test_a_frame_that_may_be_retried_is_asked_for_later_and_later() -> None:
    study = StoredStudy(1)
    server = greeted(study)
    session = server.session
    now = 0.0
    for wait in (5.0, 10.0, 20.0):
        (key,) = session.frames_wanted()
        session.frame_failed(key, "busy", "The server is busy.", True, now)
        assert session.next_deadline() == now + wait
        session.data_to_send(now + wait / 2)
        assert session.frames_wanted() == []
        now += wait
        session.data_to_send(now)
    assert slices(server.everything(now))


# notes, changes, study


def test_notes_and_changes_go_ahead_of_segments() -> None:
    study = StoredStudy(3)
    server = greeted(study)
    server.serve()
    session = server.session
    session.receive(SubmitNote(NOTE), 0.1)
    assert session.events() == [ChangesWanted(0), NoteSubmitted(NOTE)]
    assert session.events() == []
    server.acknowledge(0.1)
    session.note_stored(NOTE.id, 12, AT, 0.1)
    session.note_refused(NOTE.id, "no", "It cannot be.", 0.1)
    session.changes([Change(12, "note", AT, STORED)], 12, 0.1)
    session.receive(Ping(7), 0.1)
    sent = server.serve(0.1)
    assert sent[:4] == [
        NoteStored(NOTE.id, 12, AT),
        NoteRefused(NOTE.id, "no", "It cannot be."),
        Changes((Change(12, "note", AT, STORED),), 12),
        Pong(7),
    ]
    assert isinstance(sent[-1], bytes)


def test_the_study_follows_a_change_of_it_once() -> None:
    server = greeted(StoredStudy(1))
    session = server.session
    server.everything()
    change = Change(13, "study", AT)
    session.changes([change], 13, 0.0)
    session.changes([change], 13, 0.0)
    assert kinds(session.data_to_send(0.0)) == ["Changes", "StudyMessage", "Changes"]


def test_a_study_that_grows() -> None:
    server = greeted(StoredStudy(2))
    server.everything()
    server.study = StoredStudy(3)
    server.session.study_changed(server.study.layout, 1.0)
    sent = server.everything(1.0)
    assert sent[0] == StudyMessage(server.study.layout)
    assert set(server.frames_of(sent)) == {server.study.stack[2]}


def test_another_series() -> None:
    server = greeted(StoredStudy(2))
    server.session.receive(ViewportChanged(replace(looking(1, 2), series=OTHER)), 0.0)
    server.serve()
    assert server.named == [FrameKey("1.2.3.2.1", 1)]


def test_a_problem_is_told() -> None:
    session = greeted(StoredStudy(1)).session
    session.problem("going_away", "The server restarts.", True, 0.0)
    assert Problem("going_away", "The server restarts.", True) in session.data_to_send(0.0)


def test_more_acknowledged_than_sent_is_an_error() -> None:
    session = greeted(StoredStudy(1)).session
    with pytest.raises(WireError, match="More bytes"):
        session.receive(Ack(1), 0.0)


def test_a_long_stack_costs_little_per_message() -> None:
    study = StoredStudy(150, weight=10, tiles=1)
    client = ViewerClient(SERIES)
    link = Link(study, client, rate=300_000.0, delay=0.05)
    link.connect()
    link.run()
    assert len(list(client.holdings)) == 150
    assert client.wasted_bytes == 0


def test_a_tile_refused_while_it_is_read_is_begun_anew() -> None:
    study = StoredStudy(1, weight=3000)
    key = study.stack[0]
    server = greeted(study)
    server.serve()
    server.session.receive(Again(key, 0, "decode"), 0.1)
    server.acknowledge(0.2)
    first = slices(server.serve(0.2))[0]
    assert (first.tile, first.layer, first.offset) == (0, 0, 0)


def test_nothing_is_sent_that_was_not_read() -> None:
    server = greeted(StoredStudy(1))
    for key in server.session.frames_wanted():
        frame = server.study.frame(key)
        server.session.frame_ready(key, frame.manifest, frame.index, 0.0)
    assert kinds(server.session.data_to_send(0.0)) == ["Welcome", "ManifestMessage"]
    assert server.session.reads()


def test_a_frame_whose_bytes_are_gone_is_made_anew_and_gone_on_with() -> None:
    study = StoredStudy(1, weight=3000)
    server = greeted(study)
    sent = server.serve()
    server.session.frame_failed(study.stack[0], "gone", "It is gone.", True, 0.0)
    assert slices(server.serve(0.1)) == []
    server.acknowledge(0.2)
    sent += server.everything(6.0)
    assert [type(m) for m in sent if isinstance(m, ManifestMessage)] == [ManifestMessage] * 2
    total = study.frame(study.stack[0]).index.total
    assert sum(len(piece.data) for piece in slices(sent)) == total


def test_dropping_what_was_never_held_changes_nothing() -> None:
    study = StoredStudy(5)
    server = greeted(study)
    server.session.receive(Dropped((study.stack[4], FrameKey("9", 1))), 0.0)
    assert study.stack[4] in server.frames_of(server.everything())
