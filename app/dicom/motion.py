"""The motion proxy of a multi-frame instance: its frames at the default window as small VP9 video.

It is made in parts of about a second and a half. Each part begins with a key frame and refers to
nothing outside itself, so that parts can be made, kept, sent and decoded alone: seeking is cheap,
a long cine blocks nobody, and one bad frame costs its part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.dicom.geometry import edges_of, laterality_of
from app.dicom.lut import Tables
from app.dicom.part10 import Part10
from app.dicom.pixels import decode
from app.dicom.presentation import present
from app.dicom.timing import Timing, sweeps, timing_of
from app.errors import FrameMissing, MotionRefused, MotionUnavailable, Undecodable

LONG_SIDE: Final = 480
"""Pixels of the longer side at most: a phone's stage is hardly wider, and speckle costs bytes."""
ENCODER: Final = "libvpx-vp9"
CODEC: Final = "vp09.00.31.08"
"""Profile 0, 8 bits; level 3.1 covers 480 x 480 at 160 frames a second (RFC 6381 string)."""
OPTIONS: Final = {
    "deadline": "good",
    "cpu-used": "5",
    "crf": "50",  # constant quality: README.md has what it costs and leaves out
    "b": "0",
    "lag-in-frames": "0",  # no hidden frames: one chunk is one frame
    "auto-alt-ref": "0",
}
BT709: Final = 1
LIMITED_RANGE: Final = 1
PART_SECONDS: Final = 1.5
LEAST_PART: Final = 8
MOST_PART: Final = 60
MOST_FRAMES: Final = 6000
"""Longer than three minutes at 30 a second is no cine loop; its frames can be scrolled."""
UNAVAILABLE: Final = (
    "This server cannot make moving pictures: play goes through the images themselves."
)


@dataclass(frozen=True, slots=True)
class MotionHead:
    """What a player must know before the first part."""

    width: int
    height: int
    frames: int
    part_frames: int
    """Frames in each part; the last may have fewer."""
    timing: Timing
    sweeps: bool
    """The file asks to be played to and fro."""
    same_geometry: bool
    """Side and orientation letters hold for all frames alike."""

    @property
    def parts(self) -> int:
        return -(-self.frames // self.part_frames)

    def to_dict(self) -> dict[str, Any]:
        """As the motion document says it."""
        return {
            "codec": CODEC,
            "width": self.width,
            "height": self.height,
            "frames": self.frames,
            "part_frames": self.part_frames,
            "timing": self.timing.to_dict(),
            "sweeps": self.sweeps,
            "same_geometry": self.same_geometry,
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> MotionHead:
        """From what ``to_dict`` wrote."""
        return cls(
            width=value["width"],
            height=value["height"],
            frames=value["frames"],
            part_frames=value["part_frames"],
            timing=Timing.from_dict(value["timing"]),
            sweeps=value["sweeps"],
            same_geometry=value["same_geometry"],
        )


@dataclass(frozen=True, slots=True)
class MotionPart:
    """The coded pictures of consecutive frames; the first is a key frame."""

    first: int
    """Number of its first frame, from 1."""
    chunks: tuple[bytes, ...]
    """One a frame, in the order of the frames."""


def motion_head(part10: Part10) -> MotionHead:
    """Describe the motion of an instance, without decoding a pixel.

    Raises
    ------
    MotionRefused
        It has one frame, or too many.
    """
    if part10.frames < 2:
        raise MotionRefused("This is a single image: there is nothing to play.")
    if part10.frames > MOST_FRAMES:
        raise MotionRefused(
            f"{part10.frames} images are too many to play, {MOST_FRAMES} is the most: scroll them."
        )
    timing = timing_of(part10.dataset, part10.frames)
    width, height = proxy_size(part10.columns, part10.rows)
    return MotionHead(
        width=width,
        height=height,
        frames=part10.frames,
        part_frames=part_frames_at(timing.rate),
        timing=timing,
        sweeps=sweeps(part10.dataset),
        same_geometry=_same_geometry(part10),
    )


def proxy_size(columns: int, rows: int) -> tuple[int, int]:
    """Width and height of the video: at most ``LONG_SIDE``, even as 4:2:0 colour wants."""
    scale = min(1.0, LONG_SIDE / max(columns, rows))
    return _even(columns * scale), _even(rows * scale)


def part_frames_at(rate: float) -> int:
    """Frames of one part at ``rate`` frames a second."""
    return min(max(round(rate * PART_SECONDS), LEAST_PART), MOST_PART)


def motion_part(part10: Part10, part: int) -> MotionPart:
    """Make ``part`` (from 1).

    Raises
    ------
    FrameMissing
        There is no such part.
    MotionRefused, MotionUnavailable, Undecodable, Truncated, TooLarge
        As ``motion_head`` and ``app.dicom.pixels.decode``; or the encoder is not there.
    """
    head = motion_head(part10)
    if not 1 <= part <= head.parts:
        raise FrameMissing(f"The motion has {head.parts} parts, no part {part}.")
    first = (part - 1) * head.part_frames + 1
    last = min(first + head.part_frames - 1, head.frames)
    pictures = (picture_of(part10, frame, head) for frame in range(first, last + 1))
    return MotionPart(first, _encode(pictures, head, last - first + 1))


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))


def _same_geometry(part10: Part10) -> bool:
    def of(frame: int) -> tuple[object, ...]:
        return edges_of(part10.dataset, frame), laterality_of(part10.dataset, frame)

    if "PerFrameFunctionalGroupsSequence" not in part10.dataset:
        return True
    return all(of(frame) == of(1) for frame in range(2, part10.frames + 1))


def picture_of(part10: Part10, frame: int, head: MotionHead) -> NDArray[np.uint8]:
    """Return what the video shows of ``frame``, before it is coded: RGB of the proxy's size."""
    decoded = decode(part10, frame)
    shown = present(part10, frame, decoded, Tables()).picture(decoded.samples)
    image = Image.fromarray(shown).convert("RGB")
    return np.asarray(image.resize((head.width, head.height), Image.Resampling.BILINEAR))


def _encode(
    pictures: Iterator[NDArray[np.uint8]], head: MotionHead, count: int
) -> tuple[bytes, ...]:
    try:
        # Here and not above: everything else works on a server without it.
        import av

        encoder = av.CodecContext.create(ENCODER, "w")
    except (ImportError, ValueError) as error:  # av.codec.UnknownCodecError is a ValueError
        raise MotionUnavailable(UNAVAILABLE) from error
    encoder.width, encoder.height = head.width, head.height
    encoder.pix_fmt = "yuv420p"
    encoder.color_range, encoder.colorspace = LIMITED_RANGE, BT709
    # Constant quality knows no clock: times are the player's business, these only count.
    encoder.time_base = Fraction(1, 30)
    encoder.framerate = Fraction(30)
    encoder.gop_size = MOST_PART + 1
    encoder.thread_count = 1
    encoder.options = dict(OPTIONS)
    packets = []
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        coded = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        coded.pts, coded.time_base = number, encoder.time_base
        packets += encoder.encode(coded)
    packets += encoder.encode(None)
    if len(packets) != count or not packets[0].is_keyframe:
        raise Undecodable("The images could not be made into a moving picture.")
    return tuple(map(bytes, packets))
