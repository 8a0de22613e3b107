"""The two pages: something is on the screen before any script runs, and nothing leaks."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import orjson
import pydicom
import pytest
from pydicom.uid import UID
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from streaming.manifest import Manifest
from streaming.vocabulary import PROTOCOL_VERSION, SUBPROTOCOL
from streaming.wire import StudyLayout
from tests.app.samples import CINE, CT, uids

STUDY, SERIES, INSTANCE = uids(CT)


@pytest.fixture
def static(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / ".vite").mkdir(parents=True)
    manifest = {
        f"src/pages/{name}": {"file": f"assets/{Path(name).stem}-1.js"}
        for name in ("app.ts", "list.tsx")
    }
    (folder / "assets").mkdir()
    for chunk in manifest.values():
        (folder / chunk["file"]).write_text("export {};")
    (folder / "sw.js").write_text("const worker = true;")
    (folder / ".vite" / "manifest.json").write_bytes(orjson.dumps(manifest))
    return folder


@pytest.fixture
def client(tmp_path: Path, static: Path) -> Iterator[TestClient]:
    settings = Settings(data=tmp_path / "data", static=static, page_wait_seconds=30)
    with TestClient(create_app(settings), base_url="http://localhost") as opened:
        opened.post("/upload", files={"file": ("ct", CT.read_bytes())})
        yield opened


def embedded(html: str, element: str) -> Any:
    """What a page embeds as JSON."""
    found = re.search(rf'<script type="application/json" id="{element}"[^>]*>(.*?)</script>', html)
    assert found is not None
    return orjson.loads(found[1])


def test_the_viewer_embeds_what_it_needs(client: TestClient) -> None:
    html = client.get(f"/studies/{STUDY}").text
    data = embedded(html, "firstlight-study")
    layout = StudyLayout.from_dict(data["study"])
    assert (layout.study, layout.series[0].series) == (STUDY, SERIES)
    assert data["opening"] == {"series": SERIES, "position": 1}
    assert Manifest.from_dict(data["manifest"]).frame == (INSTANCE, 1)
    image = base64.b64decode(data["preview"].removeprefix("data:image/webp;base64,"))
    assert image[8:12] == b"WEBP"
    assert data["latest"] == 1


def test_the_socket_opens_with_the_first_bytes_and_says_what_the_page_has(
    client: TestClient,
) -> None:
    html = client.get(f"/studies/{STUDY}").text
    manifest = embedded(html, "firstlight-study")["manifest"]
    opening = re.search(r"<script nonce=[^>]*data-[^>]*>", html)
    assert opening is not None
    assert html.index(opening[0]) < html.index("stylesheet" if "stylesheet" in html else "<style")
    told = dict(re.findall(r'data-([a-z]+)="([^"]*)"', opening[0]))
    assert told == {
        "protocol": SUBPROTOCOL,
        "v": str(PROTOCOL_VERSION),
        "series": SERIES,
        "position": "1",
        "layout": "1",
        "have": manifest["id"],
    }


def test_the_shell_of_an_installed_app_knows_no_study(client: TestClient) -> None:
    answer = client.get("/app")
    assert "/static/assets/app-1.js" in answer.text
    assert "application/json" not in answer.text
    assert STUDY not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_the_service_worker_is_another_one_whenever_a_file_is(
    client: TestClient, static: Path, tmp_path: Path
) -> None:
    answer = client.get("/sw.js")
    first, rest = answer.text.split(";\n", 1)
    told = orjson.loads(first.removeprefix("self.firstlight="))
    assert rest == "const worker = true;"
    assert told["files"] == [f"/static/assets/{n}-1.js" for n in ("app", "list")]
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")
    known = {"if-none-match": answer.headers["etag"]}
    assert client.get("/sw.js", headers=known).status_code == 304
    (static / "assets" / "more-1.js").write_text("export {};")
    settings = Settings(data=tmp_path / "other", static=static)
    with TestClient(create_app(settings), base_url="http://localhost") as renewed:
        assert renewed.get("/sw.js", headers=known).status_code == 200


def test_without_a_build_there_is_no_service_worker(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", static=tmp_path / "nothing")
    with TestClient(create_app(settings), base_url="http://localhost") as bare:
        assert bare.get("/sw.js").status_code == 503


def test_the_viewer_shows_picture_and_patient_before_any_script(client: TestClient) -> None:
    html = client.get(f"/studies/{STUDY}").text
    shell = html[html.index('id="firstlight-shell"') : html.index("</main>")]
    assert 'class="preview" src="data:image/webp' in shell
    assert '<span class="badge">PREVIEW</span>' in shell
    assert "1/1" in shell
    identity = unescape(shell[shell.index('class="identity"') :])
    assert "CompressedSamples, CT1" in identity
    assert "1CT1" in identity
    assert "<noscript>" in html


def test_the_patient_is_not_in_the_title(client: TestClient) -> None:
    html = client.get(f"/studies/{STUDY}").text
    title = html[html.index("<title>") : html.index("</title>")]
    assert "CT1" not in title


def test_a_page_is_not_kept_and_runs_no_foreign_script(client: TestClient) -> None:
    for path in ("/", f"/studies/{STUDY}"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        (nonce,) = set(re.findall(r"'nonce-([^']+)'", policy))
        assert re.findall(r"<style[^>]*>", answer.text) == [f'<style nonce="{nonce}">']
        assert "style=" not in answer.text


def test_a_name_cannot_become_markup(client: TestClient, tmp_path: Path) -> None:
    dataset = pydicom.dcmread(CT)
    dataset.StudyInstanceUID = "1.2.3"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3.4")
    dataset.PatientName = "</script><script>alert(1)</script>"
    path = tmp_path / "evil.dcm"
    dataset.save_as(path)
    client.post("/upload", files={"file": ("evil", path.read_bytes())})
    for address, element in (("/", "firstlight-studies"), ("/studies/1.2.3", "firstlight-study")):
        html = client.get(address).text
        assert "<script>alert" not in html
        assert "alert(1)" in str(embedded(html, element))


@pytest.mark.parametrize(
    ("query", "position"),
    [("position=17", 17), ("position=99", 30), ("position=0", 1), ("position=x", 1), ("", 1)],
)
def test_the_viewer_opens_where_it_is_asked_to(
    client: TestClient, query: str, position: int
) -> None:
    client.post("/upload", files={"file": ("us", CINE.read_bytes())})
    study, series, instance = uids(CINE)
    html = client.get(f"/studies/{study}?series={series}&{query}").text
    data = embedded(html, "firstlight-study")
    assert data["opening"] == {"series": series, "position": position}
    assert data["manifest"]["frame"] == position
    assert data["manifest"]["instance"] == instance
    assert f"{position}/30" in html


def test_an_unknown_series_is_the_first(client: TestClient) -> None:
    html = client.get(f"/studies/{STUDY}?series=1.9").text
    assert embedded(html, "firstlight-study")["opening"]["series"] == SERIES


def test_the_page_does_not_wait_for_a_slow_encode(tmp_path: Path, static: Path) -> None:
    settings = Settings(data=tmp_path / "slow", static=static, page_wait_seconds=0)
    with TestClient(create_app(settings), base_url="http://localhost") as client:
        client.post("/upload", files={"file": ("ct", CT.read_bytes())})
        html = client.get(f"/studies/{STUDY}").text
    data = embedded(html, "firstlight-study")
    assert (data["manifest"], data["preview"]) == (None, None)
    assert "being prepared" in html
    assert "CompressedSamples, CT1" in html


def test_the_list_shows_its_lines_before_any_script(client: TestClient) -> None:
    html = client.get("/").text
    (row,) = embedded(html, "firstlight-studies")
    assert (row["study"], row["modalities"], row["frames"]) == (STUDY, ["CT"], 1)
    assert (row["patient"]["id"], row["phantom"]) == ("1CT1", False)
    assert f'href="/studies/{STUDY}"' in html
    assert client.get(row["preview"]).headers["content-type"] == "image/webp"


def test_pages_are_compressed(client: TestClient) -> None:
    plain = client.get(f"/studies/{STUDY}", headers={"accept-encoding": "identity"})
    for coding in ("br", "gzip"):
        answer = client.get(f"/studies/{STUDY}", headers={"accept-encoding": coding})
        assert answer.headers["content-encoding"] == coding
        assert answer.headers["vary"] == "accept-encoding"
        assert int(answer.headers["content-length"]) < 0.7 * len(plain.content)


def test_what_is_not_there_is_a_page_for_people_and_json_for_programs(client: TestClient) -> None:
    people = client.get("/studies/1.9", headers={"accept": "text/html,*/*"})
    assert (people.status_code, "There is no such study" in people.text) == (404, True)
    program = client.get("/studies/1.9")
    assert (program.status_code, program.json()["error"]) == (404, "no_such_study")
    assert set(program.json()) == {"error", "message", "detail", "request_id"}
    assert program.json()["request_id"] == program.headers["x-request-id"]
    assert client.get("/nowhere").json()["error"] == "not_found"
    assert client.delete("/studies.json").json()["error"] == "method_refused"
