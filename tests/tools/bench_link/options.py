"""What is asked of one run of the bench."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.tools.bench_link.images import FILES
from tests.tools.bench_link.lab import profile_names

PARTS: Final = ("open", "peer", "mind", "scrub", "resume", "faults")


@dataclass(frozen=True)
class Options:
    """``parts``: what is measured; see README.md."""

    profiles: tuple[str, ...]
    images: tuple[str, ...]
    runs: int
    folder: Path | None
    parts: tuple[str, ...]
    cc: str
    out: Path


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; an empty value is the default, as make passes it on."""
    parser = argparse.ArgumentParser(prog="bench-link", description=__doc__)
    parser.add_argument("--profiles", default="", help="comma separated; default: all")
    parser.add_argument("--images", default="", help=f"of {', '.join(FILES)}; default: all")
    parser.add_argument("--runs", default="", help="of each; default: 5")
    parser.add_argument("--dir", default="", help="a folder: every study in it is an image")
    parser.add_argument("--parts", default="", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--cc", default="cubic", choices=("cubic", "bbr", "reno"))
    parser.add_argument("--out", type=Path, default=Path(".build/bench-link"))
    found = parser.parse_args(arguments)
    profiles = _chosen(parser, "profile", found.profiles, profile_names())
    images = _chosen(parser, "image", found.images, tuple(FILES))
    parts = _chosen(parser, "part", found.parts, PARTS)
    runs = found.runs or "5"
    if not runs.isdigit() or int(runs) < 1:
        parser.error("--runs is a number from 1")
    folder = Path(found.dir) if found.dir else None
    return Options(profiles, images, int(runs), folder, parts, found.cc, found.out)


def _chosen(
    parser: argparse.ArgumentParser, kind: str, text: str, known: Sequence[str]
) -> tuple[str, ...]:
    chosen = tuple(text.replace(",", " ").split()) or tuple(known)
    for name in chosen:
        if name not in known:
            parser.error(f"there is no {kind} {name!r}; there are {', '.join(known)}")
    return chosen
