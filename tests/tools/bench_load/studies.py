"""What the viewers look at: real studies where there are any, phantoms otherwise; made ready."""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.demo import write_phantoms
from tests.tools.figures import say
from tests.tools.server import Server

CHOSEN: Final = (
    "ct/lung-A0001-chest-40x5mm",
    "mr/studyforrest-t1-40-slices",
    "xray-chest",
    "mammo/MG1-lossy-4664x3064",
    "us-still/US1-tissue-doppler",
    "xa",
)
"""Folders of the collection that stand for a day's work; another DIR is taken whole."""
MOST_FRAMES: Final = 240
"""Frames made ready, shared out among the series."""
AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Series:
    """A series that viewers open, and how many frames of its stack there are."""

    study: str
    series: str
    length: int


async def prepared(server: Server, folder: Path) -> list[Series]:
    """Import what ``folder`` has, have its frames coded, and return its series, longest first."""
    with tempfile.TemporaryDirectory(prefix="firstlight-phantoms-") as made:
        paths = await asyncio.to_thread(_paths, folder) or list(write_phantoms(Path(made), say))
        stored = (await server.import_paths(paths))["stored"]
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for one in stored:
        found[one["study"], one["series"]].append(one)
    share = max(1, MOST_FRAMES // len(found))
    series = []
    for (study, name), instances in found.items():
        length = await _code(server, study, instances, max(share, 40))
        if length:
            series.append(Series(study, name, length))
    return sorted(series, key=lambda one: -one.length)


def _paths(folder: Path) -> list[Path]:
    chosen = [folder / name for name in CHOSEN if (folder / name).is_dir()]
    return chosen or ([folder] if any(folder.rglob("*.dcm")) else [])


async def _code(server: Server, study: str, instances: list[dict[str, Any]], most: int) -> int:
    """Have frames coded; return how many there are, 0 where the first cannot be shown."""
    frames = [
        (one["instance"], frame) for one in instances for frame in range(1, one["frames"] + 1)
    ]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(instance: str, frame: int) -> bool:
        async with gate:
            path = f"/studies/{study}/instances/{instance}/frames/{frame}/preview"
            return (await server.get(path)).status_code == 200

    shown = await asyncio.gather(*(one(*frame) for frame in frames[:most]))
    return len(frames) if all(shown) else 0
