"""The ``display`` of a Manifest as plain JSON values: windows, tables, overlays."""

from __future__ import annotations

import re
from typing import Any, Final

from streaming.errors import ManifestError
from streaming.fields import Fields, plain_numbers, unless, written
from streaming.manifest import Display, Overlay, Table, Window

MAX_SIDE: Final = 65_535
MAX_WINDOWS: Final = 64
MAX_OVERLAYS: Final = 16
MAX_SENTENCE: Final = 1000
MAX_WORD: Final = 64
MAX_VALUE: Final = 1 << 32

HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
COLOURS: Final = ("", "rgb", "ybr_full")
VOI_FUNCTIONS: Final = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


def _write_window(window: Window) -> dict[str, Any]:
    return written(
        center=window.center,
        width=window.width,
        explanation=unless(window.explanation, ""),
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
    return written(
        id=table.id,
        entries=table.entries,
        first=unless(table.first, 0),
        bits=unless(table.bits, 16),
        output_bits=unless(table.output_bits, 16),
        explanation=unless(table.explanation, ""),
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
    return written(
        group=overlay.group,
        table=overlay.table,
        rows=overlay.rows,
        columns=overlay.columns,
        row=overlay.row,
        column=overlay.column,
        label=unless(overlay.label, ""),
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


def write_display(display: Display) -> dict[str, Any]:
    """Return the JSON form; what is at its default is left out."""

    def table(value: Table | None) -> object:
        return None if value is None else _write_table(value)

    return written(
        slope=unless(display.slope, 1.0),
        intercept=unless(display.intercept, 0.0),
        unit=unless(display.unit, ""),
        modality_lut=table(display.modality_lut),
        windows=unless([_write_window(window) for window in display.windows], []),
        voi_function=unless(display.voi_function, "LINEAR"),
        voi_luts=unless([_write_table(lut) for lut in display.voi_luts], []),
        inverted=unless(display.inverted, False),
        padding=None if display.padding is None else list(display.padding),
        palette=table(display.palette),
        colour=unless(display.colour, ""),
        pixel_aspect=unless(plain_numbers(display.pixel_aspect), [1, 1]),
        overlays=unless([_write_overlay(overlay) for overlay in display.overlays], []),
    )


def read_display(fields: Fields) -> Display:
    """Take the fields of a display; raises ManifestError."""
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
