"""The encoders of PyAV's wheel on the same pictures: bytes at equal error, and time."""

from __future__ import annotations

import math
import statistics
import time
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from app.dicom.motion import motion_head, picture_of
from app.dicom.part10 import Part10
from tests.tools.figures import say, table

Pictures = list[NDArray[np.uint8]]
CANDIDATES: dict[str, tuple[str, str, dict[str, str], tuple[int, ...]]] = {
    "VP8 good 4": (
        "libvpx",
        "vp8",
        {"deadline": "good", "cpu-used": "4", "b": "2M", "qmin": "4", "qmax": "63"},
        (30, 45, 55, 63),
    ),
    "VP9 good 5": ("libvpx-vp9", "vp9", {"deadline": "good", "cpu-used": "5"}, (36, 44, 50, 58)),
    "VP9 good 2": ("libvpx-vp9", "vp9", {"deadline": "good", "cpu-used": "2"}, (36, 44, 50, 58)),
    "VP9 realtime 6": (
        "libvpx-vp9",
        "vp9",
        {"deadline": "realtime", "cpu-used": "6"},
        (36, 44, 50, 58),
    ),
    "AV1 SVT 8": ("libsvtav1", "libdav1d", {"preset": "8"}, (34, 42, 48, 56)),
    "AV1 SVT 10": ("libsvtav1", "libdav1d", {"preset": "10"}, (34, 42, 48, 56)),
    "H.264 medium": ("libx264", "h264", {"preset": "medium", "bf": "0"}, (22, 26, 30, 34)),
}
REFERENCE = "VP9 good 5"
MOST_FRAMES = 45
"""One part of a cine of 30 a second."""


def coded(pictures: Pictures, name: str, quality: int) -> tuple[int, float, float]:
    """Bytes, RMSE in grey levels of the luma's picture, seconds of one core."""
    encoder_name, decoder_name, options, _ = CANDIDATES[name]
    encoder = av.CodecContext.create(encoder_name, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.height, encoder.width = pictures[0].shape[:2]
    encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", Fraction(1, 30), Fraction(30)
    encoder.gop_size, encoder.thread_count = 600, 1
    vpx = {"lag-in-frames": "0", "auto-alt-ref": "0"} if "vpx" in encoder_name else {}
    encoder.options = {"b": "0", **vpx, **options, "crf": str(quality)}
    start = time.process_time()
    packets: list[Any] = []
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        shown = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        shown.pts, shown.time_base = number, encoder.time_base
        packets += encoder.encode(shown)
    packets += encoder.encode(None)
    seconds = time.process_time() - start
    decoder = av.CodecContext.create(decoder_name, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.extradata = encoder.extradata
    decoded = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    errors = [
        np.mean(
            (
                frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray().astype(float)
                - picture
            )
            ** 2
        )
        for frame, picture in zip(decoded, pictures, strict=True)
    ]
    return sum(packet.size for packet in packets), float(np.sqrt(np.mean(errors))), seconds


def bytes_at(curve: list[tuple[float, float]], error: float) -> float:
    """Bytes at an error, between the points of a curve of (error, log bytes) or beyond its ends."""
    curve = sorted(curve)
    pairs = list(pairwise(curve))
    (low, a), (high, b) = next((pair for pair in pairs if error <= pair[1][0]), pairs[-1])
    return math.exp(a + (b - a) * (error - low) / max(high - low, 1e-6))


def compare_codecs(found: list[tuple[str, Part10]]) -> None:
    """Print, for each encoder, bytes over the reference's at equal error and frames a second."""
    ratios: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    speeds: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    for title, part10 in found:
        head = motion_head(part10)
        if head.width < 128:
            continue
        frames = range(1, min(head.frames, MOST_FRAMES) + 1)
        pictures = [picture_of(part10, frame, head) for frame in frames]
        curves: dict[str, list[tuple[float, float]]] = {}
        for name, (*_, qualities) in CANDIDATES.items():
            measured = [coded(pictures, name, quality) for quality in qualities]
            curves[name] = [(error, math.log(size)) for size, error, _ in measured]
            speeds[name] += [len(pictures) / seconds for _, _, seconds in measured]
        error = coded(pictures, REFERENCE, 50)[1]
        reference = bytes_at(curves[REFERENCE], error)
        for name in CANDIDATES:
            ratios[name].append(bytes_at(curves[name], error) / reference)
        say(f"{title}: at {error:.1f} grey levels")
    table(
        [
            (
                name,
                f"{statistics.median(ratios[name]):.2f}",
                f"{statistics.median(speeds[name]):.0f}",
            )
            for name in CANDIDATES
        ],
        ("encoder", "bytes, of VP9 good 5", "frames/s, one core"),
    )
