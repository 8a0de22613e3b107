"""The server's side of a connection."""
# Long because: every rule of one connection is told with the same server.

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from streaming.client import ViewerClient
from streaming.codestream.index import FrameIndex
from streaming.errors import HoldingsError, ManifestError, WireError
from streaming.holdings import HeldFrame
from streaming.manifest_changes import ManifestChanges
from streaming.session import (
    ChangesWanted,
    NoteSubmitted,
    SegmentRead,
    SessionLimits,
    TileRefused,
    ViewerSession,
)
from streaming.vocabulary import FrameKey, WindowLevel
from streaming.wire import (
    Ack,
    Again,
    Change,
    Changes,
    Dropped,
    ManifestMessage,
    NoteRefused,
    NoteStored,
    Opened,
    Patient,
    Ping,
    Pong,
    Problem,
    StudyLayout,
    StudyMessage,
    SubmitNote,
    Unavailable,
    ViewportChanged,
    Welcome,
    decode_slices,
)
from tests.streaming.link import Link
from tests.streaming.server import Server, greeted, hello, kinds, looking, opening_of, slices
from tests.streaming.study import OTHER, SERIES, STUDY, StoredStudy
from tests.vectors.examples import NOTE, STORED

AT = "2026-11-24T00:00:00.000Z"


def alone(frames: int, **more: Any) -> StoredStudy:
    """Return a study of one series only."""
    return StoredStudy(frames, alone=True, **more)


# how it begins


def test_a_fresh_viewer_is_sent_the_picture_at_once() -> None:
    study = alone(3)
    sent = Server(study).serve()
    assert sent[:3] == [Welcome(2), Opened(STUDY, 5), StudyMessage(study.layout)]
    assert isinstance(sent[3], ManifestMessage)
    first = slices(sent)[0]
    assert (first.handle, first.layer, first.resolution, first.offset) == (0, 0, 0, 0)


def test_another_viewer_is_waited_for() -> None:
    study = alone(3)
    server = Server(study, opening_of(study, fresh=False))
    assert kinds(server.serve()) == ["Welcome", "Opened", "StudyMessage"]
    server.session.receive(hello(), 0.0)
    assert slices(server.serve())


def test_hello_comes_first_and_once() -> None:
    session = Server(alone(1)).session
    with pytest.raises(WireError, match="first message"):
        session.receive(Ping(1), 0.0)
    session.receive(hello(), 0.0)
    with pytest.raises(WireError, match="first message"):
        session.receive(hello(), 0.0)


def test_a_manifest_that_the_page_has_travels_without_its_body() -> None:
    study = alone(1)
    manifest = study.frame(study.stack[0]).manifest
    sent = Server(study, opening_of(study, have=manifest.id)).serve()
    assert sent[3] == ManifestMessage(0, study.stack[0], manifest.id, None)


def test_the_opening_may_ask_for_a_place_beyond_the_stack() -> None:
    study = alone(3)
    server = Server(study, opening_of(study, position=99))
    server.serve()
    assert server.named[0] == study.stack[2]


def test_a_series_that_is_not_there_is_a_problem() -> None:
    study = alone(1)
    server = Server(study, opening_of(study, series="9.9"))
    sent = server.serve()
    assert kinds(sent) == ["Welcome", "Opened", "StudyMessage", "Problem"]
    server.session.receive(hello(), 0.0)
    assert slices(server.serve())


def test_a_study_without_series_waits_for_one() -> None:
    study = alone(1)
    empty = StudyLayout(STUDY, "", "", Patient(), ())
    session = ViewerSession(opening_of(study, series=None), SessionLimits(), 0.0)
    session.study_opened(empty, 0, 0.0)
    assert session.frames_wanted() == []
    session.study_changed(empty, 0.0)
    assert session.frames_wanted() == []
    session.study_changed(study.layout, 0.0)
    assert session.frames_wanted() == [study.stack[0]]


# what goes in which order


def test_everything_looked_at_comes_and_neighbours_become_lossless() -> None:
    study = alone(7)
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
    study = alone(6)
    server = greeted(study, looking(3, speed=-1.0))
    sent = server.everything()
    order = list(dict.fromkeys(server.frames_of(sent)))
    assert [study.stack.index(key) + 1 for key in order] == [3, 2, 1, 4, 5, 6]
    looked_at = [p for p in slices(sent) if server.handles[p.handle] == study.stack[2]]
    assert [p.layer for p in looked_at] == sorted(p.layer for p in looked_at)
    ahead = [p.layer for p in slices(sent) if server.handles[p.handle] == study.stack[5]]
    assert set(ahead) == {0, 1}


def test_a_narrow_window_needs_more_layers() -> None:
    study = alone(5)
    server = greeted(study, looking(window=WindowLevel(0.0, 100.0)))
    sent = server.everything()
    ahead = {p.layer for p in slices(sent) if server.handles[p.handle] == study.stack[4]}
    assert ahead == {0, 1, 2}


def test_a_saver_is_sent_nothing_ahead() -> None:
    study = alone(5)
    server = greeted(study, looking(saver=True))
    assert set(server.frames_of(server.everything())) == {study.stack[0]}
    assert server.named == [study.stack[0]]


def test_what_is_on_the_screen_comes_before_the_rest_of_the_frame() -> None:
    study = alone(1)
    right = looking(region=(64.0, 0.0, 128.0, 64.0), scale=0.5)
    sent = greeted(study, right).everything()
    order = list(dict.fromkeys((p.tile, p.resolution == 2) for p in slices(sent)))
    assert order == [(1, False), (1, True), (0, False), (0, True)]


def test_a_frame_of_constant_tiles_has_only_its_manifest() -> None:
    study = alone(1, constant=frozenset({0, 1}))
    sent = greeted(study).everything()
    assert kinds(sent) == ["Welcome", "Opened", "StudyMessage", "ManifestMessage"]
    assert slices(sent) == []


def test_few_frames_are_asked_for_at_a_time() -> None:
    study = alone(9)
    server = greeted(study)
    server.serve(make=False)
    assert server.named == list(study.stack[:3])
    server.session.receive(ViewportChanged(looking(8, 2)), 0.0)
    server.serve(make=False)
    assert server.named == [*study.stack[:3], study.stack[7]]


def test_a_long_unready_stack_is_not_walked_to_its_end() -> None:
    server = greeted(alone(2000))
    server.serve(make=False)
    assert len(server.named) == 3


# a change of mind


def test_a_new_viewport_overtakes_within_one_message() -> None:
    study = alone(9, weight=2000)
    server = greeted(study)
    server.serve()
    server.session.receive(ViewportChanged(looking(6, 2)), 0.5)
    server.acknowledge(0.5)
    sent = server.serve(0.5)
    pieces = server.frames_of(sent)
    assert pieces[0] == study.stack[5]
    assert server.session.credit.in_flight <= server.session.credit.window


def test_an_older_generation_changes_nothing() -> None:
    study = alone(9)
    server = greeted(study, looking(1, 5))
    server.session.receive(ViewportChanged(looking(6, 5)), 0.0)
    server.serve()
    assert server.named[0] == study.stack[0]


def test_a_segment_partly_sent_is_gone_on_with() -> None:
    study = alone(3, weight=2000)
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
    study = alone(9, weight=2000)
    server = greeted(study)
    for key in server.session.frames_wanted():
        server.make(key)
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
    study = alone(9, weight=20_000)
    limits = SessionLimits()
    server = greeted(study)
    for key in server.session.frames_wanted():
        server.make(key)
    reads = server.session.reads()
    most = limits.start_window + limits.look_ahead + limits.read_bytes
    assert sum(read.length for read in reads) <= most


def test_a_read_of_another_length_is_the_servers_fault() -> None:
    server = greeted(alone(1))
    for key in server.session.frames_wanted():
        server.make(key)
    read = server.session.reads()[0]
    assert isinstance(read, SegmentRead)
    with pytest.raises(ValueError, match="length"):
        server.session.segment_read(read, b"", 0.0)


# what the viewer has


def test_what_is_stated_is_not_sent_again() -> None:
    study = alone(1)
    key = study.stack[0]
    manifest = study.frame(key).manifest
    stated = HeldFrame(key, manifest.id, ((1, 4), (1, 1), (4, 0)), ((0, 1, 1, 100),))
    server = Server(study, opening_of(study, fresh=False))
    server.session.receive(hello(None, stated), 0.0)
    sent = server.everything()
    assert ManifestMessage(0, key, manifest.id, None) in sent
    tile = [p for p in slices(sent) if p.tile == 0]
    assert next((p.layer, p.offset) for p in tile if p.resolution == 1) == (1, 100)
    assert not [p for p in tile if p.resolution == 0]


def test_holdings_of_another_manifest_are_void() -> None:
    study = alone(1)
    stated = HeldFrame(study.stack[0], "another-manifest", ((6, 4),))
    server = Server(study, opening_of(study, fresh=False))
    server.session.receive(hello(None, stated), 0.0)
    total = study.frame(study.stack[0]).index.total
    assert sum(len(p.data) for p in slices(server.everything())) == total


def test_hello_of_a_fresh_viewer_is_merged_with_what_was_sent() -> None:
    study = alone(1)
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
    study = alone(1)
    key = study.stack[0]
    frame = study.frame(key)
    server = Server(study, opening_of(study, fresh=False))
    stated = HeldFrame(key, frame.manifest.id, held, partial)
    server.session.receive(hello(None, stated), 0.0)
    with pytest.raises(HoldingsError):
        server.session.frame_ready(key, frame.manifest, frame.index, 0.0)


def test_holdings_of_a_constant_tile_cannot_be() -> None:
    study = alone(1, constant=frozenset({0}))
    key = study.stack[0]
    frame = study.frame(key)
    server = Server(study, opening_of(study, fresh=False))
    stated = HeldFrame(key, frame.manifest.id, ((6, 0),), ((0, 0, 0, 1),))
    server.session.receive(hello(None, stated), 0.0)
    with pytest.raises(HoldingsError):
        server.session.frame_ready(key, frame.manifest, frame.index, 0.0)


def test_what_was_dropped_comes_again_only_when_it_is_looked_at() -> None:
    study = alone(5)
    server = greeted(study)
    server.everything()
    server.session.receive(Dropped((study.stack[1], study.stack[4])), 9.0)
    again = set(server.frames_of(server.everything(9.0)))
    assert again == {study.stack[1]}
    server.session.receive(ViewportChanged(looking(5, 2)), 20.0)
    assert study.stack[4] in server.frames_of(server.everything(20.0))


def test_dropping_a_frame_that_is_not_ready_voids_what_was_stated() -> None:
    study = alone(1)
    key = study.stack[0]
    server = Server(study, opening_of(study, fresh=False))
    stated = HeldFrame(key, study.frame(key).manifest.id, ((6, 4),))
    server.session.receive(hello(None, stated), 0.0)
    server.session.receive(Dropped((key,)), 0.0)
    total = study.frame(key).index.total
    assert sum(len(p.data) for p in slices(server.everything())) == total


def test_a_tile_is_sent_again_a_few_times() -> None:
    study = alone(1)
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
    refused = [e for e in server.events if isinstance(e, TileRefused)]
    assert refused == [TileRefused(key, 1, "digest")] * 4


def test_again_of_a_frame_that_is_not_ready() -> None:
    study = alone(1)
    server = Server(study, opening_of(study, fresh=False))
    server.session.receive(hello(), 0.0)
    server.session.receive(Again(study.stack[0], 0, "decode"), 0.0)
    assert slices(server.everything())


@pytest.mark.parametrize("more", [(), (Dropped,)])
def test_a_tile_refused_before_its_frame_is_ready_is_sent_again_and_no_other(
    more: tuple[type, ...],
) -> None:
    study = alone(1)
    key = study.stack[0]
    server = Server(study, opening_of(study, fresh=False))
    stated = HeldFrame(key, study.frame(key).manifest.id, ((6, 4),))
    server.session.receive(hello(None, stated), 0.0)
    server.session.receive(Again(key, 0, "decode"), 0.0)
    server.session.receive(Again(key, 99, "decode"), 0.0)
    for message in more:
        server.session.receive(message((key,)), 0.0)
    assert {piece.tile for piece in slices(server.everything())} == ({0, 1} if more else {0})


# frames


def test_a_frame_coded_anew_is_sent_anew() -> None:
    study = alone(1)
    server = greeted(study)
    server.everything()
    anew = alone(1, version=1).frame(study.stack[0])
    before = study.frame(study.stack[0]).manifest
    server.studies[STUDY] = alone(1, version=1)
    server.session.frame_ready(study.stack[0], anew.manifest, anew.index, 5.0)
    sent = server.everything(5.0)
    changes = ManifestChanges.between(0, before, anew.manifest)
    assert sent[0] == ManifestMessage(1, study.stack[0], anew.manifest.id, changes)
    assert sum(len(p.data) for p in slices(sent)) == anew.index.total


def test_the_same_frame_twice_changes_nothing() -> None:
    study = alone(1)
    server = greeted(study)
    server.everything()
    frame = study.frame(study.stack[0])
    server.session.frame_ready(study.stack[0], frame.manifest, frame.index, 5.0)
    assert server.everything(5.0) == []


def test_a_frame_must_fit_its_key_and_index() -> None:
    study = alone(2)
    session = greeted(study).session
    frame = study.frame(study.stack[0])
    with pytest.raises(ManifestError, match="another frame"):
        session.frame_ready(study.stack[1], frame.manifest, frame.index, 0.0)
    with pytest.raises(ManifestError, match="tiles"):
        session.frame_ready(study.stack[0], frame.manifest, FrameIndex(((),)), 0.0)
    with pytest.raises(ManifestError, match="layers"):
        session.frame_ready(study.stack[0], frame.manifest, FrameIndex(((), ())), 0.0)


def test_a_frame_that_fails_for_good_is_not_asked_for_again() -> None:
    study = alone(1)
    server = greeted(study)
    key = server.session.frames_wanted()[0]
    server.session.frame_failed(key, "undecodable", "It is cut off.", False, 0.0)
    assert Unavailable(key, "undecodable", "It is cut off.", False) in server.serve(make=False)
    assert server.session.next_deadline() is None
    assert server.serve(1000.0) == []
    assert server.named == []


def test_a_frame_that_may_be_retried_is_asked_for_later_and_later() -> None:
    study = alone(1)
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
    study = alone(3)
    server = greeted(study)
    server.serve()
    session = server.session
    session.receive(SubmitNote(NOTE), 0.1)
    assert session.events() == [NoteSubmitted(STUDY, NOTE)]
    assert session.events() == []
    assert server.events == [ChangesWanted(STUDY, 0)]
    server.acknowledge(0.1)
    session.note_stored(NOTE.id, 12, AT, 0.1)
    session.note_refused(NOTE.id, "no", "It cannot be.", 0.1)
    session.changes(STUDY, [Change(12, "note", AT, STORED)], 12, 0.1)
    session.receive(Ping(7), 0.1)
    sent = server.serve(0.1)
    assert sent[:4] == [
        NoteStored(NOTE.id, 12, AT),
        NoteRefused(NOTE.id, "no", "It cannot be."),
        Changes((Change(12, "note", AT, STORED),), 12),
        Pong(7),
    ]
    assert isinstance(sent[-1], bytes)


def test_a_layout_is_told_when_it_is_another() -> None:
    study = alone(1)
    server = greeted(study)
    session = server.session
    server.everything()
    change = Change(13, "study", AT)
    session.study_changed(study.layout, 0.0)
    session.changes(STUDY, [change], 13, 0.0)
    session.study_changed(alone(2).layout, 0.0)
    session.changes(STUDY, [change], 13, 0.0)
    assert kinds(session.data_to_send(0.0))[:3] == ["Changes", "StudyMessage", "Changes"]


def test_a_study_that_grows() -> None:
    server = greeted(alone(2))
    server.everything()
    grown = server.studies[STUDY] = alone(3)
    server.session.study_changed(grown.layout, 1.0)
    sent = server.everything(1.0)
    assert sent[0] == StudyMessage(grown.layout)
    assert set(server.frames_of(sent)) == {grown.stack[2]}


def test_another_series() -> None:
    server = greeted(StoredStudy(2), looking(saver=True))
    server.session.receive(ViewportChanged(replace(looking(1, 2), series=OTHER)), 0.0)
    server.serve()
    assert server.named[0] == FrameKey("1.2.3.2.1", 1)


def test_a_problem_is_told() -> None:
    session = greeted(alone(1)).session
    session.problem("going_away", "The server restarts.", True, 0.0)
    assert Problem("going_away", "The server restarts.", True) in session.data_to_send(0.0)


def test_more_acknowledged_than_sent_is_an_error() -> None:
    session = greeted(alone(1)).session
    with pytest.raises(WireError, match="More bytes"):
        session.receive(Ack(1), 0.0)


def test_a_long_stack_costs_little_per_message() -> None:
    study = alone(150, weight=10, tiles=1)
    client = ViewerClient(STUDY, SERIES)
    link = Link(study, client, rate=300_000.0, delay=0.05)
    link.connect()
    link.run()
    assert len(list(client.holdings)) == 150
    assert client.wasted_bytes == 0


@pytest.mark.parametrize(("rate", "outlines_first"), [(35_000.0, False), (400_000.0, True)])
def test_a_quick_link_brings_all_outlines_before_one_slice_is_exact(
    rate: float, outlines_first: bool
) -> None:
    study = alone(8, weight=800)
    link = Link(study, ViewerClient(STUDY, SERIES), rate=rate, delay=0.1)
    link.connect()
    link.run()
    handles, order = {}, []
    for _, message in link.sent:
        if isinstance(message, ManifestMessage):
            handles[message.handle] = message.frame
        elif isinstance(message, bytes):
            order += [(handles[p.handle], p.layer) for p in decode_slices(message)]
    exact = order.index((study.stack[0], 3))
    outlined = max(order.index((frame, 0)) for frame in study.stack)
    assert (outlined < exact) is outlines_first


def test_a_tile_refused_while_it_is_read_is_begun_anew() -> None:
    study = alone(1, weight=3000)
    key = study.stack[0]
    server = greeted(study)
    server.serve()
    server.session.receive(Again(key, 0, "decode"), 0.1)
    server.acknowledge(0.2)
    first = slices(server.serve(0.2))[0]
    assert (first.tile, first.layer, first.offset) == (0, 0, 0)


def test_nothing_is_sent_that_was_not_read() -> None:
    server = greeted(alone(1))
    for key in server.session.frames_wanted():
        server.make(key)
    assert kinds(server.session.data_to_send(0.0))[2:] == ["StudyMessage", "ManifestMessage"]
    assert server.session.reads()


def test_a_frame_whose_bytes_are_gone_is_made_anew_and_gone_on_with() -> None:
    study = alone(1, weight=3000)
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
    study = alone(5)
    server = greeted(study)
    server.session.receive(Dropped((study.stack[4], FrameKey("9", 1))), 0.0)
    assert study.stack[4] in server.frames_of(server.everything())
