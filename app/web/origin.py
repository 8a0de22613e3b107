"""Who may talk to the server from a browser (pure ASGI middleware).

Two checks, because there is no sign-in yet and a browser will send a request from any page it has
open:

- Host: only names the server is known by. Without it a foreign page whose name resolves to
  127.0.0.1 (DNS rebinding) could read everything.
- Origin: a WebSocket, and every method that writes, must come from the server's own origin or one
  that is allowed. Browsers check no origin on WebSockets by themselves.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import OriginRefused
from app.web.answers import error_answer

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class OriginCheck:
    """Refuses with 403; a WebSocket before it opens, which a browser sees as 403 too."""

    def __init__(self, app: ASGIApp, allowed_origins: tuple[str, ...], any_host: bool) -> None:
        self._app = app
        self._origins = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)
        names = {urlsplit(origin).hostname or "" for origin in self._origins}
        self._hosts = None if any_host else LOOPBACK_NAMES | names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is None:
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": 1008})
        return await error_answer(refusal)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> OriginRefused | None:
        host = headers.get("host", "")
        if self._hosts is not None and _name(host) not in self._hosts:
            return OriginRefused(
                "This server is not known by that name: add it to FIRSTLIGHT_ALLOWED_ORIGINS."
            )
        if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
            return None
        origin = headers.get("origin")
        if origin is None and headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
            return None  # not a browser, or the page itself
        if origin is not None and self._is_ours(origin.lower(), host.lower()):
            return None
        return OriginRefused("This request comes from another site's page: open Firstlight itself.")

    def _is_ours(self, origin: str, host: str) -> bool:
        if origin in self._origins:
            return True
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc == host


def _name(host: str) -> str:
    """The host's name without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
