"""``POST /upload``: one file or one zip a request (multipart, field ``file``), through the one
door."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from app.errors import BadRequest, TooLarge
from app.web.access import resources_of
from app.web.answers import Json

MIB: Final = 1024 * 1024
CHUNK: Final = 1024 * 1024


async def upload(request: Request) -> Response:
    """200 with ``{stored, refused}``, whatever became of each file; an error only where there was
    no file."""
    resources = resources_of(request)
    counted = _counted(request, resources.settings.upload_max_mb)
    with tempfile.TemporaryDirectory(dir=resources.incoming) as folder:
        path = Path(folder) / "file"
        async with counted.form(max_files=1, max_fields=0) as form:
            sent = form.get("file")
            if not isinstance(sent, UploadFile):
                raise BadRequest('There is no file in this request: send one in the field "file".')
            name = sent.filename or "file"
            await asyncio.to_thread(_copy, sent.file, path)
        received = await resources.intake.take([(name, path)])
    return Json(received.to_dict())


def _copy(source: BinaryIO, path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, CHUNK)


def _counted(request: Request, most_mb: int) -> Request:
    """The same request, refused as soon as more than ``most_mb`` MiB of it have come in."""
    count = 0

    async def receive() -> Message:
        nonlocal count
        message = await request.receive()
        count += len(message.get("body", b""))
        if count > most_mb * MIB:
            raise TooLarge(
                f"The upload is larger than {most_mb} MiB, the most this server takes: split it."
            )
        return message

    return Request(request.scope, receive)
