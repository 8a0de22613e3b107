"""Every public file is shown exactly, or refused with one clear sentence."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from app.dicom.encode import encode
from app.dicom.examination import examine
from app.dicom.frame import EncodedFrame
from app.dicom.part10 import Part10, quiet, read_part10
from app.dicom.reassemble import stored_samples
from app.errors import Refused
from streaming.manifest import Manifest
from streaming.vocabulary import Coding
from tests.app.dicom.public_data import PublicFile, public_files

FILES = public_files()
NO_DATA = "the public files are not here: put them at ../shared/data or set FIRSTLIGHT_PUBLIC_DATA"
MANY_OF_A_KIND = ("lung-A0001", "studyforrest")
LARGE = ("MG1_J2KI", "NM_Kakadu44", "color3d_jpeg_baseline", "RG1_J2KI")


def _representative() -> list[PublicFile]:
    """One or two of each folder: every kind of file, in well under a minute."""
    chosen: dict[Path, list[PublicFile]] = {}
    for file in FILES:
        if any(name in file.path.name for name in LARGE):
            continue
        one_image = "ct-one-image" in str(file.path)
        most = 1 if any(name in str(file.path) for name in MANY_OF_A_KIND) else 2
        of_folder = chosen.setdefault(file.path.parent, [])
        if len(of_folder) < (20 if one_image else most):
            of_folder.append(file)
    return [file for files in chosen.values() for file in files]


def pixel_array(part10: Part10) -> NDArray[Any]:
    """What pydicom itself makes of the whole file, read anew."""
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(part10.path, force=True)
        if "TransferSyntaxUID" not in dataset.file_meta:
            dataset.file_meta.TransferSyntaxUID = part10.transfer_syntax
        found = dataset.pixel_array
    return found if part10.frames > 1 else found[np.newaxis]


def check_frame(encoded: EncodedFrame, expected: NDArray[Any]) -> None:
    manifest = encoded.manifest
    assert Manifest.from_dict(manifest.to_dict()) == manifest
    found = stored_samples(encoded)
    assert found.shape == expected.shape
    if manifest.coding is Coding.JPEG_SCANS:
        assert len(encoded.body) <= manifest.source.bytes
        difference = found - expected.astype(np.int64)
        assert np.sqrt((difference.astype(float) ** 2).mean()) <= 2
    elif manifest.mapping is not None:
        assert not manifest.mapping.exact
        assert manifest.mapping.label
        assert np.abs(found - expected).max() <= manifest.mapping.slope * 0.5001
    else:
        assert np.array_equal(found, expected.astype(np.int64))


def refusal_of(path: Path) -> str | None:
    try:
        examine(path)
    except Refused as refusal:
        return refusal.message
    return None


def check_file(file: PublicFile, frames: str) -> None:
    refusal = refusal_of(file.path)
    if refusal is not None:
        assert not file.decodes, refusal
        assert refusal.endswith(".")
        assert len(refusal) < 200
        assert "\n" not in refusal
        return
    with quiet():
        part10 = read_part10(file.path)
        wanted = {1} if frames == "first" else {1, (part10.frames + 1) // 2, part10.frames}
        encoded = {frame: encode(part10, frame) for frame in wanted}
    if not file.decodes:
        return  # shown although pydicom alone cannot: nothing to compare with
    whole = pixel_array(part10)
    assert len(whole) == part10.frames
    for frame, made in encoded.items():
        check_frame(made, whole[frame - 1])


@pytest.mark.skipif(not FILES, reason=NO_DATA)
@pytest.mark.parametrize("file", _representative(), ids=str)
def test_a_representative_file_is_exact_or_refused(file: PublicFile) -> None:
    check_file(file, "first")


@pytest.mark.slow
@pytest.mark.skipif(not FILES, reason=NO_DATA)
@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_file_is_exact_or_refused(file: PublicFile) -> None:
    check_file(file, "first, middle and last")
