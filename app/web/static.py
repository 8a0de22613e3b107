"""The built front end: hashed files, each precompressed with brotli and gzip by the build.

Only files that were there at the start are served, by their exact name: no path of a request ever
reaches the file system.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.errors import FrontEndMissing, Missing
from app.web.encodings import choose_encoding, packed
from app.web.templates import DIGEST

PREFIX: Final = "/static/"
SUFFIXES: Final = {"br": ".br", "gzip": ".gz"}
TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
WORKER_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "connect-src 'self'",
        "worker-src 'self'",
    )
)
"""A worker obeys the policy its own script was sent with, not its page's: the decoder must run."""
WORKER: Final = "sw.js"
DEFAULT_TYPE: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file and its compressed twins, ready to send."""

    media_type: str
    etag: str
    kept: bool
    """Its name carries a hash of its content, so a browser need never ask again."""
    bodies: dict[str, bytes]
    """Bytes by coding; "" is the plain file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a page needs of one entry of the build, as URLs."""

    script: str
    styles: tuple[str, ...]
    preload: tuple[str, ...]
    rules: str
    """The entry's own style sheets, to stand in the page: a sheet to be fetched would hold the
    first picture up for a round trip."""
    decoder: tuple[str, ...]
    """What decoding needs beside the scripts: WebAssembly (``.wasm``) and a worker's script."""


@dataclass(slots=True)
class StaticFiles:
    """The files of one folder, read once."""

    folder: Path
    files: dict[str, StaticFile] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> StaticFiles:
        """Read what the build left; a front end that was not built is an error of the page that
        needs it."""
        loaded = cls(folder)
        description = folder / ".vite" / "manifest.json"
        if not description.is_file():
            return loaded
        loaded.manifest = orjson.loads(description.read_bytes())
        hashed = set(_hashed_names(loaded.manifest))
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and path.suffix not in SUFFIXES.values() and not name.startswith("."):
                loaded.files[name] = _read(path, name in hashed or name.startswith("assets/"))
        return loaded

    def entry(self, source: str, *views: str) -> Entry:
        """The URLs of an entry of the build and of parts that it will load at once, e.g.
        ``src/pages/app`` and ``src/pages/list``; raises FrontEndMissing.

        The extension may be left to the build: ``src/pages/list`` finds ``list.ts`` or
        ``list.tsx``.
        """
        chunks: dict[str, dict[str, Any]] = {}
        for name in (source, *views):
            chunk = self._chunk(name)
            for one in (chunk, *self._imports(chunk)):
                chunks.setdefault(one["file"], one)
        # What is imported comes first, as in a style sheet: the page's own rules win. A part that
        # is loaded by itself has its sheet by address, among its assets.
        parts = list(reversed(chunks.values()))
        sheets = dict.fromkeys(name for one in parts for name in one.get("css", ()))
        assets = list(dict.fromkeys(name for one in parts for name in one.get("assets", ())))
        script, *preload = (PREFIX + file for file in chunks)
        return Entry(
            script,
            tuple(PREFIX + name for name in assets if name.endswith(".css")),
            tuple(preload),
            "".join(self.files[name].bodies[""].decode() for name in sheets),
            tuple(PREFIX + name for name in assets if name.endswith((".wasm", ".js"))),
        )

    def _chunk(self, source: str) -> dict[str, Any]:
        for name in (source, f"{source}.ts", f"{source}.tsx"):
            if name in self.manifest:
                chunk: dict[str, Any] = self.manifest[name]
                return chunk
        raise FrontEndMissing(
            "The pages of Firstlight are not built yet: run `make frontend` and start it again."
        )

    def _imports(self, chunk: dict[str, Any]) -> list[dict[str, Any]]:
        """Chunks that the browser will ask for at once, so that it need not find out one after
        another."""
        found: dict[str, dict[str, Any]] = {}
        left = list(chunk.get("imports", ()))
        while left:
            name = left.pop(0)
            if name not in found:
                found[name] = self.manifest[name]
                left += self.manifest[name].get("imports", ())
        return list(found.values())


async def service_worker(request: Request) -> Response:
    """``GET /sw.js``: the service worker, with the files that it keeps for the app's next start.

    It is another one whenever a file is, which is how a browser finds out.
    """
    files: StaticFiles = request.app.state.static
    worker = files.files.get(WORKER)
    if worker is None:
        raise FrontEndMissing("The service worker is not built: run `make frontend`.")
    in_pages = {name for chunk in files.manifest.values() for name in chunk.get("css", ())}
    kept = sorted(
        PREFIX + name for name, file in files.files.items() if file.kept and name not in in_pages
    )
    build = hashlib.sha256(orjson.dumps([kept, worker.etag, DIGEST])).hexdigest()[:16]
    told = orjson.dumps({"build": build, "files": kept})
    body = b"self.firstlight=" + told + b";\n" + worker.bodies[""]
    packed_body, headers = packed(request.headers.get("accept-encoding", ""), body)
    etag = f'"{build}{headers.get("content-encoding", "")}"'
    headers |= {"etag": etag, "cache-control": "no-cache", "vary": "accept-encoding"}
    headers["content-security-policy"] = WORKER_POLICY
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(packed_body, headers=headers | {"content-type": TYPES[".js"]})


async def static(request: Request) -> Response:
    """``GET /static/...``: in the coding the browser likes best; 304 where it has the file."""
    files: StaticFiles = request.app.state.static
    name = request.path_params["name"]
    if name not in files.files:
        raise Missing("There is no such file.")
    file = files.files[name]
    coding = choose_encoding(
        request.headers.get("accept-encoding", ""), [c for c in SUFFIXES if c in file.bodies]
    )
    headers = {
        "etag": f'"{file.etag}{"-" + coding if coding else ""}"',
        "vary": "accept-encoding",
        "cache-control": "public, max-age=31536000, immutable" if file.kept else "no-cache",
        "content-security-policy": WORKER_POLICY,
    }
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if coding:
        headers["content-encoding"] = coding
    return Response(file.bodies[coding or ""], headers=headers | {"content-type": file.media_type})


def _hashed_names(manifest: dict[str, Any]) -> list[str]:
    return [
        name
        for chunk in manifest.values()
        for name in (chunk["file"], *chunk.get("css", ()), *chunk.get("assets", ()))
    ]


def _read(path: Path, kept: bool) -> StaticFile:
    plain = path.read_bytes()
    bodies = {"": plain}
    for coding, suffix in SUFFIXES.items():
        packed = path.with_name(path.name + suffix)
        if packed.is_file():
            bodies[coding] = packed.read_bytes()
    media_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or DEFAULT_TYPE
    return StaticFile(media_type, hashlib.sha256(plain).hexdigest()[:20], kept, bodies)
