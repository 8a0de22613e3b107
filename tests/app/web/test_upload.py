"""Upload is the same door as the command line: same checks, same sentences."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.app.samples import CT, MR, uids, zipped


def send(client: TestClient, name: str, data: bytes) -> dict[str, list[dict[str, object]]]:
    answer = client.post("/upload", files={"file": (name, data)})
    assert answer.status_code == 200
    result: dict[str, list[dict[str, object]]] = answer.json()
    return result


def test_a_file_is_stored_and_on_the_list(client: TestClient) -> None:
    (stored,) = send(client, "ct.dcm", CT.read_bytes())["stored"]
    study, _, instance = uids(CT)
    assert (stored["study"], stored["instance"], stored["name"]) == (study, instance, "ct.dcm")
    assert [row["study"] for row in client.get("/studies.json").json()] == [study]


def test_a_zip_is_unpacked(client: TestClient, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ct=CT.read_bytes(), mr=MR.read_bytes(), bad=b"bad")
    result = send(client, "a.zip", archive.read_bytes())
    assert {one["name"] for one in result["stored"]} == {"a.zip/ct", "a.zip/mr"}
    assert [one["name"] for one in result["refused"]] == ["a.zip/bad"]


def test_garbage_is_refused_with_a_sentence(client: TestClient) -> None:
    (refused,) = send(client, "holiday.jpg", b"\xff\xd8\xff\xe0" + bytes(5000))["refused"]
    assert refused["code"] == "not_dicom"
    assert str(refused["message"]).endswith(".")


def test_a_request_without_a_file(client: TestClient) -> None:
    for answer in (
        client.post("/upload", content=b"nothing"),
        client.post("/upload", files={"other": ("a", b"a")}),
        client.post("/upload", data={"file": "text"}),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"] == "bad_request"


def test_an_upload_over_the_limit(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, upload_max_mb=1)
    with TestClient(create_app(settings), base_url="http://localhost") as client:
        answer = client.post("/upload", files={"file": ("a", bytes(2 * 1024 * 1024))})
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    assert list((tmp_path / "incoming").iterdir()) == []


def test_nothing_is_left_lying(client: TestClient, settings: Settings) -> None:
    send(client, "ct.dcm", CT.read_bytes())
    send(client, "bad", b"bad")
    assert list((settings.data / "incoming").iterdir()) == []
