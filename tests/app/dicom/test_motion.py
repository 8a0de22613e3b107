"""Motion proxies: every frame is there, in order, looks like the frame, and parts stand alone."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.dicom.lut import Tables
from app.dicom.motion import (
    LONG_SIDE,
    MOST_FRAMES,
    MOST_PART,
    MotionHead,
    MotionPart,
    motion_head,
    motion_part,
    part_frames_at,
    proxy_size,
)
from app.dicom.part10 import Part10, quiet, read_part10
from app.dicom.pixels import decode
from app.dicom.presentation import present
from app.errors import FirstlightError, FrameMissing, MotionRefused, MotionUnavailable
from tests.app.dicom.making import make_dataset, save
from tests.app.dicom.public_data import public_file
from tests.app.samples import CINE, CT

GREY_LEVELS = 6
"""Mean error of a picture of smooth shapes at the proxy's quality, with room."""


def cine(folder: Path, frames: int, **attributes: Any) -> Part10:
    """A disc that moves to the right, 6 pixels a frame, over a gradient."""
    y, x = np.mgrid[0:120, 0:160]
    pictures = []
    for frame in range(frames):
        disc = (x - 20 - 6 * (frame % 20)) ** 2 + (y - 60) ** 2 < 15**2
        pictures.append(np.where(disc, 220, 40 + x // 4).astype(np.uint8))
    dataset = make_dataset(pictures[0], **attributes)
    dataset.NumberOfFrames = frames
    dataset.PixelData = b"".join(picture.tobytes() for picture in pictures)
    return read_part10(save(dataset, folder / "cine.dcm"))


def pictures(part: MotionPart) -> list[NDArray[np.uint8]]:
    """A part decoded by itself, as a decoder that begins there sees it."""
    decoder = av.CodecContext.create("vp9", "r")
    found = []
    for chunk in (*part.chunks, None):
        for frame in decoder.decode(None if chunk is None else av.Packet(chunk)):
            shown = frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG")
            found.append(np.asarray(shown.to_ndarray(), np.uint8))
    return found


def shown_by_default(part10: Part10, frame: int) -> NDArray[np.uint8]:
    decoded = decode(part10, frame)
    picture = present(part10, frame, decoded, Tables()).picture(decoded.samples)
    return picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)


def test_every_frame_is_there_in_its_order_and_looks_like_itself(tmp_path: Path) -> None:
    part10 = cine(tmp_path, 20, FrameTime=100)
    head = motion_head(part10)
    assert (head.part_frames, head.parts, head.frames) == (15, 2, 20)
    parts = [motion_part(part10, part) for part in (1, 2)]
    assert [(part.first, len(part.chunks)) for part in parts] == [(1, 15), (16, 5)]
    decoded = [picture for part in parts for picture in pictures(part)]
    assert len(decoded) == 20
    for number, picture in enumerate(decoded, start=1):
        errors = [
            np.abs(picture.astype(int) - shown_by_default(part10, frame)).mean()
            for frame in range(1, 21)
        ]
        assert int(np.argmin(errors)) + 1 == number
        assert errors[number - 1] < GREY_LEVELS


def test_grey_levels_keep_their_places(tmp_path: Path) -> None:
    """A flat black, a flat grey and a flat white: colour ranges confused would shift them."""
    levels = np.repeat(np.repeat(np.array([[0, 128, 255]], np.uint8), 64, 0), 64, 1)
    dataset = make_dataset(levels, NumberOfFrames=2)
    dataset.PixelData = levels.tobytes() * 2
    part10 = read_part10(save(dataset, tmp_path / "a.dcm"))
    picture = pictures(motion_part(part10, 1))[1]
    for place, level in ((32, 0), (96, 128), (160, 255)):
        assert picture[32, place].astype(int) == pytest.approx([level] * 3, abs=2)


@pytest.mark.parametrize(
    ("columns", "rows", "size"),
    [
        (640, 480, (480, 360)),
        (384, 288, (384, 288)),
        (480, 430, (480, 430)),
        (512, 512, (480, 480)),
        (10, 45, (10, 44)),
        (65535, 3, (480, 2)),
        (1, 1, (2, 2)),
    ],
)
def test_the_size_fits_and_is_even(columns: int, rows: int, size: tuple[int, int]) -> None:
    assert proxy_size(columns, rows) == size
    assert max(size) <= LONG_SIDE


@pytest.mark.parametrize(("rate", "frames"), [(30, 45), (15, 22), (1, 8), (240, MOST_PART)])
def test_a_part_is_about_a_second_and_a_half(rate: float, frames: int) -> None:
    assert part_frames_at(rate) == frames


def test_the_head_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    head = motion_head(cine(tmp_path, 3, FrameTimeVector=[0, 20, 40]))
    assert MotionHead.from_dict(head.to_dict()) == head
    assert head.timing.each == (20, 40, 30)


def test_a_single_image_is_refused() -> None:
    with pytest.raises(MotionRefused, match="nothing to play"):
        motion_head(read_part10(CT))


def test_too_many_images_are_refused(tmp_path: Path) -> None:
    part10 = cine(tmp_path, 2)
    part10.frames = MOST_FRAMES + 1
    with pytest.raises(MotionRefused, match="too many"):
        motion_head(part10)


@pytest.mark.parametrize("part", [0, 2, -1])
def test_there_is_no_such_part(tmp_path: Path, part: int) -> None:
    with pytest.raises(FrameMissing):
        motion_part(cine(tmp_path, 3), part)


def test_frames_that_are_cut_off_are_said_to_be(tmp_path: Path) -> None:
    with quiet():
        part10 = read_part10(CINE)
    part10.dataset.PixelData = part10.dataset.PixelData[:150_000]
    with quiet(), pytest.raises(FirstlightError):
        motion_part(part10, 1)


def test_without_an_encoder_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = builtins.__import__

    def without_av(name: str, *rest: Any) -> Any:
        if name == "av":
            raise ImportError(name)
        return known(name, *rest)

    part10 = cine(tmp_path, 2)
    monkeypatch.setattr(builtins, "__import__", without_av)
    assert motion_head(part10).frames == 2
    with pytest.raises(MotionUnavailable, match="images themselves"):
        motion_part(part10, 1)


def test_orientation_that_changes_from_frame_to_frame_is_told(tmp_path: Path) -> None:
    part10 = cine(tmp_path, 3)
    groups = []
    for _ in range(3):
        plane, group = Dataset(), Dataset()
        plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        group.PlaneOrientationSequence = Sequence([plane])
        groups.append(group)
    part10.dataset.PerFrameFunctionalGroupsSequence = Sequence(groups)
    assert motion_head(part10).same_geometry
    groups[2].PlaneOrientationSequence[0].ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    assert not motion_head(part10).same_geometry


@pytest.mark.parametrize(
    "name",
    [
        "us-cine/acuson-stress-echo/I_000014.dcm",
        "us-cine/execho-8-frames-mono/US-MONO2-8-8x-execho.dcm",
        "us-cine/hp-pediatric-echo-nonsquare/I_000003.dcm",
        "mr/heart-multiframe-8bit/MR-MONO2-8-16x-heart.dcm",
        "us-cine/medistim-2-frames-jpeg-lossless-rgb/JPEGLosslessP14SV1_3s_2f_u_08_08.dcm",
    ],
)
def test_real_cines_are_much_smaller_and_whole(name: str) -> None:
    with quiet():
        part10 = read_part10(public_file(name))
        head = motion_head(part10)
        parts = [motion_part(part10, part) for part in range(1, head.parts + 1)]
    assert [len(pictures(part)) for part in parts] == [len(part.chunks) for part in parts]
    assert sum(len(part.chunks) for part in parts) == part10.frames
    made = sum(len(chunk) for part in parts for chunk in part.chunks)
    assert made < 0.25 * part10.path.stat().st_size


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    part10 = cine(tmp_path, 5)
    assert motion_part(part10, 1) == motion_part(part10, 1)
