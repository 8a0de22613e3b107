"""What every answer gets (pure ASGI middleware): a request id, security headers, a line in the
access log."""

from __future__ import annotations

import time
import uuid

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.observe.log import get_logger, request_id

log = get_logger("access")

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
PAGE_HEADERS = {
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
}
"""These mean something on a page only; on a thin link the other answers go without."""


class Shell:
    """Outermost: it also logs what the others refused. Queries are never logged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        identity = uuid.uuid4().hex[:16]
        token = request_id.set(identity)
        began, status = time.monotonic(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                page = headers.get("content-type", "").startswith("text/html")
                for name, value in (SECURITY_HEADERS | (PAGE_HEADERS if page else {})).items():
                    headers.setdefault(name, value)
                if "immutable" not in headers.get("cache-control", ""):
                    headers["x-request-id"] = identity
            elif message["type"] == "websocket.accept":
                status = 101
            elif message["type"] == "websocket.close":
                status = status or 403
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            log.info(
                "request",
                method=scope.get("method", "WS"),
                path=scope["path"],
                status=status,
                seconds=round(time.monotonic() - began, 3),
            )
            request_id.reset(token)
