"""Bars as inline SVG. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 760
LEFT: Final = 90
RIGHT: Final = 70
ROW: Final = 34
COLOURS: Final = {"firstlight": "#1769aa", "peer": "#b0b7be", "floor": "#c62828"}


@dataclass(frozen=True)
class Bar:
    """One picture: seconds of ours and the peer's, and the floor as a mark; None: not reached."""

    label: str
    ours: float | None
    floor: float | None
    peer: float | None


def bars(rows: list[Bar]) -> str:
    """Return an SVG with two bars a row, ours above the peer's, and a red mark at the floor."""
    known = [v for row in rows for v in (row.ours, row.floor, row.peer) if v is not None]
    most = max(known, default=0.0) or 1.0
    height = ROW * len(rows) + 26
    drawn = [
        _row(row, 4 + ROW * number, (WIDTH - LEFT - RIGHT) / most)
        for number, row in enumerate(rows)
    ]
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" '
        f'font-family="system-ui,sans-serif" font-size="12">{"".join(drawn)}{_legend(height)}</svg>'
    )


def _row(row: Bar, top: int, unit: float) -> str:
    parts = [f'<text x="{LEFT - 8}" y="{top + 18}" text-anchor="end">{escape(row.label)}</text>']
    for value, place, name in ((row.ours, 2, "firstlight"), (row.peer, 14, "peer")):
        if value is None:
            continue
        width = max(1.0, value * unit)
        parts.append(
            f'<rect x="{LEFT}" y="{top + place}" width="{width:.1f}" height="11" '
            f'fill="{COLOURS[name]}"/>'
            f'<text x="{LEFT + width + 4:.1f}" y="{top + place + 10}">{value:.2f} s</text>'
        )
    if row.floor is not None:
        x = LEFT + row.floor * unit
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + 27}" '
            f'stroke="{COLOURS["floor"]}" stroke-width="2"/>'
        )
    return "".join(parts)


def _legend(height: int) -> str:
    names = {"firstlight": "Firstlight, readable", "peer": "best of the peer", "floor": "floor"}
    return "".join(
        f'<rect x="{LEFT + 180 * n}" y="{height - 14}" width="10" height="10" '
        f'fill="{COLOURS[key]}"/>'
        f'<text x="{LEFT + 180 * n + 15}" y="{height - 5}">{words}</text>'
        for n, (key, words) in enumerate(names.items())
    )
