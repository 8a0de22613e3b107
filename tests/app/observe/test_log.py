"""Log lines are JSON, and what an exception says of a file does not reach them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.errors import NotDicom
from app.observe.log import configure_logs, get_logger, request_id


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    configure_logs()
    yield written
    structlog.reset_defaults()
    for name in ("uvicorn", "uvicorn.error", "asyncio", "app"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


def test_a_line_is_json_with_its_request(lines: io.StringIO) -> None:
    token = request_id.set("abc")
    get_logger("ingest").info("stored", study="1.2")
    request_id.reset(token)
    line = json.loads(lines.getvalue())
    assert (line["event"], line["part"], line["study"]) == ("stored", "ingest", "1.2")
    assert (line["level"], line["request_id"]) == ("info", "abc")
    assert line["timestamp"].endswith("Z")


def test_the_text_of_a_foreign_exception_is_left_out(lines: io.StringIO) -> None:
    try:
        raise ValueError("DOE^JANE is no number")
    except ValueError as error:
        get_logger("web").error("failed", exc_info=error)
    line = json.loads(lines.getvalue())
    assert line["exception"] == "ValueError"
    assert "test_log.py" in line["at"][0]
    assert "DOE" not in lines.getvalue()


def test_our_own_sentences_are_kept(lines: io.StringIO) -> None:
    get_logger("web").error("failed", exc_info=NotDicom("This is not a DICOM file."))
    assert json.loads(lines.getvalue())["reason"] == "This is not a DICOM file."


def test_other_loggers_lose_their_arguments(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("Invalid header %s", "DOE^JANE")
    line = json.loads(lines.getvalue())
    assert (line["event"], line["part"]) == ("Invalid header %s", "uvicorn.error")
    assert "DOE" not in lines.getvalue()
