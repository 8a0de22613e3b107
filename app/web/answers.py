"""Answers in JSON, and errors in the one shape they have: ``{error, message, detail, request_id}``.
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.errors import BadRequest, FirstlightError, MethodRefused, Missing
from app.observe.log import get_logger, request_id

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


async def on_firstlight_error(_request: Request, error: Exception) -> Response:
    """An error of ours."""
    assert isinstance(error, FirstlightError)  # noqa: S101  # this handler is registered for no other class
    return error_answer(error)


async def on_http_exception(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals: no such path, no such method, a body that is no form."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    if status == 404:
        return error_answer(Missing("There is nothing at this address."))
    if status == 405:
        return error_answer(MethodRefused("This address does not take that method."))
    answer = error_answer(BadRequest("The request cannot be read: send it again as the page does."))
    answer.status_code = status
    return answer


async def on_exception(_request: Request, error: Exception) -> Response:
    """A fault of the server: a sentence for the user, the place for the operator."""
    log.error("failed", exc_info=error)
    return error_answer(
        FirstlightError("Something went wrong on the server; it was written down. Try once more.")
    )
