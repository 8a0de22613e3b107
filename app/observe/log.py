"""Logs: one JSON object a line on stderr, without patient data.

What may be logged: UIDs of studies and instances, codes, counts, times, the kind of an exception
and where it was raised. What may not: names, ids and dates of patients, texts of notes, names of
uploaded files, request queries. An exception's own text can quote a file, so only texts of
FirstlightError and StreamingError, which are written without patient data, are kept.
"""

from __future__ import annotations

import contextvars
import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog

from app.errors import FirstlightError
from streaming.errors import StreamingError

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


def configure_logs() -> None:
    """Send everything, uvicorn's own lines included, through one JSON writer to stderr."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_request_id,
            _describe_exception,
            structlog.processors.JSONRenderer(serializer=_serialize),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        # Loggers are made when modules are imported, before this: none may keep an older setting.
        cache_logger_on_first_use=False,
    )
    handler = _Forward()
    for name in ("uvicorn", "uvicorn.error", "asyncio", "app"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING)


def get_logger(part: str) -> structlog.stdlib.BoundLogger:
    """A logger whose lines carry ``part``, the module's word for itself."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(part=part)
    return logger


class _Forward(logging.Handler):
    """Lines of the standard logging module, as ours: of others the pattern, never its arguments."""

    def emit(self, record: logging.LogRecord) -> None:
        ours = record.name.startswith("app.")
        said = record.getMessage() if ours else str(record.msg)
        structlog.get_logger().log(record.levelno, said, part=record.name, exc_info=record.exc_info)


def _serialize(line: Mapping[str, Any], **_: Any) -> str:
    return orjson.dumps(line, default=str).decode()


def _add_request_id(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if identity := request_id.get():
        line.setdefault("request_id", identity)
    return line


def _describe_exception(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace ``exc_info`` by the exception's kind and the places it went through."""
    given = line.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["exception"] = type(error).__name__
        line["at"] = [
            f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)
        ][-12:]
        if isinstance(error, FirstlightError | StreamingError):
            line["reason"] = str(error)
    return line


def quiet_logs() -> None:
    """Only warnings and worse: for commands that tell the user themselves what happens."""
    configure_logs()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
