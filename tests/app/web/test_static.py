"""The built front end: negotiated, cached for ever where the name is a hash, and nothing else."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import brotli
import orjson
import pytest
from starlette.testclient import TestClient

from app.errors import FrontEndMissing
from app.main import create_app
from app.settings import Settings
from app.web.static import StaticFiles

SCRIPT = b"export const light = 1;\n" * 50
SHARED_RULES, VIEWER_RULES = "b{margin:0}", ".badge{color:red}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What Vite leaves, in small."""
    built = tmp_path / "static"
    (built / "assets").mkdir(parents=True)
    (built / ".vite").mkdir()
    for name in ("viewer-abc.js", "shared-def.js"):
        path = built / "assets" / name
        path.write_bytes(SCRIPT)
        path.with_name(name + ".br").write_bytes(brotli.compress(SCRIPT))
        path.with_name(name + ".gz").write_bytes(gzip.compress(SCRIPT))
    (built / "assets" / "shared-def.css").write_text(SHARED_RULES)
    (built / "assets" / "viewer-abc.css").write_text(VIEWER_RULES)
    (built / "assets" / "decoder-123.wasm").write_bytes(b"\0asm")
    (built / "icon.svg").write_bytes(b"<svg/>")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    manifest = {
        "_shared-def.js": {"file": "assets/shared-def.js", "css": ["assets/shared-def.css"]},
        "src/pages/viewer.tsx": {
            "file": "assets/viewer-abc.js",
            "imports": ["_shared-def.js"],
            "css": ["assets/viewer-abc.css"],
            "assets": ["assets/decoder-123.wasm"],
        },
        "src/pages/list.tsx": {"file": "assets/list-1.js", "assets": ["assets/list-2.css"]},
    }
    (built / ".vite" / "manifest.json").write_bytes(orjson.dumps(manifest))
    return built


@pytest.fixture
def client(folder: Path, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(data=tmp_path / "data", static=folder)
    with TestClient(create_app(settings), base_url="http://localhost") as opened:
        yield opened


@pytest.mark.parametrize(
    ("accept", "coding"), [("br, gzip", "br"), ("gzip", "gzip"), ("identity", None)]
)
def test_the_coding_that_the_browser_likes(
    client: TestClient, accept: str, coding: str | None
) -> None:
    answer = client.get("/static/assets/viewer-abc.js", headers={"accept-encoding": accept})
    assert answer.content == SCRIPT
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self' 'wasm-unsafe-eval'" in answer.headers["content-security-policy"]


def test_hashed_names_are_kept_for_ever_and_others_asked_for(client: TestClient) -> None:
    hashed = client.get("/static/assets/decoder-123.wasm")
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert hashed.headers["content-type"] == "application/wasm"
    named = client.get("/static/icon.svg")
    assert (named.headers["cache-control"], named.headers["content-type"]) == (
        "no-cache",
        "image/svg+xml",
    )


def test_what_the_browser_has_is_not_sent_again(client: TestClient) -> None:
    packed, plain = (
        client.get("/static/assets/viewer-abc.js", headers={"accept-encoding": accept})
        for accept in ("br", "identity")
    )
    assert packed.headers["etag"] != plain.headers["etag"]
    again = client.get(
        "/static/assets/viewer-abc.js",
        headers={"accept-encoding": "br", "if-none-match": packed.headers["etag"]},
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/static/none.js",
        "/static/assets/viewer-abc.js.br",
        "/static/.vite/manifest.json",
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/..%2fsecret.txt",
        "/static//etc/passwd",
        "/static/",
    ],
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_a_page_is_told_its_scripts_and_styles(folder: Path) -> None:
    entry = StaticFiles.load(folder).entry("src/pages/viewer")
    assert entry.script == "/static/assets/viewer-abc.js"
    assert entry.preload == ("/static/assets/shared-def.js",)
    assert entry.styles == ()
    assert entry.rules == SHARED_RULES + VIEWER_RULES
    assert entry.decoder == ("/static/assets/decoder-123.wasm",)


def test_a_part_that_is_loaded_by_itself_has_its_sheet_linked_too(folder: Path) -> None:
    entry = StaticFiles.load(folder).entry("src/pages/viewer", "src/pages/list")
    assert entry.preload[-1] == "/static/assets/list-1.js"
    assert entry.styles == ("/static/assets/list-2.css",)
    assert entry.rules == SHARED_RULES + VIEWER_RULES


def test_a_front_end_that_was_not_built(tmp_path: Path) -> None:
    with pytest.raises(FrontEndMissing, match="make"):
        StaticFiles.load(tmp_path).entry("src/pages/viewer")
    settings = Settings(data=tmp_path / "data", static=tmp_path)
    with TestClient(create_app(settings), base_url="http://localhost") as client:
        answer = client.get("/", headers={"accept": "text/html"})
        assert answer.status_code == 503
        assert "not built" in answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert client.get("/healthz").status_code == 200
