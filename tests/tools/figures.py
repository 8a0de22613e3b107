"""The one closing line of every bench, sweep and chaos command: ``FIGURES {json}``."""

from __future__ import annotations

import sys
from typing import Any

import orjson


def say(line: str = "") -> None:
    """Print a line at once: long work shows its progress even through a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def figures(values: dict[str, Any]) -> None:
    say("FIGURES " + orjson.dumps(values).decode())


def table(rows: list[tuple[str, ...]], header: tuple[str, ...]) -> None:
    """A plain table with columns as wide as their longest cell."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, tuple("-" * width for width in widths), *rows]:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
