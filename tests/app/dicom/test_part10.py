"""Reading files, and refusing what holds no picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEG2000Lossless, RLELossless

from app.dicom.encode import encode_frame
from app.dicom.examination import examine
from app.dicom.part10 import quiet, read_part10
from app.dicom.pixels import decode, decode_frame
from app.errors import (
    FrameMissing,
    NoPixels,
    NotDicom,
    Refused,
    TooLarge,
    Truncated,
    Undecodable,
    UnsupportedPixels,
    UnsupportedTransferSyntax,
)
from tests.app.dicom.making import gradient, make_dataset, save
from tests.app.dicom.public_data import public_file


def written(tmp_path: Path, **attributes: Any) -> Path:
    return save(make_dataset(gradient(20, 30), **attributes), tmp_path / "a.dcm")


def compressed(tmp_path: Path, syntax: UID, frame: bytes, **attributes: Any) -> Path:
    dataset = make_dataset(gradient(20, 30), **attributes)
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax
    return save(dataset, tmp_path / "a.dcm")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty: send it again."),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 300, "This is a PNG picture, not a DICOM file."),
        (b"%PDF-1.7" + b"\0" * 300, "This is a PDF document, not a DICOM file."),
        (b"hello, this is a letter " * 20, "This is not a DICOM file"),
        (b"\0" * 400, "This is not a DICOM file"),
        (b"\0" * 128 + b"DICM" + b"\xff" * 60, "damaged"),
    ],
)
def test_what_is_not_dicom_is_refused(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    with pytest.raises(NotDicom) as refusal:
        examine(path)
    assert sentence in refusal.value.message


def test_a_file_without_preamble_and_meta_is_read(tmp_path: Path) -> None:
    dataset = make_dataset(gradient(20, 30))
    path = tmp_path / "a.dcm"
    bare = FileDataset("", dataset, preamble=None)
    bare.save_as(path, implicit_vr=True, little_endian=True)
    found = examine(path)
    assert found.transfer_syntax == "1.2.840.10008.1.2"
    assert any("does not name its transfer syntax" in warning for warning in found.warnings)
    assert np.array_equal(decode_frame(path, 1), gradient(20, 30))


def test_a_file_without_pixels_is_refused_by_what_it_is(tmp_path: Path) -> None:
    dataset = make_dataset(gradient(2, 2), SOPClassUID="1.2.840.10008.5.1.4.1.1.481.5")
    del dataset.PixelData
    with pytest.raises(NoPixels, match="of the kind RT Plan Storage"):
        examine(save(dataset, tmp_path / "a.dcm"))
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    with pytest.raises(NoPixels, match="it has no pixel data"):
        examine(save(dataset, tmp_path / "a.dcm"))


def test_a_video_is_refused(tmp_path: Path) -> None:
    path = compressed(tmp_path, UID("1.2.840.10008.1.2.4.102"), b"\0" * 64)
    with pytest.raises(UnsupportedTransferSyntax, match="video"):
        examine(path)


def test_an_unknown_transfer_syntax_is_refused(tmp_path: Path) -> None:
    path = compressed(tmp_path, JPEG2000Lossless, b"\0" * 64)
    path.write_bytes(
        path.read_bytes().replace(b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.4.99")
    )
    with pytest.raises(UnsupportedTransferSyntax, match="are not shown: export the file"):
        examine(path)


def test_pixels_cut_off_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, PixelData=b"\0" * 1000)
    with pytest.raises(Truncated, match="1000 of 1200 bytes") as refusal:
        examine(path)
    assert refusal.value.detail == {"expected": 1200, "actual": 1000}


@pytest.mark.parametrize(
    ("attributes", "kind", "sentence"),
    [
        ({"Rows": 0}, UnsupportedPixels, "Rows is missing or zero"),
        ({"Rows": None}, UnsupportedPixels, "Rows is missing or zero"),
        ({"SamplesPerPixel": 4}, UnsupportedPixels, "4 samples a pixel"),
        ({"BitsAllocated": 12}, UnsupportedPixels, "12 bits allocated"),
        ({"Rows": 65535, "Columns": 65535}, TooLarge, "65535 x 65535 pixels"),
        ({"Rows": 10000, "Columns": 10000}, Truncated, "cut off"),
        ({"NumberOfFrames": 1000000}, Truncated, "cut off"),
    ],
)
def test_impossible_descriptions_are_refused(
    attributes: dict[str, Any], kind: type[Refused], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=sentence):
        examine(written(tmp_path, **attributes))


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, RLELossless])
def test_a_damaged_codestream_is_refused(syntax: UID, tmp_path: Path) -> None:
    with pytest.raises(Undecodable, match="damaged, or not really"):
        examine(compressed(tmp_path, syntax, b"\xff\x4f\xff\x51 not an image at all" * 9))


def test_there_is_no_frame_beyond_the_last(tmp_path: Path) -> None:
    with pytest.raises(FrameMissing, match="no frame 2"):
        encode_frame(written(tmp_path), 2)


def test_all_bit_packed_frames_are_unpacked_at_their_own_place(tmp_path: Path) -> None:
    bits = (gradient(7 * 3, 3, "u1") % 3 == 0).astype(np.uint8)
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    dataset = make_dataset(bits[:3], NumberOfFrames=7, BitsAllocated=1, BitsStored=1, HighBit=0)
    dataset.PixelData = packed + b"\0" * (len(packed) % 2)
    path = save(dataset, tmp_path / "a.dcm")
    for frame in range(7):
        assert np.array_equal(decode_frame(path, frame + 1), bits[3 * frame : 3 * frame + 3])


@pytest.mark.parametrize(
    "name",
    [
        "mr/heart-multiframe-8bit/MR-MONO2-8-16x-heart.dcm",
        "transfer-syntax/emri-multiframe/emri_small_jpeg_2k_lossless.dcm",
        "transfer-syntax/emri-multiframe/emri_small_big_endian.dcm",
        "sonosite-30-frames-small/examples_ybr_color.dcm",
        "edge/float-pixel-data/parametric_map_float.dcm",
    ],
)
def test_a_large_file_is_decoded_frame_by_frame_from_the_disk(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = public_file(name)
    with quiet():
        whole = read_part10(path)
        assert whole.pixel_offset is None
        monkeypatch.setattr("app.dicom.part10.LARGE_FILE_BYTES", 1000)
        lazy = read_part10(path)
        assert lazy.pixel_offset is not None
        for frame in {1, lazy.frames}:
            assert np.array_equal(decode(lazy, frame).samples, decode(whole, frame).samples)


def test_deflated_frames_are_the_frames_they_were_before() -> None:
    deflated = public_file("liver_deflate.dcm")
    plain = public_file("edge/one-bit-seg/liver.dcm")
    for frame in (1, 3):
        assert np.array_equal(decode_frame(deflated, frame), decode_frame(plain, frame))
