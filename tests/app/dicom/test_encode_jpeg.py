"""JPEG sources rewritten as progressive scans."""

from __future__ import annotations

import hashlib
import io
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from app.dicom.encode import encode_frame
from app.dicom.encode_jpeg import JpegFrame, encode_scans
from app.dicom.part10 import quiet, read_part10
from app.dicom.pixels import frame_bytes
from streaming.codestream.scans import join_scans
from streaming.vocabulary import Coding
from tests.app.dicom.coefficients import coefficients
from tests.app.dicom.making import make_dataset, save
from tests.app.dicom.public_data import public_file


def picture(rows: int = 120, columns: int = 88, colour: bool = True) -> NDArray[np.uint8]:
    y, x = np.mgrid[0:rows, 0:columns]
    grey = 128 + 60 * np.sin(x / 5.0) + 40 * np.cos(y / 9.0) + (x * 7 + y * 3) % 23
    planes = [grey, np.roll(grey, 9, 0), 255 - grey] if colour else [grey]
    return np.asarray(np.clip(np.stack(planes, -1), 0, 255).squeeze(), np.uint8)


def jpeg_of(samples: NDArray[np.uint8], **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, "JPEG", **({"quality": 85} | options))
    return buffer.getvalue()


def decoded(jpeg: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def as_is(samples: NDArray[Any]) -> NDArray[np.float32]:
    return samples.astype(np.float32)


def rewritten(frame: JpegFrame) -> bytes:
    return join_scans(
        [
            frame.body[frame.index.locate(0, layer, 0)[0] :][: frame.tiles[0].bytes[layer]]
            for layer in range(len(frame.tiles[0].bytes))
        ]
    )


@pytest.mark.parametrize(
    ("samples", "options"),
    [
        (picture(), {"subsampling": "4:2:2"}),
        (picture(), {"subsampling": "4:2:0", "quality": 60}),
        (picture(), {"subsampling": "4:4:4", "quality": 95}),
        (picture(colour=False), {}),
        (picture(67, 45), {"subsampling": "4:2:0"}),
        (picture(), {"restart_marker_blocks": 3}),
        (picture(), {"progressive": True}),
    ],
)
def test_coefficients_are_the_source_s_own(
    samples: NDArray[np.uint8], options: dict[str, Any]
) -> None:
    source = jpeg_of(samples, **options)
    frame = encode_scans(source, decoded(source), as_is)
    assert frame is not None
    made = rewritten(frame)
    assert coefficients(made) == coefficients(source)
    assert np.array_equal(decoded(made), decoded(source))
    assert len(frame.body) <= len(source)
    assert b64decode(frame.tiles[0].sha256) == hashlib.sha256(made).digest()


def test_errors_never_rise_and_end_at_nothing() -> None:
    source = jpeg_of(picture(240, 320))
    frame = encode_scans(source, decoded(source), as_is)
    assert frame is not None
    (plane,) = frame.planes
    assert len(plane.layers) == len(frame.tiles[0].bytes) > 2
    assert list(plane.layers) == sorted(plane.layers, reverse=True)
    assert plane.layers[-1] == 0
    assert plane.layers[0] > 1


def test_padding_behind_the_end_is_left_out() -> None:
    source = jpeg_of(picture())
    frame = encode_scans(source + b"\0", decoded(source), as_is)
    assert frame is not None
    assert coefficients(rewritten(frame)) == coefficients(source)


@pytest.mark.parametrize(
    "source",
    [b"", b"\xff\xd8", jpeg_of(picture())[:900], b"no JPEG at all", jpeg_of(picture())[:-2]],
)
def test_damaged_sources_are_not_rewritten(source: bytes) -> None:
    assert encode_scans(source, picture(), as_is) is None


def test_a_source_whose_colours_libjpeg_takes_otherwise_is_not_rewritten() -> None:
    source = jpeg_of(picture())
    swapped = decoded(source)[:, :, ::-1].copy()
    assert encode_scans(source, swapped, as_is) is None


def test_a_source_of_another_size_is_not_rewritten() -> None:
    source = jpeg_of(picture())
    assert encode_scans(source, decoded(source)[:-8], as_is) is None


def test_a_frame_whose_source_cannot_be_shown_from_its_scans_is_coded_in_layers(
    tmp_path: Any,
) -> None:
    # RGB without a marker that says so: pydicom takes the components as the header says,
    # libjpeg as YCbCr.
    samples = picture(64, 64)
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, "JPEG", keep_rgb=True, quality=90)
    jpeg = buffer.getvalue()
    start = jpeg.find(b"\xff\xee")
    if start >= 0:  # the Adobe marker that says RGB
        jpeg = jpeg[:start] + jpeg[start + 2 + int.from_bytes(jpeg[start + 2 : start + 4], "big") :]
    renamed = bytearray(jpeg)
    frame_header = renamed.find(b"\xff\xc0")
    scan_header = renamed.find(b"\xff\xda")
    for number in range(3):
        renamed[frame_header + 10 + 3 * number] = number + 1
        renamed[scan_header + 5 + 2 * number] = number + 1
    dataset = make_dataset(samples)
    dataset.PixelData = encapsulate([bytes(renamed)])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    encoded = encode_frame(save(dataset, tmp_path / "rgb.dcm"), 1)
    assert encoded.manifest.coding is Coding.J2K_LAYERS


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("acuson-stress-echo/I_000007.dcm", 3),
        ("sonosite-30-frames-small/examples_ybr_color.dcm", 30),
        ("jpeg-color-variants/SC_rgb_dcmtk_+eb+cy+s4.dcm", 1),
        ("jpeg-color-variants/SC_jpeg_no_color_transform_2.dcm", 1),
    ],
)
def test_real_sources_keep_their_coefficients(name: str, frame: int) -> None:
    path = public_file(name)
    encoded = encode_frame(path, frame)
    assert encoded.manifest.coding is Coding.JPEG_SCANS
    with quiet():
        source = frame_bytes(read_part10(path), frame)
    body = encoded.body + b"\xff\xd9"
    assert coefficients(body) == coefficients(source)
