"""The peer's page, installed and built on demand under ``.build``: never part of the product."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.tools.bench_link.lab import ROOT

SOURCE: Final = Path(__file__).parent / "peer"
BUILT: Final = ROOT / ".build" / "bench-link" / "peer"
VITE: Final = ROOT / "frontend" / "node_modules" / "vite" / "bin" / "vite.js"


class PeerMissing(Exception):
    """The peer cannot be had here; the sentence says why."""


def built_peer() -> Path:
    """Return the folder of the built page, made anew where its sources changed.

    Raises PeerMissing where npm cannot install it.
    """
    sources = sorted(path for path in SOURCE.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = BUILT / "built"
    if stamp.is_file() and stamp.read_text() == digest:
        return BUILT / "dist"
    BUILT.mkdir(parents=True, exist_ok=True)
    for path in sources:
        shutil.copy(path, BUILT / path.name)
    for command in (
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        ["node", str(VITE), "build", "--logLevel", "error"],
    ):
        done = subprocess.run(command, cwd=BUILT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PeerMissing(f"`{' '.join(command[:2])}` failed: {done.stderr.strip()[-500:]}")
    stamp.write_text(digest)
    return BUILT / "dist"
