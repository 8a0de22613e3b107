"""From stored value to screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.dicom.encode import encode_frame
from app.dicom.lut import Tables
from app.dicom.part10 import read_part10
from app.dicom.pixels import decode
from app.dicom.presentation import Presentation, present
from streaming.manifest import Window
from tests.app.dicom.making import gradient, make_dataset, save
from tests.app.dicom.public_data import public_file

RAMP = np.arange(256, dtype=np.uint16).reshape(16, 16)


def shown(tmp_path: Path, samples: NDArray[Any], **attributes: Any) -> Presentation:
    part10 = read_part10(save(make_dataset(samples, **attributes), tmp_path / "a.dcm"))
    return present(part10, 1, decode(part10, 1), Tables())


def lut_item(descriptor: list[int], data: list[int]) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", descriptor)
    item.add_new("LUTData", "US", data)
    return item


def test_rescale_and_window(tmp_path: Path) -> None:
    presentation = shown(
        tmp_path,
        RAMP,
        RescaleSlope=2,
        RescaleIntercept=-100,
        WindowCenter=156,
        WindowWidth=512,
        Modality="CT",
    )
    display = presentation.display
    assert (display.slope, display.intercept, display.unit) == (2, -100, "HU")
    assert display.windows == (Window(156, 512),)
    # x = 0 * 2 - 100 = -100 is black (c - .5 - (w - 1) / 2 = -100); x = 155: (155 - 155.5) / 511 +
    # .5
    grey = presentation.grey(RAMP)
    assert grey[0, 0] == 0
    assert presentation.grey(np.array([[128]], "u2"))[0, 0] == pytest.approx(
        ((156 - 155.5) / 511 + 0.5) * 255, abs=0.01
    )
    assert presentation.stored_per_grey_level() == pytest.approx(512 / 255 / 2)


def test_monochrome1_is_inverted(tmp_path: Path) -> None:
    presentation = shown(
        tmp_path,
        RAMP,
        PhotometricInterpretation="MONOCHROME1",
        WindowCenter=128,
        WindowWidth=256,
    )
    assert presentation.display.inverted
    assert np.allclose(presentation.grey(RAMP), 255 - RAMP, atol=1e-3)


def test_a_presentation_lut_shape_of_inverse_is_inverted(tmp_path: Path) -> None:
    assert shown(tmp_path, RAMP, PresentationLUTShape="INVERSE").display.inverted
    assert not shown(tmp_path, RAMP, PresentationLUTShape="IDENTITY").display.inverted


def test_padding_is_black_whatever_the_window(tmp_path: Path) -> None:
    presentation = shown(
        tmp_path,
        RAMP,
        PhotometricInterpretation="MONOCHROME1",
        PixelPaddingValue=10,
        PixelPaddingRangeLimit=0,
        WindowCenter=128,
        WindowWidth=256,
    )
    assert presentation.display.padding == (0, 10)
    picture = presentation.picture(RAMP).reshape(-1)
    assert not picture[:11].any()
    assert picture[11] == 255 - 11


def test_padding_has_the_sign_of_the_pixels(tmp_path: Path) -> None:
    samples = (RAMP.astype(np.int32) - 2000).astype(np.int16)
    dataset = make_dataset(samples)
    dataset.add_new("PixelPaddingValue", "US", 65536 - 2000)
    part10 = read_part10(save(dataset, tmp_path / "a.dcm"))
    presentation = present(part10, 1, decode(part10, 1), Tables())
    assert presentation.display.padding == (-2000, -2000)


def test_a_window_is_chosen_without_padding_and_outliers(tmp_path: Path) -> None:
    samples = gradient(100, 100)
    samples[:50] = 60000
    presentation = shown(tmp_path, samples, PixelPaddingValue=60000)
    (window,) = presentation.display.windows
    assert window.explanation == "auto"
    assert presentation.display.voi_function == "LINEAR_EXACT"
    assert window.center + window.width / 2 < 600
    assert "no usable window" in presentation.warnings[0]


def test_8_bits_without_a_window_are_shown_as_they_are(tmp_path: Path) -> None:
    samples = RAMP.astype(np.uint8)
    presentation = shown(tmp_path, samples)
    assert np.array_equal(presentation.picture(samples), samples)


def test_a_ct_without_a_window_gets_soft_tissue(tmp_path: Path) -> None:
    samples = gradient(300, 300)
    presentation = shown(tmp_path, samples, Modality="CT", RescaleSlope=1, RescaleIntercept=-1024)
    assert presentation.display.windows == (Window(40, 400, "auto"),)


def test_a_modality_lut(tmp_path: Path) -> None:
    item = lut_item([256, 0, 8], list(range(255, -1, -1)))
    presentation = shown(
        tmp_path, RAMP, ModalityLUTSequence=[item], WindowCenter=128, WindowWidth=256
    )
    assert presentation.display.modality_lut is not None
    assert np.allclose(presentation.grey(RAMP), 255 - RAMP, atol=1e-3)


def test_a_modality_lut_of_an_angiogram_is_not_for_display(tmp_path: Path) -> None:
    presentation = shown(
        tmp_path,
        RAMP,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.12.1",
        PixelIntensityRelationship="LOG",
        ModalityLUTSequence=[lut_item([256, 0, 8], list(range(255, -1, -1)))],
    )
    assert presentation.display.modality_lut is None


def test_a_voi_lut_is_the_default(tmp_path: Path) -> None:
    presentation = shown(
        tmp_path, RAMP, VOILUTSequence=[lut_item([2, 100, 10], [0, 1023])], BitsStored=8, HighBit=7
    )
    assert len(presentation.display.voi_luts) == 1
    assert presentation.display.windows  # for the reader who wants one
    assert presentation.grey(RAMP).reshape(-1)[[0, 100, 101, 255]].tolist() == [0, 0, 255, 255]
    assert presentation.warnings == ()


def test_a_rescale_slope_of_zero_is_ignored(tmp_path: Path) -> None:
    presentation = shown(tmp_path, RAMP, RescaleSlope=0, RescaleIntercept=5)
    assert presentation.display.slope == 1
    assert "slope is 0" in presentation.warnings[0]


def test_a_palette(tmp_path: Path) -> None:
    samples = (RAMP % 3).astype(np.uint8)
    dataset = make_dataset(samples, PhotometricInterpretation="PALETTE COLOR")
    for channel, data in (("Red", b"\x0a\x14\x1e\0"), ("Green", bytes(4)), ("Blue", b"\1\2\3\0")):
        dataset.add_new(f"{channel}PaletteColorLookupTableDescriptor", "US", [3, 0, 8])
        dataset.add_new(f"{channel}PaletteColorLookupTableData", "OW", data)
    encoded = encode_frame(save(dataset, tmp_path / "a.dcm"), 1)
    palette = encoded.manifest.display.palette
    assert palette is not None
    assert encoded.tables[palette.id] == bytes([10, 0, 1, 20, 0, 2, 30, 0, 3])
    assert encoded.manifest.planes[0].layers == (0,)  # an error in an index is no grey level
    assert encoded.manifest.photometric_interpretation == "PALETTE COLOR"


def test_a_palette_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    presentation = shown(tmp_path, RAMP, PhotometricInterpretation="PALETTE COLOR")
    assert presentation.palette is None
    assert "palette of this image is missing" in presentation.warnings[0]


def test_colour_is_shown_as_it_is(tmp_path: Path) -> None:
    samples = np.dstack([RAMP, RAMP.T, RAMP[::-1]]).astype(np.uint8)
    presentation = shown(tmp_path, samples)
    assert presentation.display.colour == "rgb"
    assert presentation.display.windows == ()
    assert np.array_equal(presentation.picture(samples), samples)
    assert presentation.stored_per_grey_level() == 1


def test_frames_have_the_rescale_of_their_functional_groups() -> None:
    path = public_file("MOVEKNEE.dcm")
    first, last = encode_frame(path, 1).manifest, encode_frame(path, 19).manifest
    assert first.display.windows
    assert last.geometry.edges != ("", "", "", "")


def test_overlays_of_a_real_file() -> None:
    encoded = encode_frame(public_file("ovly_p01.dcm"), 1)
    assert encoded.manifest.display.overlays
    for overlay in encoded.manifest.display.overlays:
        assert len(encoded.tables[overlay.table]) == -(-overlay.rows * overlay.columns // 8)


def test_a_spacing_of_zero_is_none() -> None:
    assert encode_frame(public_file("RG1_UNCR.dcm"), 1).manifest.geometry.spacing_mm is None
