"""A representative part of `make sweep`: the whole product, from the file to the page's samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.dicom.public_data import DATA
from tests.tools.sweep import sweep

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

PUBLIC = DATA / "public"

EXACT = (
    "ct/CT1-chest-signed/CT1_UNC.explicit_big_endian.dcm",
    "derived/htj2k-16bit/MR3_HTJ2K.dcm",
    "edge/bit-depths/SC_rgb_16bit.dcm",
    "edge/bit-depths/SC_ybr_full_422_uncompressed.dcm",
    "edge/bit-depths/rtdose.dcm",
    "edge/complex-combination/cplx_p02.dcm",
    "edge/modality-and-voi-lut/mlut_18.dcm",
    "edge/non-square-pixel-spacing/001.dcm",
    "edge/one-bit-seg/liver_nonbyte_aligned.dcm",
    "edge/overlays/ovly_p01.dcm",
    "edge/palette/OT-PAL-8-face.dcm",
    "edge/planar-config/color-pl.dcm",
    "edge/whole-slide-tiny/sm_image.dcm",
    "malformed/headless-no-part10-header/CR-MONO1-10-chest",
    "nm-pt/NM1-whole-body-bone/JPEG-LL.dcm",
    "transfer-syntax/emri-multiframe/emri_small_RLE.dcm",
    "transfer-syntax/jpegls-rgb-interleave/JLSL_RGB_ILV1.dcm",
    "us-cine/acuson-stress-echo/I_000007.dcm",
    "us-still/US1-tissue-doppler/US1_J2KI.dcm",
    "us-still/aloka-pelvis-palette16-segmented/gdcm-US-ALOKA-16.dcm",
    "xray-other/RG3-fuji-leg/RG3_J2KR.dcm",
)
MAPPED = ("edge/float-pixel-data/parametric_map_float.dcm",)
REFUSED = (
    "malformed/pydicom/MR_truncated.dcm",
    "nonimage/pydicom/reportsi.dcm",
    "us-cine/ge-vingmed-27-frames-jpegxl/will-jxl.dcm",
)


async def test_a_representative_set_is_exact_mapped_or_refused_as_it_should_be() -> None:
    if not PUBLIC.is_dir():
        pytest.skip("the public files are not here: put them at ../shared/data")
    expected = dict.fromkeys(EXACT, "exact")
    expected |= dict.fromkeys(MAPPED, "mapped") | dict.fromkeys(REFUSED, "refused")
    rows = await sweep([PUBLIC / name for name in expected])
    found = {str(Path(row.name).relative_to(PUBLIC)): row for row in rows}
    assert not [row for name, row in found.items() if row.verdict != expected[name]]
    assert found.keys() == expected.keys()
    assert all(row.sentence.endswith(".") for row in rows if row.verdict == "refused")
