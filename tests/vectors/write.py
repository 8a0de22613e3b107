"""Write the golden vectors: ``python -m tests.vectors.write``. README.md says what is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from tests.vectors.assembled import assembled, scans
from tests.vectors.messages import holdings, manifests, openings, segments, server, viewer
from tests.vectors.pictures import viewports
from tests.vectors.transcript import transcript

FOLDER: Final = Path(__file__).parent


def vectors() -> dict[str, Any]:
    """Return the content of each file by its name."""
    return {
        "viewer_messages.json": viewer(),
        "server_messages.json": server(),
        "segments.json": segments(),
        "manifests.json": manifests(),
        "holdings.json": holdings(),
        "openings.json": openings(),
        "viewports.json": viewports(),
        "assemble.json": assembled(),
        "scans.json": scans(),
        "transcript.json": transcript(),
    }


def written(content: Any) -> str:
    """Return the text of a file."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write all files."""
    for name, content in vectors().items():
        (FOLDER / name).write_text(written(content), encoding="utf-8")


if __name__ == "__main__":
    main()
