"""``GET /studies/{study}/instances/{instance}/motion``: a cine as small video, part by part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.errors import BadRequest, FirstlightError, FrameMissing
from app.motion import MOTION
from app.observe.log import get_logger
from app.web.access import resources_of, uid_of

KEPT: Final = "private, max-age=31536000, immutable"
MEDIA_TYPE: Final = "application/octet-stream"

log = get_logger("motion")


async def motion(request: Request) -> Response:
    """The motion document. ``?frame=N`` begins with the part that holds frame N: after a cut, or
    where the reader is; ``?frame=0`` is the header alone, for a player that plays the images
    themselves."""
    resources = resources_of(request)
    study, instance = uid_of(request, "study"), uid_of(request, "instance")
    original = await resources.catalog.original(instance)
    if original.study != study:
        raise FrameMissing("There is no such image in this study.", instance=instance)
    frame = _frame(request)
    tag = f'"{MOTION}-{original.sha256[:24]}-{frame}"'
    whole = await resources.motions.whole(original)
    # While parts are still to be made, one may fail and the answer end early: not to be kept.
    headers = {"etag": tag, "cache-control": KEPT if whole or frame == 0 else "no-store"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    head = await resources.motions.head(original)
    if frame > head.frames:
        raise FrameMissing("There is no such frame in this image.", frame=frame)
    if frame == 0:
        blocks = resources.motions.document(original, head.parts + 1)
    else:
        part = (frame - 1) // head.part_frames + 1
        # Made before the answer begins, so that what is wrong with it has a status of its own.
        await resources.motions.part(original, part)
        blocks = resources.motions.document(original, part)
    return StreamingResponse(_until_error(blocks), headers=headers, media_type=MEDIA_TYPE)


async def _until_error(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """All blocks; after the first, an error ends the document early, and whoever asks for the part
    that is missing is told the reason."""
    try:
        async for block in blocks:
            yield block
    except FirstlightError as error:
        log.warning("motion_ended_early", code=error.code)


def _frame(request: Request) -> int:
    given = request.query_params.get("frame", "1")
    if not (given.isascii() and given.isdecimal() and len(given) <= 6):
        raise BadRequest("The frame to begin with is a whole number, from 0.")
    return int(given)
