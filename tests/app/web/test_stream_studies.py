"""Several studies on one connection, end to end: a real server process and real files."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from streaming.client import ViewerClient
from streaming.vocabulary import SUBPROTOCOL, CloseCode, FrameKey, Quality
from streaming.wire import Changes, Hello, Note, Opened, StudyMessage
from tests.app.samples import CT, MR, uids
from tests.tools.link import Link, linked
from tests.tools.server import Server

pytestmark = pytest.mark.anyio

CT_STUDY, CT_SERIES, CT_INSTANCE = uids(CT)
MR_STUDY, MR_SERIES, MR_INSTANCE = uids(MR)
CT_FRAME, MR_FRAME = FrameKey(CT_INSTANCE, 1), FrameKey(MR_INSTANCE, 1)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two studies, imported once for all tests."""
    data = tmp_path_factory.mktemp("stored")
    asyncio.run(Server(data).import_paths([CT, MR]))
    return data


@pytest.fixture
async def server(stored: Path) -> AsyncIterator[Server]:
    async with Server.started(data=stored) as running:
        yield running


def note_on_ct(text: str) -> Note:
    return Note(
        id=str(uuid.uuid4()),
        text=text,
        series=CT_SERIES,
        frame=CT_FRAME,
        position=1,
        quality=Quality.LOSSY,
        rmse=3.5,
        written_at="2026-11-24T03:14:00.000Z",
    )


def opened(link: Link) -> list[str]:
    return [event.study for event in link.events if isinstance(event, Opened)]


def noted(link: Link) -> list[str]:
    """The texts of all notes that were told as changes."""
    told = (event for event in link.events if isinstance(event, Changes))
    return [change.note.note.text for event in told for change in event.changes if change.note]


async def code_after(link: Link) -> int:
    """The code with which the server ends the connection."""
    with pytest.raises(ConnectionClosed):
        await link.run(lambda: False, seconds=10)
    return link.socket.close_code or 0


async def test_two_studies_one_after_the_other_and_nothing_twice(server: Server) -> None:
    viewer = ViewerClient(None)
    async with linked(server.url, viewer) as link:
        viewer.open(CT_STUDY)
        await link.run(lambda: viewer.complete(CT_FRAME))
        viewer.open(MR_STUDY)
        await link.run(lambda: viewer.complete(MR_FRAME))
        received = viewer.segment_bytes
        viewer.leave()
        viewer.open(CT_STUDY)
        await link.run(lambda: opened(link)[2:] == [CT_STUDY] and viewer.after > 0)
    assert opened(link) == [CT_STUDY, MR_STUDY, CT_STUDY]
    assert (viewer.segment_bytes, viewer.wasted_bytes) == (received, 0)


async def test_of_two_quick_opens_the_second_is_what_is_seen(server: Server) -> None:
    viewer = ViewerClient(None)
    async with linked(server.url, viewer) as link:
        viewer.open(CT_STUDY)
        viewer.open(MR_STUDY)
        await link.run(lambda: viewer.complete(MR_FRAME))
    assert opened(link)[-1] == MR_STUDY
    assert viewer.layout is not None
    assert viewer.layout.study == MR_STUDY
    assert viewer.wasted_bytes == 0


async def test_a_layout_that_the_page_has_is_not_sent(server: Server) -> None:
    hello = orjson.dumps(Hello((), (), 0, None).to_dict()).decode()
    for layout, told in (("0", True), ("9007199254740991", False)):
        query = f"v=2&fresh=1&study={CT_STUDY}&layout={layout}"
        address = f"{server.url}/stream?{query}".replace("http", "ws", 1)
        async with connect(address, subprotocols=[Subprotocol(SUBPROTOCOL)]) as socket:
            await socket.send(hello)
            types = [orjson.loads(await socket.recv())["type"] for _ in range(3)]
        assert types[:2] == ["welcome", "opened"]
        assert (types[2] == StudyMessage.TYPE) is told


async def test_a_study_that_is_not_there_ends_the_connection(server: Server) -> None:
    viewer = ViewerClient(CT_STUDY, CT_SERIES)
    async with linked(server.url, viewer) as link:
        await link.run(lambda: viewer.complete(CT_FRAME))
        viewer.open("1.9")
        assert await code_after(link) == CloseCode.UNKNOWN_STUDY


async def test_a_note_of_no_study_ends_the_connection(server: Server) -> None:
    viewer = ViewerClient(CT_STUDY, CT_SERIES)
    async with linked(server.url, viewer) as link:
        await link.run(lambda: viewer.complete(CT_FRAME))
        viewer.leave()
        viewer.submit_note(note_on_ct("Too late."))
        assert await code_after(link) == CloseCode.MALFORMED


async def test_a_study_left_behind_tells_nothing_until_it_is_opened_again(server: Server) -> None:
    reader, author = ViewerClient(CT_STUDY, CT_SERIES), ViewerClient(CT_STUDY, CT_SERIES)
    async with linked(server.url, reader) as there, linked(server.url, author) as here:
        await there.run(lambda: reader.after > 0)
        reader.open(MR_STUDY)
        await there.run(lambda: reader.complete(MR_FRAME))
        author.submit_note(note_on_ct("Bleed on the left."))
        await here.run(lambda: not author.unstored_notes() and noted(here) != [])
        pongs = len(there.events)
        reader.ping(1)
        await there.run(lambda: len(there.events) > pongs)
        assert noted(there) == []
        reader.leave()
        reader.open(CT_STUDY)
        await there.run(lambda: noted(there) == ["Bleed on the left."])


async def test_a_worklist_is_there_before_its_study_is_opened(server: Server) -> None:
    viewer = ViewerClient(None)
    async with linked(server.url, viewer) as link:
        viewer.prefetch([MR_FRAME], 1_000_000)
        await link.run(lambda: viewer.segment_bytes > 0 and MR_FRAME in viewer.manifests)
        assert opened(link) == []
        viewer.open(MR_STUDY)
        await link.run(lambda: viewer.complete(MR_FRAME))
    assert viewer.wasted_bytes == 0


async def test_a_feed_that_fails_ends_the_connection(server: Server) -> None:
    query = f"v=2&fresh=1&study={CT_STUDY}"
    address = f"{server.url}/stream?{query}".replace("http", "ws", 1)
    async with connect(address, subprotocols=[Subprotocol(SUBPROTOCOL)]) as socket:
        types = [orjson.loads(await socket.recv())["type"] for _ in range(3)]
        assert types == ["welcome", "opened", "study"]
        with contextlib.closing(sqlite3.connect(server.data / "catalog.sqlite")) as database:
            database.execute("ALTER TABLE changes RENAME TO gone")
        # Only now the viewer says what it has seen: the feed begins, and finds no table.
        await socket.send(orjson.dumps(Hello((), (), 0, None).to_dict()).decode())
        async with asyncio.timeout(10):
            await socket.wait_closed()
        assert socket.close_code == CloseCode.INTERNAL
