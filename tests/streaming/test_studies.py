"""Several studies on one connection: opened, left, opened again, and a worklist beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streaming.client import ViewerClient
from streaming.errors import HoldingsError, WireError
from streaming.holdings import HeldFrame
from streaming.session import (
    ChangesWanted,
    NoteSubmitted,
    SessionLimits,
    StudyWanted,
    ViewerSession,
)
from streaming.vocabulary import FrameKey
from streaming.wire import (
    Change,
    Changes,
    Leave,
    ManifestMessage,
    Open,
    Opened,
    Opening,
    Ping,
    Pong,
    Prefetch,
    Problem,
    ServerMessage,
    StudyMessage,
    SubmitNote,
    ViewportChanged,
    Welcome,
)
from tests.streaming.link import Link
from tests.streaming.server import Server, greeted, hello, kinds, looking, opening_of, slices
from tests.streaming.study import SERIES, STUDY, StoredStudy
from tests.vectors.examples import NOTE

ELSEWHERE = "1.2.4"
HERE = StoredStudy(3, alone=True)
THERE = StoredStudy(3, alone=True, uid=ELSEWHERE)


def open_message(study: str, *held: HeldFrame, after: int = 0, position: int = 1) -> Open:
    return Open(study, None, position, 1000, 1000, held, (), after)


def nothing_open() -> Server:
    """A connection of a page that shows no study, greeted."""
    server = Server(HERE, Opening(fresh=True), others=[THERE])
    server.session.receive(replace(hello(), viewport=None), 0.0)
    return server


def tell(client: ViewerClient, *messages: ServerMessage) -> None:
    for message in messages:
        client.receive_text(message.to_dict(), 0.0)


def pieces(
    server: Server, sent: list[ServerMessage | bytes]
) -> list[tuple[FrameKey, int, int, int, int]]:
    return [
        (server.handles[p.handle], p.tile, p.resolution, p.layer, p.offset) for p in slices(sent)
    ]


# opening and leaving


def test_a_page_without_a_study_is_only_welcomed() -> None:
    server = nothing_open()
    assert server.serve() == [Welcome(2)]
    assert server.named == []
    assert server.events == []
    assert server.session.next_deadline() is None


def test_a_study_is_opened_when_it_is_asked_for() -> None:
    server = nothing_open()
    server.serve()
    server.session.receive(open_message(ELSEWHERE, after=3, position=2), 0.0)
    sent = server.serve()
    assert sent[:2] == [Opened(ELSEWHERE, 5), StudyMessage(THERE.layout)]
    assert server.named[0] == THERE.stack[1]
    assert server.frames_of(sent)[0] == THERE.stack[1]
    assert server.events == [ChangesWanted(ELSEWHERE, 3)]


def test_a_layout_that_the_page_has_is_not_told_again() -> None:
    for layout, told in ((4, True), (5, False), (6, False)):
        server = Server(HERE, opening_of(HERE, layout=layout))
        assert ("StudyMessage" in kinds(server.serve())) is told
    server.session.receive(hello(), 0.0)
    server.session.receive(Leave(), 0.0)
    server.session.receive(open_message(STUDY), 0.0)
    assert StudyMessage(HERE.layout) in server.serve()


def test_nothing_comes_twice_when_a_study_is_opened_again() -> None:
    server = Server(HERE, others=[THERE])
    server.session.receive(hello(), 0.0)
    sent = server.everything()
    for now, study in enumerate([ELSEWHERE, STUDY, ELSEWHERE, STUDY], 1):
        server.session.receive(open_message(study), 100.0 * now)
        sent += server.everything(100.0 * now)
        if now % 2:
            server.session.receive(Leave(), 100.0 * now + 50)
            assert server.everything(100.0 * now + 50) == []
    told = pieces(server, sent)
    assert len(told) == len(set(told))
    assert {key for key, *_ in told} == {*HERE.stack, *THERE.stack}
    manifests = [message.frame for message in sent if isinstance(message, ManifestMessage)]
    assert sorted(manifests) == sorted([*HERE.stack, *THERE.stack])
    total = sum(s.frame(key).index.total for s in (HERE, THERE) for key in s.stack)
    assert sum(len(piece.data) for piece in slices(sent)) == total


def test_a_study_left_half_sent_is_gone_on_with() -> None:
    here = StoredStudy(1, weight=3000, alone=True)
    server = Server(here, others=[THERE])
    server.session.receive(hello(), 0.0)
    sent = server.serve()
    cut = slices(sent)[-1]
    assert cut.offset + len(cut.data) < cut.total
    server.session.receive(open_message(ELSEWHERE), 0.1)
    server.acknowledge(0.2)
    elsewhere = server.everything(0.2)
    assert {key.instance[:5] for key in server.frames_of(elsewhere)} == {ELSEWHERE}
    server.session.receive(open_message(STUDY), 50.0)
    again = slices(server.everything(50.0))
    place = (again[0].tile, again[0].layer, again[0].resolution, again[0].offset)
    assert place == (cut.tile, cut.layer, cut.resolution, cut.offset + len(cut.data))
    total = here.frame(here.stack[0]).index.total
    assert sum(len(piece.data) for piece in [*slices(sent), *again]) == total


def test_what_was_on_the_way_for_a_study_left_is_not_sent() -> None:
    server = Server(StoredStudy(3, weight=3000, alone=True), others=[THERE])
    server.session.receive(hello(), 0.0)
    server.open_studies()
    for key in server.session.frames_wanted():
        server.make(key)
    reads = server.session.reads()
    server.session.receive(Leave(), 0.0)
    for read in reads:
        server.session.segment_read(read, bytes(read.length), 0.0)
    assert slices(server.session.data_to_send(0.0)) == []
    assert server.session.reads() == []
    assert server.session.frames_wanted() == []


def test_what_is_held_of_a_study_is_stated_when_it_is_opened() -> None:
    server = nothing_open()
    key = THERE.stack[0]
    stated = HeldFrame(key, THERE.frame(key).manifest.id, ((6, 4),))
    server.session.receive(open_message(ELSEWHERE, stated), 0.0)
    sent = server.everything()
    assert ManifestMessage(0, key, stated.manifest, None) in sent
    assert set(server.frames_of(sent)) == set(THERE.stack[1:])


def test_what_is_stated_over_and_over_has_an_end() -> None:
    server = nothing_open()
    runs = ((1, 1), (1, 2)) * 2_000

    def state_more() -> None:
        for number in range(1, 200):
            held = HeldFrame(FrameKey(ELSEWHERE, number), "0" * 16, runs)
            server.session.receive(open_message(ELSEWHERE, held), 0.0)

    with pytest.raises(HoldingsError, match="one connection"):
        state_more()


def test_a_viewport_may_come_before_the_study_is_there() -> None:
    server = nothing_open()
    server.session.receive(open_message(STUDY), 0.0)
    server.session.receive(ViewportChanged(looking(3)), 0.0)
    server.serve()
    assert server.named[0] == HERE.stack[2]
    assert not any(isinstance(message, Problem) for message in server.serve())


def test_generations_count_anew_in_each_study() -> None:
    server = greeted(HERE, looking(2, generation=900))
    server.session.receive(open_message(STUDY), 0.0)
    server.session.receive(ViewportChanged(looking(3, generation=1)), 0.0)
    server.serve()
    assert server.named[0] == HERE.stack[2]


def test_a_series_that_the_study_does_not_have() -> None:
    server = nothing_open()
    server.session.receive(replace(open_message(STUDY), series="9.9"), 0.0)
    assert kinds(server.serve())[-1] == "Problem"


# late answers


def fresh_session(study: str | None = None) -> ViewerSession:
    session = ViewerSession(Opening(fresh=True, study=study), SessionLimits(), 0.0)
    session.receive(replace(hello(), viewport=None), 0.0)
    session.data_to_send(0.0)
    return session


def test_two_quick_opens_open_the_second() -> None:
    session = fresh_session()
    session.receive(open_message(STUDY, after=1), 0.0)
    session.receive(open_message(ELSEWHERE, after=2), 0.0)
    assert session.events() == [StudyWanted(STUDY), StudyWanted(ELSEWHERE)]
    session.study_opened(HERE.layout, 7, 0.1)
    assert session.data_to_send(0.1) == []
    session.study_opened(THERE.layout, 8, 0.2)
    assert session.data_to_send(0.2) == [Opened(ELSEWHERE, 8), StudyMessage(THERE.layout)]
    assert session.events() == [ChangesWanted(ELSEWHERE, 2)]


def test_a_study_opened_twice_is_told_once() -> None:
    session = fresh_session()
    for study in (STUDY, ELSEWHERE, STUDY):
        session.receive(open_message(study), 0.0)
    session.study_opened(HERE.layout, 7, 0.1)
    session.study_opened(THERE.layout, 7, 0.1)
    session.study_opened(HERE.layout, 9, 0.1)
    assert kinds(session.data_to_send(0.1)) == ["Opened", "StudyMessage"]


def test_a_study_that_comes_when_it_was_left_is_ignored() -> None:
    session = fresh_session(STUDY)
    session.receive(Leave(), 0.0)
    session.study_opened(HERE.layout, 7, 0.1)
    assert session.data_to_send(0.1) == []
    assert session.frames_wanted() == []
    assert session.events() == [StudyWanted(STUDY)]


# changes and notes


def test_the_changes_of_a_study_left_behind_are_not_told() -> None:
    server = greeted(HERE)
    server.studies[ELSEWHERE] = THERE
    server.everything()
    change = Change(6, "study", "2026-11-24T00:00:00.000Z")
    for message in (Leave(), open_message(ELSEWHERE)):
        server.session.receive(message, 50.0)
        server.session.study_changed(StoredStudy(4).layout, 50.0)
        server.session.changes(STUDY, [change], 6, 50.0)
        assert server.session.data_to_send(50.0) == []
    server.open_studies()
    server.session.changes(STUDY, [change], 6, 50.0)
    server.session.changes(ELSEWHERE, [change], 6, 50.0)
    told = [m for m in server.session.data_to_send(50.0) if isinstance(m, Changes)]
    assert told == [Changes((change,), 6)]


def test_changes_are_asked_for_once_the_study_and_the_viewer_are_known() -> None:
    server = Server(HERE)
    server.serve()
    assert server.events == []
    server.session.receive(hello(after=4), 0.0)
    server.serve()
    assert server.events == [ChangesWanted(STUDY, 4)]


def test_a_note_is_of_the_study_that_is_open() -> None:
    server = greeted(HERE)
    server.studies[ELSEWHERE] = THERE
    server.session.receive(open_message(ELSEWHERE), 0.0)
    server.session.receive(SubmitNote(NOTE), 0.0)
    server.serve()
    assert NoteSubmitted(ELSEWHERE, NOTE) in server.events


def test_a_note_without_an_open_study_is_refused() -> None:
    for server in (nothing_open(), greeted(HERE)):
        server.session.receive(Leave(), 0.0)
        with pytest.raises(WireError, match="note"):
            server.session.receive(SubmitNote(NOTE), 0.0)


# pausing and the worklist


def test_nothing_is_sent_while_it_is_paused() -> None:
    server = greeted(HERE, looking(paused=True))
    assert slices(server.everything()) == []
    assert server.named == []
    server.session.receive(Ping(1), 1.0)
    assert server.session.data_to_send(1.0) == [Pong(1)]
    server.session.receive(ViewportChanged(looking(1, 2)), 2.0)
    assert set(server.frames_of(server.everything(2.0))) == set(HERE.stack)


def test_pausing_in_the_middle_costs_no_byte_twice() -> None:
    study = StoredStudy(1, weight=3000, alone=True)
    server = greeted(study)
    sent = server.serve()
    server.session.receive(ViewportChanged(looking(1, 2, paused=True)), 0.1)
    server.acknowledge(0.2)
    assert slices(server.serve(0.2)) == []
    server.session.receive(ViewportChanged(looking(1, 3)), 0.3)
    sent += server.everything(0.3)
    total = study.frame(study.stack[0]).index.total
    assert sum(len(piece.data) for piece in slices(sent)) == total


def test_a_worklist_is_readable_before_its_study_is_opened() -> None:
    server = nothing_open()
    server.session.receive(Prefetch((THERE.stack[0], HERE.stack[1]), 128, 64, 10_000), 0.0)
    sent = server.everything()
    assert list(dict.fromkeys(server.frames_of(sent))) == [THERE.stack[0], HERE.stack[1]]
    assert {piece.layer for piece in slices(sent)} == {0, 1}
    server.session.receive(open_message(ELSEWHERE), 50.0)
    opened = server.everything(50.0)
    assert not set(pieces(server, sent)) & set(pieces(server, opened))
    first = [piece for piece in slices(opened) if server.handles[piece.handle] == THERE.stack[0]]
    assert {piece.layer for piece in first} == {2, 3}


def test_another_worklist_takes_the_place_of_the_first() -> None:
    server = nothing_open()
    server.session.receive(Prefetch((THERE.stack[0],), 128, 64, 10_000), 0.0)
    server.session.receive(Prefetch((HERE.stack[0],), 128, 64, 10_000), 0.0)
    assert set(server.frames_of(server.everything())) == {HERE.stack[0]}
    server.session.receive(Prefetch((), 128, 64, 0), 9.0)
    assert server.everything(9.0) == []


def test_a_worklist_waits_until_the_open_study_is_all_there() -> None:
    server = greeted(HERE)
    server.studies[ELSEWHERE] = THERE
    server.session.receive(Prefetch((THERE.stack[2],), 128, 64, 10_000), 0.0)
    frames = server.frames_of(server.everything())
    assert frames[0] == HERE.stack[0]
    assert set(frames[frames.index(THERE.stack[2]) :]) == {THERE.stack[2]}


# both sides


def test_two_studies_over_one_link() -> None:
    here, there = StoredStudy(4, weight=300), StoredStudy(4, weight=300, uid=ELSEWHERE)
    client = ViewerClient(STUDY, SERIES)
    link = Link(here, client, there, opening=0.2, making=0.1)
    link.connect()
    link.run(2.0)
    client.open(ELSEWHERE, position=3)
    link.pump()
    link.run(2.0)
    assert (client.opened, client.layout) == (ELSEWHERE, there.layout)
    client.prefetch([here.stack[3]], 50_000)
    client.open(STUDY, SERIES, 2)
    link.pump()
    link.run()
    assert client.complete(here.stack[1])
    assert client.wasted_bytes == 0
    client.open(ELSEWHERE, position=3)
    link.pump()
    link.run()
    assert client.complete(there.stack[2])
    assert client.wasted_bytes == 0


def test_a_viewer_that_left_comes_back_to_no_study() -> None:
    client = ViewerClient(STUDY, SERIES)
    link = Link(HERE, client, THERE)
    link.connect()
    link.run()
    client.leave()
    link.pump()
    link.run()
    assert client.opening_query() == {
        "v": "2",
        "fresh": "0",
        "position": "1",
        "width": "360",
        "height": "640",
    }
    link.connect()
    link.run()
    assert (client.opened, client.layout, client.viewport) == (None, None, None)
    client.open(STUDY)
    link.pump()
    link.run()
    assert client.viewport is not None
    assert client.wasted_bytes == 0


def test_what_was_told_of_a_study_left_meanwhile_is_not_taken() -> None:
    client = ViewerClient(STUDY, SERIES)
    client.connected()
    tell(client, Opened(STUDY, 9), StudyMessage(HERE.layout))
    client.open(ELSEWHERE)
    change = Change(9, "study", "2026-11-24T00:00:00.000Z")
    late = (Changes((change,), 9), StudyMessage(HERE.layout), Opened(STUDY, 9))
    tell(client, *late, *late)
    assert (client.after, client.layout, client.viewport) == (0, None, None)
    tell(client, Opened(ELSEWHERE, 9), Changes((change,), 9), StudyMessage(THERE.layout))
    assert (client.after, client.layout) == (9, THERE.layout)
