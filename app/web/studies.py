"""``/studies.json``, previews of frames, and lookup tables."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.errors import FrameMissing, TableMissing
from app.model import StudyRow
from app.web.access import resources_of, uid_of
from app.web.answers import Json
from app.web.encodings import packed
from streaming.vocabulary import FrameKey

DIGEST = re.compile(r"[0-9a-f]{64}")
KEPT = {"cache-control": "private, max-age=31536000, immutable"}


def row_as_json(row: StudyRow) -> dict[str, Any]:
    """One line of the study list, as the page embeds it and ``/studies.json`` answers it."""
    first = row.first
    return {
        "study": row.study,
        "date": row.date,
        "description": row.description,
        "patient": row.patient.to_dict(),
        "modalities": list(row.modalities),
        "series": row.series,
        "instances": row.instances,
        "frames": row.frames,
        "preview": None
        if first is None
        else f"/studies/{row.study}/instances/{first.key.instance}/frames/1/preview",
        "first": None
        if first is None
        else {
            "series": first.series,
            "modality": first.modality,
            "instance": first.key.instance,
            "frame": first.key.frame,
        },
        "notes": row.notes,
        "added_at": row.added_at,
        "phantom": row.phantom,
    }


async def studies(request: Request) -> Response:
    """The study list, what was added last first."""
    rows = await resources_of(request).catalog.studies()
    return Json([row_as_json(row) for row in rows])


async def preview(request: Request) -> Response:
    """A frame's Preview (WebP). It may change with the encoder's version, so it is kept for an hour
    only."""
    resources = resources_of(request)
    study, instance = uid_of(request, "study"), uid_of(request, "instance")
    if (await resources.catalog.original(instance)).study != study:
        raise FrameMissing("There is no such image in this study.", instance=instance)
    image = await resources.frames.preview(FrameKey(instance, request.path_params["frame"]))
    return Response(
        image, media_type="image/webp", headers={"cache-control": "private, max-age=3600"}
    )


async def table(request: Request) -> Response:
    """A lookup table or overlay by the SHA-256 of its bytes: the same for ever, compressed on the
    way."""
    identity = request.path_params["table"]
    if not DIGEST.fullmatch(identity):
        raise TableMissing("There is no such table here.")
    data = await resources_of(request).frames.table(identity)
    accepted = request.headers.get("accept-encoding", "")
    data, headers = await asyncio.to_thread(packed, accepted, data)
    return Response(data, media_type="application/octet-stream", headers=KEPT | headers)
