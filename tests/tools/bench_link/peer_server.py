"""The peer's server: its page, frames by HTTP with byte ranges, and Orthanc behind it.

Run on the clinic as ``python -m tests.tools.bench_link.peer_server``. Orthanc is reached through
this server, as through any reverse proxy, so that the peer needs one connection and no CORS.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import brotli
import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.tools.bench_link.peer_files import BOUNDARY

KEPT: Final = {"cache-control": "private, max-age=31536000, immutable"}
FRESH: Final = {"cache-control": "no-store"}
KINDS: Final = {".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html"}


class PeerFiles:
    """Answers from the folders of the built page and of the coded pictures."""

    def __init__(self, page: Path, pictures: Path) -> None:
        self._page, self._pictures = page, pictures
        self._compressed: dict[Path, bytes] = {}
        for path in page.rglob("*"):
            if path.suffix in KINDS:
                self._compressed[path] = brotli.compress(path.read_bytes(), quality=9)

    async def page(self, request: Request) -> Response:
        path = self._inside(self._page, request.path_params["name"] or "index.html")
        headers = (FRESH if path.suffix == ".html" else KEPT) | {"content-encoding": "br"}
        return Response(self._compressed[path], media_type=KINDS[path.suffix], headers=headers)

    async def picture(self, request: Request) -> Response:
        name = f"{request.path_params['coding']}/studies/{request.path_params['name']}"
        path = self._inside(self._pictures, name)
        if path.name == "metadata":
            packed = brotli.compress(path.read_bytes(), quality=5)
            headers = FRESH | {"content-encoding": "br"}
            return Response(packed, media_type="application/dicom+json", headers=headers)
        kind = f'multipart/related; type="application/octet-stream"; boundary={BOUNDARY}'
        return FileResponse(path, media_type=kind, headers=FRESH)

    def _inside(self, folder: Path, name: str) -> Path:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise HTTPException(404)
        return path


class Orthanc:
    """Hands requests on to Orthanc on the clinic, and its answers back as they come."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.AsyncClient(base_url=url, timeout=300)

    async def answer(self, request: Request) -> Response:
        kept = {name: request.headers[name] for name in ("accept",) if name in request.headers}
        asked = self._client.build_request(
            "GET", f"/dicom-web/studies/{request.path_params['name']}", headers=kept
        )
        answer = await self._client.send(asked, stream=True)

        async def body() -> AsyncIterator[bytes]:
            try:
                async for part in answer.aiter_raw():
                    yield part
            finally:
                await answer.aclose()

        passed = ("content-type", "content-length", "content-encoding")
        headers = {name: answer.headers[name] for name in passed if name in answer.headers}
        return StreamingResponse(body(), answer.status_code, headers | FRESH)

    async def close(self) -> None:
        await self._client.aclose()


def application(page: Path, pictures: Path, orthanc: str) -> Starlette:
    """The routes of the peer's server."""
    files, behind = PeerFiles(page, pictures), Orthanc(orthanc)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await behind.close()

    routes = [
        Route("/peer/{name:path}", files.page),
        Route("/orthanc/studies/{name:path}", behind.answer),
        Route("/{coding}/studies/{name:path}", files.picture),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    for name in ("page", "pictures", "cert", "key"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--orthanc", required=True)
    options = parser.parse_args()
    uvicorn.run(
        application(options.page, options.pictures, options.orthanc),
        host=options.host,
        port=options.port,
        ssl_certfile=options.cert,
        ssl_keyfile=options.key,
        timeout_keep_alive=900,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
