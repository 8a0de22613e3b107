"""``make bench-motion``: what motion costs, cine by cine.

For every file of at least eight frames that can be shown: bytes of the motion proxy a frame and a
second at the file's own rate; beside them, a frame, the stream's first layer (coarse), its bytes to
4 grey levels (readable) and the source's; how far the proxy is from the picture (RMSE in grey
levels, at the proxy's size); frames made a second on one core, decoding included. With
``--codecs``, the encoders that the wheel has, at equal error.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from app.dicom.encode import encode
from app.dicom.motion import MotionHead, MotionPart, motion_head, motion_part, picture_of
from app.dicom.part10 import Part10, quiet, read_part10
from app.dicom.pixels import source_bytes
from app.errors import FirstlightError
from tests.tools.figures import figures, say, table
from tests.tools.motion_codecs import compare_codecs
from tests.tools.rate import bytes_and_error

LEAST_FRAMES = 8
LEAST_SIDE = 64
COARSE, READABLE = 16, 4
"""Grey levels of error."""


@dataclass(frozen=True)
class Measured:
    name: str
    head: MotionHead
    proxy: float
    """Bytes a frame, as all others."""
    coarse: float
    readable: float
    source: float
    error: float
    frames_per_second: float

    @property
    def kbit_s(self) -> float:
        return self.proxy * 8 * self.head.timing.rate / 1000


def measure(part10: Part10, name: str) -> Measured:
    head = motion_head(part10)
    start = time.process_time()
    parts = [motion_part(part10, part) for part in range(1, head.parts + 1)]
    seconds = time.process_time() - start
    sampled = sorted({1, (head.frames + 1) // 2, head.frames})
    curves = [list(bytes_and_error(encode(part10, frame))) for frame in sampled]
    return Measured(
        name=name,
        head=head,
        proxy=sum(len(chunk) for part in parts for chunk in part.chunks) / head.frames,
        coarse=statistics.mean(_first(curve, COARSE) for curve in curves),
        readable=statistics.mean(_first(curve, READABLE) for curve in curves),
        source=statistics.mean(source_bytes(part10, frame) for frame in sampled),
        error=_error(part10, head, parts),
        frames_per_second=head.frames / seconds,
    )


def _first(curve: list[tuple[int, float]], error: float) -> int:
    return next((held for held, left in curve if left <= error), curve[-1][0])


def _error(part10: Part10, head: MotionHead, parts: list[MotionPart]) -> float:
    """RMSE of all frames, grey levels."""
    squares, frame = [], 0
    for part in parts:
        decoder = av.CodecContext.create("vp9", "r")
        for chunk in (*part.chunks, None):
            for shown in decoder.decode(None if chunk is None else av.Packet(chunk)):
                frame += 1
                rgb = shown.reformat(format="rgb24", src_colorspace="ITU709")
                want = picture_of(part10, frame, head).astype(float)
                squares.append(float(np.mean((rgb.to_ndarray().astype(float) - want) ** 2)))
    return float(np.sqrt(np.mean(squares)))


def cines(folder: Path) -> list[tuple[str, Part10]]:
    """The files that hold one; the same pixels in another coding count once."""
    found: dict[str, tuple[str, Part10]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            part10 = read_part10(path)
            if part10.frames < LEAST_FRAMES or min(part10.rows, part10.columns) < LEAST_SIDE:
                continue
            motion_part(part10, 1)
        except FirstlightError:
            continue  # `make sweep` says why
        found.setdefault(
            str(part10.dataset.get("SOPInstanceUID", path.name)),
            (str(path.relative_to(folder)), part10),
        )
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path("../shared/data/public"))
    parser.add_argument("--codecs", action="store_true", help="compare the encoders instead")
    options = parser.parse_args()
    with quiet():
        found = cines(options.dir)
        if options.codecs:
            compare_codecs(found)
            return
        results = []
        for name, part10 in found:
            results.append(measure(part10, name))
            say(f"{len(results)}: {name}")
    table(
        [
            (
                r.name.split("/")[-2] + "/" + r.name.split("/")[-1] if "/" in r.name else r.name,
                str(r.head.frames),
                f"{r.head.width}x{r.head.height}",
                f"{r.head.timing.rate:.1f}",
                f"{r.proxy:,.0f}",
                f"{r.kbit_s:,.0f}",
                f"{r.coarse:,.0f}",
                f"{r.readable:,.0f}",
                f"{r.source:,.0f}",
                f"{r.error:.1f}",
                f"{r.frames_per_second:.0f}",
            )
            for r in results
        ],
        (
            *("cine", "frames", "proxy", "rate", "B/frame", "kbit/s"),
            *("coarse B", "readable B", "source B", "rmse gl", "made/s"),
        ),
    )
    figures(
        {
            "files": len(results),
            "proxy_kbit_s_median": _median([r.kbit_s for r in results]),
            "proxy_vs_source_median": _median([r.proxy / r.source for r in results], 4),
            "proxy_vs_coarse_median": _median([r.proxy / r.coarse for r in results], 4),
            "encode_fps_median": _median([r.frames_per_second for r in results]),
        }
    )


def _median(values: list[float], digits: int = 1) -> float | None:
    return round(statistics.median(values), digits) if values else None


if __name__ == "__main__":
    main()
