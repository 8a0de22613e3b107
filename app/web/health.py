"""``GET /healthz``: the server runs and its catalog answers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from app.web.access import resources_of
from app.web.answers import Json


async def health(request: Request) -> Response:
    """200 with ``{"status": "ok"}``; a catalog that does not answer is the 500 of any fault."""
    await resources_of(request).catalog.latest()
    return Json({"status": "ok"})
