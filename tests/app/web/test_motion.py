"""The motion document over HTTP: its bytes, its caching, and its refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames
from starlette.testclient import TestClient

from tests.app.samples import CINE, CT, MR, uids
from tests.vectors.motion import read


def address(path: Path) -> str:
    study, _, instance = uids(path)
    return f"/studies/{study}/instances/{instance}/motion"


def send(client: TestClient, *paths: Path) -> None:
    for path in paths:
        client.post("/upload", files={"file": ("a.dcm", path.read_bytes())})


def broken_after(folder: Path, good: int) -> Path:
    """The cine with frames that decode up to ``good``, and then none that does."""
    dataset = pydicom.dcmread(CINE)
    frames = list(generate_frames(dataset.PixelData, number_of_frames=30)) * 2
    frames[good:] = [frame[:40] for frame in frames[good:]]
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = encapsulate(frames)
    path = folder / "broken.dcm"
    dataset.save_as(path)
    return path


def test_a_cine_comes_as_a_head_and_a_chunk_for_each_frame(client: TestClient) -> None:
    send(client, CINE)
    answer = client.get(address(CINE))
    head, chunks = read(answer.content)
    assert answer.status_code == 200
    assert (head["width"], head["height"], head["frames"]) == (320, 240, 30)
    assert head["codec"].startswith("vp09")
    assert len(chunks) == 30
    assert len(answer.content) < 0.2 * CINE.stat().st_size


def test_what_is_whole_is_kept_for_ever_by_its_tag(client: TestClient) -> None:
    send(client, CINE)
    first = client.get(address(CINE))
    assert first.headers["cache-control"] == "no-store"
    second = client.get(address(CINE))
    assert "immutable" in second.headers["cache-control"]
    assert second.content == first.content
    again = client.get(address(CINE), headers={"if-none-match": second.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_head_alone_makes_no_motion(client: TestClient, tmp_path: Path) -> None:
    send(client, CINE)
    answer = client.get(address(CINE), params={"frame": 0})
    head, chunks = read(answer.content)
    assert (head["frames"], chunks) == (30, [])
    assert not list((tmp_path / "data/blobs/motion").rglob("part-*"))


@pytest.mark.parametrize(
    ("path", "frame", "status", "code"),
    [
        (CT, None, 409, "motion_refused"),
        (CINE, 31, 404, "no_such_frame"),
        (CINE, "x", 400, "bad_request"),
        (CINE, "-1", 400, "bad_request"),
        (CINE, "9" * 30, 400, "bad_request"),
    ],
)
def test_refusals_are_sentences(
    client: TestClient, path: Path, frame: Any, status: int, code: str
) -> None:
    send(client, CT, CINE)
    answer = client.get(address(path), params={} if frame is None else {"frame": frame})
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer.json()["message"].endswith(".")


def test_an_image_is_found_in_its_own_study_only(client: TestClient) -> None:
    send(client, CINE, MR)
    address_of_another = f"/studies/{uids(MR)[0]}/instances/{uids(CINE)[2]}/motion"
    assert client.get(address_of_another).json()["error"] == "no_such_frame"
    unknown = f"/studies/{uids(MR)[0]}/instances/1.2.3/motion"
    assert client.get(unknown).status_code == 404


def test_a_bad_frame_ends_the_document_and_its_part_is_refused(
    client: TestClient, tmp_path: Path
) -> None:
    path = broken_after(tmp_path, 50)
    send(client, path)
    answer = client.get(address(path))
    head, chunks = read(answer.content)
    assert (answer.status_code, head["frames"], len(chunks)) == (200, 60, 45)
    rest = client.get(address(path), params={"frame": 46})
    assert (rest.status_code, rest.json()["error"]) == (422, "frame_undecodable")
    assert client.get(address(path)).headers["cache-control"] == "no-store"
