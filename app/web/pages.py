"""The pages: the study list, the viewer, and the bare shell that an installed app starts from.

A page shows something before any script runs: the list its lines, the viewer the patient's
identity, the first frame's Preview and the word PREVIEW. It never waits long for that picture:
where the frame is not made in time, the page goes without it and the stream brings it.
"""

from __future__ import annotations

import asyncio
import base64
from typing import Any, Final

import orjson
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from app.errors import FirstlightError, FrameMissing
from app.model import SeriesLayout, StudyLayout
from app.resources import Resources
from app.web.access import resources_of, uid_of
from app.web.static import StaticFiles
from app.web.studies import row_as_json
from app.web.templates import FOLDER, page
from streaming.manifest import Manifest
from streaming.vocabulary import PROTOCOL_VERSION, SUBPROTOCOL, Coding, FrameKey

APP: Final = "src/pages/app"
LIST: Final = "src/pages/list"
EARLY: Final = (FOLDER / "early.js").read_text()
# What would end a <script> element, or be read as one, inside JSON text.
_ESCAPES: Final = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_TABLE: Final = str.maketrans(_ESCAPES)


async def study_list(request: Request) -> Response:
    """``GET /``: the study list, what was added last first."""
    rows = await resources_of(request).catalog.studies()
    listed = [row_as_json(row) for row in rows]
    return _page(request, "list.html", LIST, studies=listed, data=listed)


async def shell(request: Request) -> Response:
    """``GET /app``: a page that knows of no study and no patient; a service worker keeps it."""
    return _page(request, "shell.html")


async def viewer(request: Request) -> Response:
    """``GET /studies/{study}``: the viewer, opened at ``series`` and ``position`` (from 1)."""
    resources = resources_of(request)
    uid = uid_of(request, "study")
    latest = await resources.catalog.latest(uid)  # before the layout, which so contains it
    study = await resources.catalog.study(uid)
    series, position = _opening(request, study)
    key = series.stack()[position - 1]
    manifest, preview = await _first_frame(resources, key)
    data = {
        "study": study.to_dict(),
        "opening": {"series": series.series, "position": position},
        "manifest": None if manifest is None else manifest.to_dict(),
        "preview": preview,
        "latest": latest,
    }
    early = {
        "series": series.series,
        "position": position,
        "layout": latest,
        "have": None if manifest is None else manifest.id,
    }
    return _page(
        request,
        "viewer.html",
        data=data,
        early=early,
        study=study,
        series=series,
        position=position,
        frames=len(series.stack()),
        preview=preview,
        decodes=manifest is None or manifest.coding is not Coding.JPEG_SCANS,
    )


def _opening(request: Request, study: StudyLayout) -> tuple[SeriesLayout, int]:
    """The series and position asked for; what the study does not have becomes its beginning."""
    query = dict(request.query_params)
    series = study.find(query.get("series")) or study.find(None)
    if series is None:
        raise FrameMissing("This study has no images.", study=study.study)
    frames = sum(instance.frames for instance in series.instances)
    asked = query.get("position", "1")
    position = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    return series, min(max(position, 1), frames)


async def _first_frame(resources: Resources, key: FrameKey) -> tuple[Manifest | None, str | None]:
    """Manifest and Preview (as a data URL) of the frame, or neither when it takes too long or
    cannot be shown."""
    try:
        async with asyncio.timeout(resources.settings.page_wait_seconds):
            frame = await resources.frames.get(key)
            image = await resources.frames.preview(key)
    except (TimeoutError, FirstlightError):
        return None, None  # the stream brings it, or the sentence that says why not
    return frame.manifest, "data:image/webp;base64," + base64.b64encode(image).decode()


def _page(
    request: Request,
    template: str,
    *parts: str,
    data: Any = None,
    early: dict[str, Any] | None = None,
    decodes: bool = False,
    **values: Any,
) -> Response:
    """``parts`` of the build will be loaded by the app at once; ``early`` is what the socket that
    opens before any script of the build is told; where the page ``decodes`` at once, the decoder is
    fetched beside the scripts that will want it."""
    files: StaticFiles = request.app.state.static
    embedded = Markup(orjson.dumps(data).decode().translate(_TABLE))  # noqa: S704  # escaped here
    told = {name: value for name, value in (early or {}).items() if value is not None}
    entry = files.entry(APP, *parts)
    return page(
        request,
        template,
        entry=entry,
        rules=Markup(entry.rules),  # noqa: S704  # a file of ours
        decodes=decodes,
        data=embedded,
        early={"protocol": SUBPROTOCOL, "v": PROTOCOL_VERSION} | told,
        script=Markup(EARLY),  # noqa: S704  # a file of ours
        **values,
    )
