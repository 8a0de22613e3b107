"""Jinja2 as the pages use it, and the policy that each page is sent with."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.web.encodings import packed

PIECE: Final = 1300
"""Bytes that surely fit a packet, with what TLS adds."""
FOLDER: Final = Path(__file__).parents[1] / "templates"
DIGEST: Final = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(FOLDER.iterdir()))
).hexdigest()
"""Of all templates: another one, another shell for the service worker to keep."""
TEMPLATES: Final = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class PageResponse(Response):
    """A page that is sent in pieces of about a packet.

    Over TLS a browser sees nothing of a write before all of it is there, up to 16 KiB. In pieces
    the head's script opens the stream, and the scripts are asked for, while the rest is on its way.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        await send(start | {"headers": self.raw_headers})
        body = bytes(self.body)
        for first in range(0, len(body), PIECE):
            piece = body[first : first + PIECE]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Render a page that no cache keeps and that runs no script but ours.

    It is compressed on the way: a Preview that stands in it twice then costs its bytes once.
    """
    nonce = secrets.token_urlsafe(16)
    html = TEMPLATES.get_template(template).render(nonce=nonce, **values)
    body, headers = packed(request.headers.get("accept-encoding", ""), html.encode())
    headers |= {"cache-control": "no-store", "content-security-policy": _policy(nonce)}
    return PageResponse(body, status, headers, "text/html; charset=utf-8")


def _policy(nonce: str) -> str:
    """Scripts and styles of ours only; 'wasm-unsafe-eval' is the decoder's; data: and blob: are
    pictures.

    Styles that scripts set element by element (``element.style``) need no permission; style
    attributes in HTML, which the templates do not use, would.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
