"""Bytes of what is told beside the pictures: the layout of a series, and its frames' manifests.

``python -m tests.tools.wire_size DIR [--frames 8]``, the folder being one series of single-frame
files. The layout is told with each instance by the one before, and plainly; the manifests of some
neighbouring slices whole, and each by the one before. Everything as compact JSON, uncompressed.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pydicom

from app.dicom.encode import encode_frame
from streaming.manifest import Manifest
from streaming.manifest_changes import ManifestChanges
from streaming.wire import InstanceLayout, ManifestMessage, SeriesLayout
from tests.tools.figures import figures


def bytes_of(value: Any) -> int:
    """Bytes of a value as it travels."""
    return len(orjson.dumps(value))


def layout(paths: list[Path]) -> dict[str, int]:
    """Bytes of the instances of a series: told as the protocol does, and plainly."""
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in paths]
    headers.sort(key=lambda header: int(header.InstanceNumber))
    instances = tuple(
        InstanceLayout(str(header.SOPInstanceUID), 1, int(header.InstanceNumber))
        for header in headers
    )
    series = SeriesLayout(str(headers[0].SeriesInstanceUID), 1, "CT", "", "", instances)
    plain = [
        {"instance": one.instance, "frames": one.frames, "number": one.number} for one in instances
    ]
    return {
        "instances": len(instances),
        "layout_bytes": bytes_of(series.to_dict()["instances"]),
        "layout_bytes_plain": bytes_of(plain),
    }


def manifests(paths: list[Path]) -> dict[str, int]:
    """Mean bytes of a manifest message: whole, and told by the slice before."""
    made = [encode_frame(path, 1).manifest for path in paths]
    whole = [_message(manifest, manifest) for manifest in made]
    changed = [_message(two, ManifestChanges.between(0, one, two)) for one, two in pairwise(made)]
    return {
        "manifest_bytes": sum(changed) // len(changed),
        "manifest_bytes_whole": sum(whole) // len(whole),
    }


def _message(manifest: Manifest, body: Manifest | ManifestChanges) -> int:
    return bytes_of(ManifestMessage(0, manifest.frame, manifest.id, body).to_dict())


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", type=int, default=8)
    arguments = parser.parse_args()
    paths = sorted(path for path in arguments.folder.iterdir() if path.is_file())
    figures(layout(paths) | manifests(paths[: arguments.frames]))


if __name__ == "__main__":
    main()
