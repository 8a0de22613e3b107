"""The Manifest as plain JSON values, field by field as README.md has it, and the checks on reading.

Only ``Manifest.to_dict`` and ``Manifest.from_dict`` call this module.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Any, Final

from streaming.errors import ManifestError
from streaming.fields import (
    Fields,
    as_integer,
    as_number,
    as_text,
    plain_number,
    plain_numbers,
    unless,
    written,
)
from streaming.manifest import (
    Geometry,
    Header,
    Manifest,
    Mapping,
    Plane,
    Reach,
    Source,
    Tile,
)
from streaming.manifest_checks import check_manifest
from streaming.manifest_display import (
    MAX_SENTENCE,
    MAX_SIDE,
    MAX_VALUE,
    MAX_WORD,
    read_display,
    write_display,
)
from streaming.vocabulary import (
    MAX_LAYERS,
    MAX_RESOLUTIONS,
    MAX_TILES,
    Coding,
    FrameKey,
)

VERSION: Final = 1
MAX_SAMPLES: Final = 4
MAX_PLANES: Final = 8
MAX_REACHES: Final = 8
MAX_HEADERS: Final = 64
MAX_HEADER_BYTES: Final = 4096
MAX_PACKETS: Final = 1 << 24
MAX_WARNINGS: Final = 64
MAX_LAYER_BYTES: Final = 1 << 31
MAX_SOURCE_BYTES: Final = 1 << 40

MANIFEST_ID = re.compile(r"[A-Za-z0-9_-]{16}")
UID = re.compile(r"[0-9.]{1,64}")
BASE64_DIGEST = re.compile(r"[A-Za-z0-9+/]{43}=")


def write_manifest(manifest: Manifest) -> dict[str, Any]:
    """Return the JSON form; the order of the keys is README.md's."""
    form: dict[str, Any] = {
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
        "display": write_display(manifest.display),
        "geometry": _write_geometry(manifest.geometry),
        "source": written(
            transfer_syntax=manifest.source.transfer_syntax,
            bytes=manifest.source.bytes,
            lossy=unless(manifest.source.lossy, False),
        ),
    }
    if manifest.mapping is not None:
        form["mapping"] = {
            "slope": plain_number(manifest.mapping.slope),
            "intercept": plain_number(manifest.mapping.intercept),
            "exact": manifest.mapping.exact,
            "label": manifest.mapping.label,
        }
    if manifest.warnings:
        form["warnings"] = list(manifest.warnings)
    return form


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
        display=read_display(fields.fields("display")),
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


def _write_plane(plane: Plane) -> dict[str, Any]:
    return written(
        component=plane.component,
        shift=plane.shift,
        layers=plain_numbers(plane.layers),
        alone=unless([_write_reach(reach) for reach in plane.alone], []),
    )


def _read_plane(value: object) -> Plane:
    fields = Fields(value, "A plane", ManifestError)
    plane = Plane(
        component=fields.integer("component", 0, MAX_SAMPLES - 1)
        if fields.has("component")
        else None,
        shift=fields.integer("shift", 0, 48),
        layers=_read_layers(fields),
        alone=tuple(
            _read_reach(reach) for reach in fields.items("alone", MAX_REACHES, absent=True)
        ),
    )
    fields.done()
    return plane


def _write_reach(reach: Reach) -> dict[str, Any]:
    return written(low=reach.low, high=reach.high, layers=plain_numbers(reach.layers))


def _read_reach(value: object) -> Reach:
    fields = Fields(value, "A reach", ManifestError)
    reach = Reach(
        low=fields.integer("low", -MAX_VALUE, MAX_VALUE),
        high=fields.integer("high", -MAX_VALUE, MAX_VALUE),
        layers=_read_layers(fields),
    )
    fields.done()
    return reach


def _read_layers(fields: Fields) -> tuple[float, ...]:
    return tuple(
        as_number(rmse, "A layer's error", 0, MAX_VALUE, ManifestError)
        for rmse in fields.items("layers", MAX_LAYERS)
    )


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
    return written(
        plane=unless(tile.plane, 0),
        column=tile.column,
        row=tile.row,
        columns=tile.columns,
        rows=tile.rows,
        sha256=tile.sha256,
        header=tile.header,
        constant=None if tile.constant is None else list(tile.constant),
        bytes=unless(list(tile.bytes), []),
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


def _write_geometry(geometry: Geometry) -> dict[str, Any]:
    return written(
        edges=unless(list(geometry.edges), [""] * 4),
        laterality=unless(geometry.laterality, ""),
        spacing_mm=None if geometry.spacing_mm is None else plain_numbers(geometry.spacing_mm),
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
