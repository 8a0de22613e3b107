"""A Viewport and what is held of a frame, as JSON values."""

from __future__ import annotations

from typing import Any, Final

from streaming.errors import WireError
from streaming.fields import EXACT_INTEGER, Fields, as_integer, as_items, plain_number
from streaming.holdings import MAX_TEXT, HeldFrame, Partial, read_runs, write_runs
from streaming.viewport import MAX_POSITION, MAX_REGION, MAX_SCALE, MAX_SPEED, Viewport
from streaming.vocabulary import (
    MAX_LAYERS,
    MAX_RESOLUTIONS,
    MAX_SEGMENT_BYTES,
    MAX_TILES,
    WindowLevel,
)
from streaming.wire.patterns import MANIFEST_ID, UID, read_frame

MAX_PARTIAL: Final = 4096


def write_viewport(viewport: Viewport) -> dict[str, Any]:
    """Return the viewport object, without ``type``."""
    window = viewport.window
    return {
        "generation": viewport.generation,
        "series": viewport.series,
        "position": viewport.position,
        "region": [plain_number(edge) for edge in viewport.region],
        "scale": plain_number(viewport.scale),
        "window": None
        if window is None
        else {"center": plain_number(window.center), "width": plain_number(window.width)},
        "speed": plain_number(viewport.speed),
        "saver": viewport.saver,
        "readable": viewport.readable,
        "paused": viewport.paused,
    }


def read_viewport(fields: Fields) -> Viewport:
    """Take the fields of a viewport; raises WireError."""
    viewport = Viewport(
        generation=fields.integer("generation", 1, EXACT_INTEGER),
        series=fields.match("series", UID),
        position=fields.integer("position", 1, MAX_POSITION),
        region=_read_region(fields),
        scale=fields.positive("scale", MAX_SCALE),
        window=None if fields.null("window") else _read_window(fields.fields("window")),
        speed=fields.number("speed", -MAX_SPEED, MAX_SPEED),
        saver=fields.flag("saver"),
        readable=fields.flag("readable"),
        paused=fields.flag("paused"),
    )
    fields.done()
    return viewport


def _read_region(fields: Fields) -> tuple[float, float, float, float]:
    left, top, right, bottom = fields.numbers("region", 4)
    if not (
        -MAX_REGION <= left < right <= MAX_REGION and -MAX_REGION <= top < bottom <= MAX_REGION
    ):
        raise WireError("A viewport's region must be left < right, top < bottom, within 1000000.")
    return left, top, right, bottom


def _read_window(fields: Fields) -> WindowLevel:
    window = WindowLevel(fields.number("center"), fields.positive("width"))
    fields.done()
    return window


def write_held(held: HeldFrame) -> dict[str, Any]:
    """Return what ``hello`` and ``open`` say of one frame."""
    return {
        "instance": held.frame.instance,
        "frame": held.frame.frame,
        "manifest": held.manifest,
        "held": write_runs(held.held),
        "partial": [list(partial) for partial in held.partial],
    }


def read_held(value: object) -> HeldFrame:
    """Read what ``hello`` and ``open`` say of one frame; raises WireError or HoldingsError."""
    fields = Fields(value, "A frame held", WireError)
    held = HeldFrame(
        frame=read_frame(fields),
        manifest=fields.match("manifest", MANIFEST_ID),
        held=read_runs(fields.text("held", MAX_TEXT)),
        partial=tuple(_read_partial(item) for item in fields.items("partial", MAX_PARTIAL)),
    )
    fields.done()
    return held


def _read_partial(value: object) -> Partial:
    items = as_items(value, "A part held", 4, WireError)
    if len(items) != 4:
        raise WireError("A part held is [tile, resolution, layer, bytes].")
    limits = (MAX_TILES - 1, MAX_RESOLUTIONS - 1, MAX_LAYERS - 1, MAX_SEGMENT_BYTES)
    tile, resolution, layer, length = (
        as_integer(item, "A part held", 0, limit, WireError)
        for item, limit in zip(items, limits, strict=True)
    )
    return tile, resolution, layer, length
