"""The Manifest as plain JSON values, field by field as README.md has it, and the checks on reading.

Only ``Manifest.to_dict`` and ``Manifest.from_dict`` call this module.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from typing import Any, Final

from streaming.errors import ManifestError
from streaming.fields import Fields, as_integer, as_number, as_text, plain_number
from streaming.manifest import (
    Display,
    Geometry,
    Header,
    Manifest,
    Mapping,
    Overlay,
    Plane,
    Source,
    Table,
    Tile,
    Window,
)
from streaming.manifest_checks import check_manifest
from streaming.vocabulary import (
    MAX_LAYERS,
    MAX_RESOLUTIONS,
    MAX_TILES,
    Coding,
    FrameKey,
)

VERSION: Final = 1
MAX_SIDE: Final = 65_535
MAX_SAMPLES: Final = 4
MAX_PLANES: Final = 8
MAX_HEADERS: Final = 64
MAX_HEADER_BYTES: Final = 4096
MAX_PACKETS: Final = 1 << 24
MAX_WINDOWS: Final = 64
MAX_OVERLAYS: Final = 16
MAX_WARNINGS: Final = 64
MAX_SENTENCE: Final = 1000
MAX_WORD: Final = 64
MAX_VALUE: Final = 1 << 32
MAX_LAYER_BYTES: Final = 1 << 31
MAX_SOURCE_BYTES: Final = 1 << 40

MANIFEST_ID = re.compile(r"[A-Za-z0-9_-]{16}")
UID = re.compile(r"[0-9.]{1,64}")
HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
BASE64_DIGEST = re.compile(r"[A-Za-z0-9+/]{43}=")
COLOURS: Final = ("", "rgb", "ybr_full")
VOI_FUNCTIONS: Final = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


def write_manifest(manifest: Manifest) -> dict[str, Any]:
    """Return the JSON form; the order of the keys is README.md's."""
    written: dict[str, Any] = {
        "version": VERSION,
        "id": manifest.id,
        "instance": manifest.frame.instance,
        "frame": manifest.frame.frame,
        "coding": manifest.coding.value,
        "rows": manifest.rows,
        "columns": manifest.columns,
        "samples_per_pixel": manifest.samples_per_pixel,
        "bits_stored": manifest.bits_stored,
        "signed": manifest.signed,
        "offset": manifest.offset,
        "photometric_interpretation": manifest.photometric_interpretation,
        "resolutions": manifest.resolutions,
        "planes": [_write_plane(plane) for plane in manifest.planes],
        "headers": [
            {"data": b64encode(header.data).decode(), "packets": list(header.packets)}
            for header in manifest.headers
        ],
        "tiles": [_write_tile(tile) for tile in manifest.tiles],
        "display": _write_display(manifest.display),
        "geometry": _write_geometry(manifest.geometry),
        "source": _written(
            transfer_syntax=manifest.source.transfer_syntax,
            bytes=manifest.source.bytes,
            lossy=_unless(manifest.source.lossy, False),
        ),
    }
    if manifest.mapping is not None:
        written["mapping"] = {
            "slope": plain_number(manifest.mapping.slope),
            "intercept": plain_number(manifest.mapping.intercept),
            "exact": manifest.mapping.exact,
            "label": manifest.mapping.label,
        }
    if manifest.warnings:
        written["warnings"] = list(manifest.warnings)
    return written


def read_manifest(value: object) -> Manifest:
    """Read and check the JSON form; raises ManifestError with what is wrong."""
    fields = Fields(value, "A manifest", ManifestError)
    if fields.integer("version", 0, 1 << 30) != VERSION:
        raise ManifestError("The manifest is of another version: reload the page.")
    manifest = Manifest(
        id=fields.match("id", MANIFEST_ID),
        frame=FrameKey(fields.match("instance", UID), fields.integer("frame", 1, 1 << 31)),
        coding=Coding(fields.choice("coding", tuple(coding.value for coding in Coding))),
        rows=fields.integer("rows", 1, MAX_SIDE),
        columns=fields.integer("columns", 1, MAX_SIDE),
        samples_per_pixel=fields.integer("samples_per_pixel", 1, MAX_SAMPLES),
        bits_stored=fields.integer("bits_stored", 1, 64),
        signed=fields.flag("signed"),
        offset=fields.integer("offset", -(1 << 53), 1 << 53),
        photometric_interpretation=fields.text("photometric_interpretation", MAX_WORD),
        resolutions=fields.integer("resolutions", 1, MAX_RESOLUTIONS),
        planes=tuple(_read_plane(plane) for plane in fields.items("planes", MAX_PLANES)),
        headers=tuple(_read_header(header) for header in fields.items("headers", MAX_HEADERS)),
        tiles=tuple(_read_tile(tile) for tile in fields.items("tiles", MAX_TILES)),
        display=_read_display(fields.fields("display")),
        geometry=_read_geometry(fields.fields("geometry")),
        source=_read_source(fields.fields("source")),
        mapping=_read_mapping(fields.fields("mapping")) if fields.has("mapping") else None,
        warnings=tuple(
            as_text(warning, "A warning", MAX_SENTENCE, ManifestError)
            for warning in fields.items("warnings", MAX_WARNINGS, absent=True)
        ),
    )
    fields.done()
    check_manifest(manifest)
    return manifest


def _unless(value: object, default: object) -> object:
    """Return None, which leaves the field out, where ``value`` is the default."""
    return None if value == default else value


def _written(**fields: object) -> dict[str, Any]:
    """Return the fields that are not None, in order."""
    return {
        name: plain_number(value) if isinstance(value, float) else value
        for name, value in fields.items()
        if value is not None
    }


def _numbers(values: Iterable[float]) -> list[int | float]:
    return [plain_number(value) for value in values]


def _write_plane(plane: Plane) -> dict[str, Any]:
    return _written(component=plane.component, shift=plane.shift, layers=_numbers(plane.layers))


def _read_plane(value: object) -> Plane:
    fields = Fields(value, "A plane", ManifestError)
    plane = Plane(
        component=fields.integer("component", 0, MAX_SAMPLES - 1)
        if fields.has("component")
        else None,
        shift=fields.integer("shift", 0, 48),
        layers=tuple(
            as_number(rmse, "A layer's error", 0, MAX_VALUE, ManifestError)
            for rmse in fields.items("layers", MAX_LAYERS)
        ),
    )
    fields.done()
    return plane


def _read_header(value: object) -> Header:
    fields = Fields(value, "A header", ManifestError)
    text = fields.text("data", 2 * MAX_HEADER_BYTES)
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise ManifestError("A header's data is not base64.") from None
    packets = tuple(
        as_integer(count, "A header's packets", 1, MAX_PACKETS, ManifestError)
        for count in fields.items("packets", MAX_RESOLUTIONS)
    )
    fields.done()
    return Header(data, packets)


def _write_tile(tile: Tile) -> dict[str, Any]:
    return _written(
        plane=_unless(tile.plane, 0),
        column=tile.column,
        row=tile.row,
        columns=tile.columns,
        rows=tile.rows,
        sha256=tile.sha256,
        header=tile.header,
        constant=None if tile.constant is None else list(tile.constant),
        bytes=_unless(list(tile.bytes), []),
    )


def _read_tile(value: object) -> Tile:
    fields = Fields(value, "A tile", ManifestError)
    tile = Tile(
        plane=fields.integer("plane", 0, MAX_PLANES - 1, default=0),
        column=fields.integer("column", 0, MAX_SIDE),
        row=fields.integer("row", 0, MAX_SIDE),
        columns=fields.integer("columns", 1, MAX_SIDE),
        rows=fields.integer("rows", 1, MAX_SIDE),
        sha256=fields.match("sha256", BASE64_DIGEST),
        header=fields.integer("header", 0, MAX_HEADERS - 1) if fields.has("header") else None,
        constant=tuple(
            as_integer(sample, "A constant", 0, 65_535, ManifestError)
            for sample in fields.items("constant", MAX_SAMPLES)
        )
        if fields.has("constant")
        else None,
        bytes=tuple(
            as_integer(length, "A layer's bytes", 1, MAX_LAYER_BYTES, ManifestError)
            for length in fields.items("bytes", MAX_LAYERS, absent=True)
        ),
    )
    fields.done()
    return tile


def _write_window(window: Window) -> dict[str, Any]:
    return _written(
        center=window.center,
        width=window.width,
        explanation=_unless(window.explanation, ""),
    )


def _read_window(value: object) -> Window:
    fields = Fields(value, "A window", ManifestError)
    window = Window(
        center=fields.number("center"),
        width=fields.positive("width"),
        explanation=fields.text("explanation", MAX_SENTENCE, default=""),
    )
    fields.done()
    return window


def _write_table(table: Table) -> dict[str, Any]:
    return _written(
        id=table.id,
        entries=table.entries,
        first=_unless(table.first, 0),
        bits=_unless(table.bits, 16),
        output_bits=_unless(table.output_bits, 16),
        explanation=_unless(table.explanation, ""),
    )


def _read_table(fields: Fields) -> Table:
    table = Table(
        id=fields.match("id", HEX_DIGEST),
        entries=fields.integer("entries", 1, 65_536),
        first=fields.integer("first", -MAX_VALUE, MAX_VALUE, default=0),
        bits=fields.integer("bits", 1, 16, default=16),
        output_bits=fields.integer("output_bits", 1, 16, default=16),
        explanation=fields.text("explanation", MAX_SENTENCE, default=""),
    )
    if table.bits not in (1, 8, 16):
        raise ManifestError("A table's entries have 1, 8 or 16 bits.")
    fields.done()
    return table


def _read_tables(fields: Fields, name: str) -> tuple[Table, ...]:
    return tuple(
        _read_table(Fields(value, "A table", ManifestError))
        for value in fields.items(name, MAX_WINDOWS, absent=True)
    )


def _write_overlay(overlay: Overlay) -> dict[str, Any]:
    return _written(
        group=overlay.group,
        table=overlay.table,
        rows=overlay.rows,
        columns=overlay.columns,
        row=overlay.row,
        column=overlay.column,
        label=_unless(overlay.label, ""),
    )


def _read_overlay(value: object) -> Overlay:
    fields = Fields(value, "An overlay", ManifestError)
    overlay = Overlay(
        group=fields.integer("group", 0x6000, 0x60FF),
        table=fields.match("table", HEX_DIGEST),
        rows=fields.integer("rows", 1, MAX_SIDE),
        columns=fields.integer("columns", 1, MAX_SIDE),
        row=fields.integer("row", -MAX_SIDE, MAX_SIDE),
        column=fields.integer("column", -MAX_SIDE, MAX_SIDE),
        label=fields.text("label", MAX_WORD, default=""),
    )
    fields.done()
    return overlay


def _write_display(display: Display) -> dict[str, Any]:
    def table(value: Table | None) -> object:
        return None if value is None else _write_table(value)

    return _written(
        slope=_unless(display.slope, 1.0),
        intercept=_unless(display.intercept, 0.0),
        unit=_unless(display.unit, ""),
        modality_lut=table(display.modality_lut),
        windows=_unless([_write_window(window) for window in display.windows], []),
        voi_function=_unless(display.voi_function, "LINEAR"),
        voi_luts=_unless([_write_table(lut) for lut in display.voi_luts], []),
        inverted=_unless(display.inverted, False),
        padding=None if display.padding is None else list(display.padding),
        palette=table(display.palette),
        colour=_unless(display.colour, ""),
        pixel_aspect=_unless(_numbers(display.pixel_aspect), [1, 1]),
        overlays=_unless([_write_overlay(overlay) for overlay in display.overlays], []),
    )


def _read_display(fields: Fields) -> Display:
    padding = None
    if fields.has("padding"):
        first, last = fields.numbers("padding", 2)
        if not (first.is_integer() and last.is_integer() and first <= last):
            raise ManifestError("The padding must be two integers, the lower first.")
        padding = (int(first), int(last))
    aspect = fields.numbers("pixel_aspect", 2) if fields.has("pixel_aspect") else (1.0, 1.0)
    if not all(1e-3 <= side <= 1e3 for side in aspect):
        raise ManifestError("A pixel's sides must be from 0.001 to 1000.")

    def table(name: str) -> Table | None:
        return _read_table(fields.fields(name)) if fields.has(name) else None

    display = Display(
        slope=fields.number("slope", default=1.0),
        intercept=fields.number("intercept", default=0.0),
        unit=fields.text("unit", MAX_WORD, default=""),
        modality_lut=table("modality_lut"),
        windows=tuple(
            _read_window(window) for window in fields.items("windows", MAX_WINDOWS, absent=True)
        ),
        voi_function=fields.choice("voi_function", VOI_FUNCTIONS, default="LINEAR"),
        voi_luts=_read_tables(fields, "voi_luts"),
        inverted=fields.flag("inverted", default=False),
        padding=padding,
        palette=table("palette"),
        colour=fields.choice("colour", COLOURS, default=""),
        pixel_aspect=(aspect[0], aspect[1]),
        overlays=tuple(
            _read_overlay(overlay)
            for overlay in fields.items("overlays", MAX_OVERLAYS, absent=True)
        ),
    )
    fields.done()
    return display


def _write_geometry(geometry: Geometry) -> dict[str, Any]:
    return _written(
        edges=_unless(list(geometry.edges), [""] * 4),
        laterality=_unless(geometry.laterality, ""),
        spacing_mm=None if geometry.spacing_mm is None else _numbers(geometry.spacing_mm),
    )


def _read_geometry(fields: Fields) -> Geometry:
    edges = ("", "", "", "")
    if fields.has("edges"):
        items = fields.items("edges", 4)
        if len(items) != 4:
            raise ManifestError("The edges are left, top, right, bottom.")
        left, top, right, bottom = (
            as_text(item, "An edge's letters", MAX_WORD, ManifestError) for item in items
        )
        edges = (left, top, right, bottom)
    spacing = None
    if fields.has("spacing_mm"):
        between_rows, between_columns = fields.numbers("spacing_mm", 2)
        if between_rows <= 0 or between_columns <= 0:
            raise ManifestError("The spacing must be above zero.")
        spacing = (between_rows, between_columns)
    geometry = Geometry(
        edges=edges,
        laterality=fields.choice("laterality", ("", "L", "R", "B", "U"), default=""),
        spacing_mm=spacing,
    )
    fields.done()
    return geometry


def _read_source(fields: Fields) -> Source:
    source = Source(
        transfer_syntax=fields.match("transfer_syntax", UID),
        bytes=fields.integer("bytes", 0, MAX_SOURCE_BYTES),
        lossy=fields.flag("lossy", default=False),
    )
    fields.done()
    return source


def _read_mapping(fields: Fields) -> Mapping:
    mapping = Mapping(
        slope=fields.number("slope"),
        intercept=fields.number("intercept"),
        exact=fields.flag("exact"),
        label=fields.text("label", MAX_SENTENCE),
    )
    fields.done()
    return mapping
