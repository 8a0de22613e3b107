"""The stream, end to end: a real server process, a real socket, real files."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from streaming.client import ViewerClient
from streaming.vocabulary import MAX_CONTROL_BYTES, SUBPROTOCOL, CloseCode, FrameKey, Quality
from streaming.wire import (
    Changes,
    Note,
    NoteRefused,
    NoteStored,
    StudyMessage,
    Unavailable,
    Welcome,
)
from tests.app.dicom.public_data import public_file
from tests.app.samples import CINE, CT, slice_of_stack, uids
from tests.tools.link import Link, linked
from tests.tools.server import Server

pytestmark = pytest.mark.anyio

STUDY, SERIES, INSTANCE = uids(CT)
KEY = FrameKey(INSTANCE, 1)

T = TypeVar("T")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one study, imported once for all tests."""
    data = tmp_path_factory.mktemp("stored")
    asyncio.run(Server(data).import_paths([CT]))
    return data


@pytest.fixture
async def server(stored: Path) -> AsyncIterator[Server]:
    async with Server.started(data=stored) as running:
        yield running


def samples(viewer: ViewerClient, key: FrameKey) -> NDArray[np.int64]:
    """The stored samples of a whole grey frame, put together and decoded as a viewer does."""
    manifest = viewer.manifests[key]
    picture = np.zeros((manifest.rows, manifest.columns), np.int64)
    for number, tile in enumerate(manifest.tiles):
        place = np.s_[tile.row : tile.row + tile.rows, tile.column : tile.column + tile.columns]
        if tile.constant is not None:
            picture[place] = tile.constant[0]
        else:
            picture[place] = np.asarray(Image.open(io.BytesIO(viewer.assembled(key, number))))
    return picture - manifest.offset


def note(text: str = "Bleed on the left.", **changes: object) -> Note:
    given: dict[str, object] = {
        "id": str(uuid.uuid4()),
        "text": text,
        "series": SERIES,
        "frame": KEY,
        "position": 1,
        "quality": Quality.LOSSY,
        "rmse": 3.5,
        "written_at": "2026-11-24T03:14:00.000Z",
    }
    return Note(**(given | changes))  # type: ignore[arg-type]  # the changes are a test's own


def arrived(link: Link, kind: type[T]) -> list[T]:
    return [event for event in link.events if isinstance(event, kind)]


def address_of(server: Server, **query: str) -> str:
    asked = {"v": "2", "fresh": "1", "study": STUDY} | query
    return f"{server.url}/stream?{urlencode(asked)}".replace("http", "ws", 1)


async def closed_with(server: Server, text: str | bytes = "", **query: str) -> int:
    """The code with which the server ends a connection of that opening and first message."""
    address = address_of(server, **query)
    async with connect(address, subprotocols=[Subprotocol(SUBPROTOCOL)]) as socket:
        if text:
            await socket.send(text)
        async with asyncio.timeout(10):
            await socket.wait_closed()
        return socket.close_code or 0


async def test_a_picture_refines_to_the_stored_samples(server: Server) -> None:
    viewer = ViewerClient(STUDY, SERIES)
    async with linked(server.url, viewer) as link:
        await link.run(lambda: viewer.complete(KEY))
    assert isinstance(link.events[0], Welcome)
    assert np.array_equal(samples(viewer, KEY), pydicom.dcmread(CT).pixel_array)
    assert viewer.wasted_bytes == 0


async def test_a_clinical_slice_refines_to_the_stored_samples() -> None:
    path = public_file("lung-A0001-chest-40x5mm/1-20.dcm")
    study, series, instance = uids(path)
    key = FrameKey(instance, 1)
    viewer = ViewerClient(study, series)
    async with Server.started([path]) as server, linked(server.url, viewer) as link:
        await link.run(lambda: viewer.complete(key))
    assert np.array_equal(samples(viewer, key), pydicom.dcmread(path).pixel_array)


async def test_a_cut_costs_no_byte_twice(server: Server) -> None:
    viewer = ViewerClient(STUDY, SERIES)
    async with linked(server.url, viewer) as link:
        await link.run(lambda: viewer.segment_bytes > 4000)
        link.cut()
    assert not viewer.complete(KEY)
    async with linked(server.url, viewer) as link:
        await link.run(lambda: viewer.complete(KEY))
    assert viewer.wasted_bytes == 0
    assert np.array_equal(samples(viewer, KEY), pydicom.dcmread(CT).pixel_array)


async def test_a_note_is_seen_at_once_by_everyone(server: Server) -> None:
    author, reader = ViewerClient(STUDY, SERIES), ViewerClient(STUDY, SERIES)
    written = note()
    async with (
        linked(server.url, author) as here,
        linked(server.url, reader) as there,
    ):
        await there.run(lambda: reader.complete(KEY))
        author.submit_note(written)
        reading = asyncio.create_task(there.run(lambda: reader.after == 2, seconds=5))
        await here.run(lambda: not author.unstored_notes() and author.after == 2)
        await reading
    (stored,) = arrived(here, NoteStored)
    (change,) = [c for message in arrived(there, Changes) for c in message.changes if c.note]
    assert change.note is not None
    assert (change.note.note, change.sequence) == (written, stored.sequence)


async def test_who_was_away_hears_what_happened(server: Server) -> None:
    viewer = ViewerClient(STUDY, SERIES)
    async with linked(server.url, viewer) as link:
        await link.run(lambda: viewer.after == 1)
    other = ViewerClient(STUDY, SERIES)
    async with linked(server.url, other) as link:
        for number in range(3):
            other.submit_note(note(f"Note {number}."))
        await link.run(lambda: not other.unstored_notes())
    async with linked(server.url, viewer) as link:
        await link.run(lambda: viewer.after == 4)
    told = [c.note.note.text for m in arrived(link, Changes) for c in m.changes if c.note]
    assert told == ["Note 0.", "Note 1.", "Note 2."]


async def test_a_note_that_will_never_be_stored_is_refused(server: Server) -> None:
    viewer = ViewerClient(STUDY, SERIES)
    elsewhere, once = note(frame=FrameKey("1.2.3", 1)), note()
    async with linked(server.url, viewer) as link:
        viewer.submit_note(elsewhere)
        viewer.submit_note(once)
        await link.run(lambda: not viewer.unstored_notes())
        viewer.submit_note(note("Something else.", id=once.id))
        await link.run(lambda: len(arrived(link, NoteRefused)) == 2)
    assert [(one.id, one.code) for one in arrived(link, NoteRefused)] == [
        (elsewhere.id, "note_invalid"),
        (once.id, "note_conflict"),
    ]


async def test_what_another_process_imports_appears(server: Server, tmp_path: Path) -> None:
    viewer = ViewerClient(STUDY, SERIES)
    async with linked(server.url, viewer) as link:
        await link.run(lambda: viewer.complete(KEY))
        await server.import_paths([slice_of_stack(tmp_path, 7, 70.0)])
        await link.run(lambda: viewer.after == 2)
        await link.run(lambda: len(arrived(link, StudyMessage)) == 2)
    layout = arrived(link, StudyMessage)[-1].study
    assert [one.instance for one in layout.series[0].instances] == [INSTANCE, "1.2.3.4.7"]


async def test_a_frame_that_fails_does_not_end_the_session(tmp_path: Path) -> None:
    paths = [slice_of_stack(tmp_path, number, number * 10.0) for number in (1, 2)]
    broken, fine = (FrameKey(f"1.2.3.4.{number}", 1) for number in (1, 2))
    async with Server.started(paths) as server:
        original = next(
            path
            for path in (server.data / "blobs/originals").rglob("*")
            if path.is_file() and path.read_bytes() == paths[0].read_bytes()
        )
        original.write_bytes(original.read_bytes()[:-20_000])
        viewer = ViewerClient(STUDY, SERIES)
        async with linked(server.url, viewer) as link:
            await link.run(lambda: bool(arrived(link, Unavailable)))
            viewer.look_at(SERIES, 2)
            await link.run(lambda: viewer.complete(fine))
    (unavailable,) = arrived(link, Unavailable)
    assert (unavailable.frame, unavailable.code) == (broken, "frame_undecodable")
    assert unavailable.message.endswith(".")


async def test_a_worker_killed_while_it_encodes_loses_nothing() -> None:
    study, series, instance = uids(CINE)
    viewer = ViewerClient(study, series)
    async with (
        Server.started([CINE], {"FIRSTLIGHT_WORKERS": "1"}) as server,
        linked(server.url, viewer) as link,
    ):
        running = asyncio.create_task(
            link.run(lambda: viewer.complete(FrameKey(instance, 1)), seconds=60)
        )
        first = await asyncio.to_thread(_kill_worker_of, server.pid)
        await asyncio.to_thread(_kill_worker_of, server.pid, other_than=first)
        await running


def _kill_worker_of(server: int, other_than: int | None = None) -> int:
    """Kill a worker of the server, as the kernel lists its children; returns its process id.

    A worker may end, and be reaped, between being listed and being killed: then the next is taken.
    """
    children = Path(f"/proc/{server}/task/{server}/children")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for child in map(int, children.read_text().split()):
            with contextlib.suppress(ProcessLookupError):
                if child != other_than:
                    os.kill(child, signal.SIGKILL)
                    return child
    raise TimeoutError("no worker started")


async def test_the_server_says_goodbye(server: Server) -> None:
    viewer = ViewerClient(STUDY, SERIES)
    async with linked(server.url, viewer) as link:
        await link.run(lambda: viewer.complete(KEY))
        stopping = asyncio.create_task(server.stop())
        with pytest.raises(ConnectionClosed):
            await link.run(lambda: False)
        assert link.socket.close_code == 1001
        await stopping


async def test_whoever_breaks_the_protocol_is_told_how(server: Server) -> None:
    assert await closed_with(server, study="1.9") == CloseCode.UNKNOWN_STUDY
    assert await closed_with(server, v="1") == CloseCode.UNSUPPORTED_VERSION
    assert await closed_with(server, fresh="maybe") == CloseCode.MALFORMED
    assert await closed_with(server, layout="-1") == CloseCode.MALFORMED
    assert await closed_with(server, text="{") == CloseCode.MALFORMED
    assert await closed_with(server, text=b"{}") == CloseCode.MALFORMED
    assert await closed_with(server, text='{"type":"ack","received":1}') == CloseCode.MALFORMED
    assert await closed_with(server, text="x" * (MAX_CONTROL_BYTES + 1)) == CloseCode.TOO_LARGE
    assert (await server.get("/healthz")).status_code == 200


async def test_another_subprotocol_is_another_version(server: Server) -> None:
    async with connect(address_of(server)) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert socket.close_code == CloseCode.UNSUPPORTED_VERSION


async def test_a_foreign_page_cannot_connect(server: Server) -> None:
    foreign = Origin("http://evil.example")
    with pytest.raises(InvalidStatus) as caught:
        await connect(address_of(server), origin=foreign, subprotocols=[Subprotocol(SUBPROTOCOL)])
    assert caught.value.response.status_code == 403


async def test_nothing_of_the_patient_is_logged(server: Server) -> None:
    viewer = ViewerClient(STUDY, SERIES)
    async with linked(server.url, viewer) as link:
        viewer.submit_note(note("The quick brown fox."))
        await link.run(lambda: not viewer.unstored_notes())
    await server.get(f"/studies/{STUDY}?series={SERIES}")
    log = server.log.read_text()
    for secret in ("CompressedSamples", "1CT1", "quick brown", "?series"):
        assert secret not in log
    assert STUDY in log
