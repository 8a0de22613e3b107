"""Jinja2 as the pages use it, and the policy that each page is sent with."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from app.web.encodings import packed

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


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Render a page that no cache keeps and that runs no script but ours.

    It is compressed on the way: a Preview that stands in it twice then costs its bytes once.
    """
    nonce = secrets.token_urlsafe(16)
    html = TEMPLATES.get_template(template).render(nonce=nonce, **values)
    body, headers = packed(request.headers.get("accept-encoding", ""), html.encode())
    headers |= {"cache-control": "no-store", "content-security-policy": _policy(nonce)}
    return Response(body, status, headers, "text/html; charset=utf-8")


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
