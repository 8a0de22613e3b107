"""Who may talk to the server from a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.main import create_app
from app.settings import Settings

WRITE = "/studies/1.2/notes/0b8e3a52-5b83-4c38-8f3f-000000000001"


def write(client: TestClient, **headers: str) -> int:
    """The status of a write to a study that is not there: 404 is past the check, or 4xx of the
    body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.put(WRITE, headers=named, content=b"{}").status_code


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost"},
        {"sec_fetch_site": "same-origin"},
        {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000"},
        {"host": "[::1]:8000", "origin": "http://[::1]:8000"},
    ],
)
def test_our_own_pages_and_programs_may_write(client: TestClient, headers: dict[str, str]) -> None:
    assert write(client, **headers) == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "http://localhost:81"},
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site"},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"host": "[::1", "origin": "http://localhost"},
    ],
)
def test_other_pages_may_not(client: TestClient, headers: dict[str, str]) -> None:
    assert write(client, **headers) == 403


def test_the_refusal_has_the_one_shape(client: TestClient) -> None:
    answer = client.post("/upload", headers={"origin": "http://evil.example"})
    assert (answer.status_code, answer.json()["error"]) == (403, "origin_refused")


def test_a_name_that_is_not_ours_may_not_even_read(client: TestClient) -> None:
    assert client.get("/studies.json", headers={"host": "evil.example"}).status_code == 403
    assert client.get("/studies.json", headers={"host": "localhost:8000"}).status_code == 200


def test_a_page_elsewhere_cannot_open_a_stream(client: TestClient) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as caught,
        client.websocket_connect("/stream", headers={"origin": "http://evil.example"}),
    ):
        pytest.fail("opened")
    assert caught.value.code == 1008


def test_an_allowed_origin_may_write_and_its_host_is_ours(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, allowed_origins=("https://clinic.example/",))
    with TestClient(create_app(settings), base_url="http://localhost") as client:
        assert write(client, origin="https://clinic.example", host="clinic.example") == 422
        assert write(client, origin="https://clinic.example") == 422
        assert write(client, origin="https://other.example") == 403


def test_without_auth_any_name_is_ours_but_no_other_origin(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, insecure_no_auth=True)
    with TestClient(create_app(settings), base_url="http://localhost") as client:
        assert write(client, host="192.0.2.7:8000", origin="http://192.0.2.7:8000") == 422
        assert write(client, host="192.0.2.7:8000", origin="http://evil.example") == 403
