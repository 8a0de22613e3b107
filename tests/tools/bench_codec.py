"""``make bench-codec``: what the coding costs, file by file.

For the first frame of every file that can be shown: bytes of the source, ours to lossless, JPEG-LS
and single-layer JPEG 2000 of the same samples, bytes to 8, 4, 2 and 1 grey levels at the resolution
a phone shows, encode speed on one core, and decode time in a Chromium worker.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
import orjson
from numpy.typing import NDArray
from PIL import Image

from app.dicom.encode import EncodedFrame, encode_frame
from app.dicom.encode_source import J2K_SYNTAXES
from app.dicom.pixels import decode_frame
from app.errors import FirstlightError
from streaming.vocabulary import Coding
from tests.tools.decode_timing import decode_times
from tests.tools.figures import figures, say, table
from tests.tools.rate import bytes_and_error

TARGETS = (8, 4, 2, 1)


@dataclass
class Measured:
    name: str
    coding: Coding
    source: int
    ours: int
    single_layer: int | None
    jpeg_ls: int | None
    megapixels_per_second: float
    reached: dict[int, int | None]
    encoded: EncodedFrame


def single_layer_bytes(encoded: EncodedFrame, samples: NDArray[np.generic]) -> int | None:
    """The same samples as one reversible JPEG 2000 codestream of one tile and one layer."""
    coded = _coded(encoded, samples)
    if coded is None:
        return None
    options = {"mct": 1} if coded.ndim == 3 else {}
    buffer = io.BytesIO()
    Image.fromarray(coded).save(
        buffer,
        "JPEG2000",
        no_jp2=True,
        irreversible=False,
        num_resolutions=encoded.manifest.resolutions,
        **options,
    )
    return len(buffer.getvalue())


def jpeg_ls_bytes(encoded: EncodedFrame, samples: NDArray[np.generic]) -> int | None:
    coded = _coded(encoded, samples)
    return None if coded is None else len(imagecodecs.jpegls_encode(coded))


def _coded(encoded: EncodedFrame, samples: NDArray[np.generic]) -> NDArray[np.generic] | None:
    manifest = encoded.manifest
    if manifest.mapping is not None or len(manifest.planes) > 1:
        return None
    if samples.dtype.itemsize * 8 > 8:
        return (samples.astype(np.int64) + manifest.offset).astype(np.uint16)
    return (samples.astype(np.int64) + manifest.offset).astype(np.uint8)


def measure(path: Path, name: str) -> Measured:
    samples = decode_frame(path, 1)
    start = time.perf_counter()
    encoded = encode_frame(path, 1)
    seconds = time.perf_counter() - start
    manifest = encoded.manifest
    curve = list(bytes_and_error(encoded))
    reversible = manifest.coding is Coding.J2K_LAYERS
    return Measured(
        name=name,
        coding=manifest.coding,
        source=manifest.source.bytes,
        ours=len(encoded.body),
        single_layer=single_layer_bytes(encoded, samples) if reversible else None,
        jpeg_ls=jpeg_ls_bytes(encoded, samples),
        megapixels_per_second=manifest.rows * manifest.columns / 1e6 / seconds,
        reached={
            target: next((held for held, error in curve if error <= target), None)
            for target in TARGETS
        },
        encoded=encoded,
    )


def overhead(measured: Measured) -> float | None:
    """Our lossless bytes over single-layer JPEG 2000's; None where there is nothing to compare.

    Pictures under 64 kB are left out of the largest ratio: there the headers of either side decide.
    """
    if not measured.single_layer or measured.coding is not Coding.J2K_LAYERS:
        return None
    headers = sum(len(header.data) for header in measured.encoded.manifest.headers)
    return (measured.ours + headers) / measured.single_layer


def lossy_ratio(measured: Measured) -> float | None:
    """All bytes of a lossy JPEG 2000 frame, manifest included, over its source's.

    Sources under 16 kB are left out of the largest ratio: there the manifest decides.
    """
    manifest = measured.encoded.manifest
    if manifest.source.transfer_syntax not in J2K_SYNTAXES or not manifest.source.lossy:
        return None
    return (measured.ours + len(orjson.dumps(manifest.to_dict()))) / measured.source


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path("../shared/data/public"))
    parser.add_argument("--no-browser", action="store_true", help="leave out the decode times")
    options = parser.parse_args()
    results: list[Measured] = []
    for path in sorted(path for path in options.dir.rglob("*") if path.is_file()):
        name = str(path.relative_to(options.dir))
        try:
            results.append(measure(path, name))
        except FirstlightError as refused:
            say(f"{name}: {refused.message}")
            continue
        say(f"{len(results)}: {name}")
    times = {} if options.no_browser else asyncio.run(decode_times([r.encoded for r in results]))
    rows = []
    for result in results:
        ratio = overhead(result)
        rows.append(
            (
                result.name,
                result.coding.value,
                f"{result.source:,}",
                f"{result.ours:,}",
                "" if result.jpeg_ls is None else f"{result.jpeg_ls:,}",
                "" if result.single_layer is None else f"{result.single_layer:,}",
                "" if ratio is None else f"{ratio:.3f}",
                *(_number(result.reached[target]) for target in TARGETS),
                f"{result.megapixels_per_second:.1f}",
                _milliseconds(times, result, 1),
                _milliseconds(times, result, 4),
            )
        )
    table(
        rows,
        (
            *("file", "coding", "source", "ours", "JPEG-LS", "J2K 1 layer", "ratio"),
            *(f"{target} gl" for target in TARGETS),
            *("MP/s", "decode ms", "at 4x"),
        ),
    )
    ratios = {r.name: ratio for r in results if (ratio := overhead(r)) and r.ours >= 64_000}
    lossy = {
        r.name: round(ratio, 4)
        for r in results
        if (ratio := lossy_ratio(r)) is not None and r.source >= 16_384
    }
    figures(
        {
            "files": len(results),
            "lossless_vs_j2k_max": round(max(ratios.values()), 4) if ratios else None,
            "lossy_j2k_vs_source": lossy,
            "lossy_j2k_vs_source_max": max(lossy.values(), default=None),
            "readable_bytes": {r.name: r.reached[4] for r in results},
            "encode_mps_median": round(
                statistics.median(
                    r.megapixels_per_second for r in results if r.coding is Coding.J2K_LAYERS
                ),
                2,
            ),
            "decode_ms_median": _median(times, 1),
            "decode_ms_4x_median": _median(times, 4),
        }
    )


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _milliseconds(times: dict[tuple[str, int], float], result: Measured, throttle: int) -> str:
    value = times.get((result.encoded.manifest.id, throttle))
    return "" if value is None else f"{value:.0f}"


def _median(times: dict[tuple[str, int], float], throttle: int) -> float | None:
    values = [value for (_, rate), value in times.items() if rate == throttle]
    return round(statistics.median(values), 1) if values else None


if __name__ == "__main__":
    main()
