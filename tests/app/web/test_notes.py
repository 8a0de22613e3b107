"""A note over HTTP, from an outbox."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.web.notes import MAX_BODY
from tests.app.samples import CT, uids

STUDY, SERIES, INSTANCE = uids(CT)
NOTE: dict[str, Any] = {
    "id": "0b8e3a52-5b83-4c38-8f3f-000000000001",
    "text": "Extra-axial bleed on the left.",
    "series": SERIES,
    "instance": INSTANCE,
    "frame": 1,
    "position": 1,
    "quality": "lossy",
    "rmse": 3.5,
    "written_at": "2026-11-24T03:14:00.000Z",
}
ADDRESS = f"/studies/{STUDY}/notes/{NOTE['id']}"


@pytest.fixture
def stored(client: TestClient) -> TestClient:
    client.post("/upload", files={"file": ("ct", CT.read_bytes())})
    return client


def test_a_note_is_stored_once_however_often_it_comes(stored: TestClient) -> None:
    first = stored.put(ADDRESS, json=NOTE)
    again = stored.put(ADDRESS, json={"type": "note", **NOTE})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["id"] == NOTE["id"]
    assert first.json()["sequence"] == 2
    assert first.json()["stored_at"].endswith("Z")
    (row,) = stored.get("/studies.json").json()
    assert row["notes"] == 1


def test_other_content_under_the_same_id_is_a_conflict(stored: TestClient) -> None:
    stored.put(ADDRESS, json=NOTE)
    answer = stored.put(ADDRESS, json=NOTE | {"text": "No bleed."})
    assert (answer.status_code, answer.json()["error"]) == (409, "note_conflict")


@pytest.mark.parametrize(
    "change",
    [
        {"text": "   "},
        {"text": "x" * 4001},
        {"id": "not-a-uuid"},
        {"id": "0b8e3a52-5b83-4c38-8f3f-000000000002"},
        {"quality": "perfect"},
        {"rmse": None},
        {"quality": "lossless"},
        {"frame": 2},
        {"series": "1.2.3"},
        {"written_at": "yesterday"},
        {"more": 1},
    ],
)
def test_what_will_never_be_stored(stored: TestClient, change: dict[str, Any]) -> None:
    answer = stored.put(ADDRESS, json=NOTE | change)
    assert (answer.status_code, answer.json()["error"]) == (422, "note_invalid")
    assert stored.get("/studies.json").json()[0]["notes"] == 0


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"{", 400), (b"[]", 422), (b"x" * (MAX_BODY + 1), 422)]
)
def test_what_is_no_note_at_all(stored: TestClient, body: bytes, status: int) -> None:
    assert stored.put(ADDRESS, content=body).status_code == status


def test_a_note_on_no_study(client: TestClient) -> None:
    answer = client.put(ADDRESS, json=NOTE)
    assert (answer.status_code, answer.json()["error"]) == (404, "no_such_study")
    answer = client.put(f"/studies/abc/notes/{NOTE['id']}", json=NOTE)
    assert answer.json()["error"] == "no_such_study"
