"""Answers in JSON, and errors in their one shape: ``{error, message, detail, request_id}``."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.errors import BadRequest, FirstlightError, MethodRefused, Missing
from app.observe.log import get_logger, request_id
from app.web.templates import page

log = get_logger("web")


class Json(Response):
    """A JSON answer that no cache keeps: it may hold patient data."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200) -> None:
        super().__init__(content, status_code, {"cache-control": "no-store"})

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def error_answer(error: FirstlightError) -> Json:
    """An error as its JSON shape, with the status its class carries."""
    answer = Json(error.to_dict(request_id.get()), error.status)
    if error.may_retry:
        answer.headers["retry-after"] = "2"
    return answer


def error_for(request: Request, error: FirstlightError) -> Response:
    """The same, as a page for someone who asked for one."""
    if "text/html" in request.headers.get("accept", ""):
        return page(request, "error.html", error.status, error=error, request_id=request_id.get())
    return error_answer(error)


async def on_firstlight_error(request: Request, error: Exception) -> Response:
    """An error of ours."""
    assert isinstance(error, FirstlightError)  # noqa: S101  # registered for no other class
    return error_for(request, error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own refusals: no such path, no such method, a body that is no form."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    if status == 404:
        return error_for(request, Missing("There is nothing at this address."))
    if status == 405:
        return error_for(request, MethodRefused("This address does not take that method."))
    return error_for(
        request, BadRequest("The request cannot be read: send it again as the page does.")
    )


async def on_exception(request: Request, error: Exception) -> Response:
    """A fault of the server: a sentence for the user, the place for the operator."""
    log.error("failed", exc_info=error)
    return error_for(
        request,
        FirstlightError("Something went wrong on the server; it was written down. Try once more."),
    )
