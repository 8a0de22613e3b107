"""Previews, tables and health."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.app.samples import CT, FOLDER, MR, uids


def preview(study: str, instance: str, frame: object) -> str:
    return f"/studies/{study}/instances/{instance}/frames/{frame}/preview"


def test_a_preview_is_an_image_that_only_this_browser_keeps(client: TestClient) -> None:
    client.post("/upload", files={"file": ("ct", CT.read_bytes())})
    study, _, instance = uids(CT)
    answer = client.get(preview(study, instance, 1))
    assert answer.content[8:12] == b"WEBP"
    assert answer.headers["cache-control"].startswith("private")


@pytest.mark.parametrize("frame", [0, 2, "x"])
def test_there_is_no_preview_of_no_frame(client: TestClient, frame: object) -> None:
    client.post("/upload", files={"file": ("ct", CT.read_bytes())})
    study, _, instance = uids(CT)
    assert client.get(preview(study, instance, frame)).status_code == 404


def test_an_image_is_found_in_its_own_study_only(client: TestClient) -> None:
    for path in (CT, MR):
        client.post("/upload", files={"file": ("a", path.read_bytes())})
    answer = client.get(preview(uids(MR)[0], uids(CT)[2], 1))
    assert (answer.status_code, answer.json()["error"]) == (404, "no_such_frame")


def test_a_table_is_the_bytes_of_its_name_in_any_coding(client: TestClient, tmp_path: Path) -> None:
    palette = FOLDER / "examples_palette.dcm"
    client.post("/upload", files={"file": ("us", palette.read_bytes())})
    study, _, instance = uids(palette)
    client.get(preview(study, instance, 1))
    (identity, *_) = [path.name for path in (tmp_path / "data/blobs/tables").iterdir()]
    for accept in ("br", "gzip", "identity"):
        answer = client.get(f"/tables/{identity}", headers={"accept-encoding": accept})
        assert hashlib.sha256(answer.content).hexdigest() == identity
        assert answer.headers.get("content-encoding", "identity") == accept
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("identity", ["0" * 64, "abc", "..%2f..%2fcatalog.sqlite"])
def test_there_is_no_such_table(client: TestClient, identity: str) -> None:
    assert client.get(f"/tables/{identity}").status_code == 404


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
