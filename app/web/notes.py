"""``PUT /studies/{study}/notes/{id}``: a note from a phone's outbox when no viewer is open.
Idempotent."""

from __future__ import annotations

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.clock import now
from app.consult.notes import check
from app.errors import BadRequest, NoteInvalid
from app.model import Note, StoredNote
from app.resources import Resources
from app.web.access import resources_of, uid_of
from app.web.answers import Json
from streaming.errors import WireError

MAX_BODY: Final = 64 * 1024


async def put_note(request: Request) -> Response:
    """201 when it was stored now, 200 when it was stored already; both with ``{id, sequence,
    stored_at}``."""
    study = uid_of(request, "study")
    note = _read(await _body(request))
    if note.id != request.path_params["id"]:
        raise NoteInvalid("The note's id is not the one in its address.")
    stored, new = await store_note(resources_of(request), study, note)
    answer = {"id": stored.note.id, "sequence": stored.sequence, "stored_at": stored.stored_at}
    return Json(answer, 201 if new else 200)


async def store_note(resources: Resources, study: str, note: Note) -> tuple[StoredNote, bool]:
    """Check a note, make it durable, and tell whoever looks at the study; the flag is False for one
    stored before.

    Raises
    ------
    StudyMissing, NoteInvalid, NoteConflict
        It will never be stored as it is.
    """
    check(note, await resources.catalog.study(study))
    stored, new = await resources.catalog.add_note(study, note, now())
    await resources.bus.publish(study)
    return stored, new


def _read(body: bytes) -> Note:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest("The note is not JSON.") from error
    if isinstance(value, dict):
        value.pop("type", None)
    try:
        return Note.from_dict(value)
    except WireError as error:
        raise NoteInvalid(f"The note cannot be stored: {error}") from error


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise NoteInvalid("The note is too long.")
    return body
