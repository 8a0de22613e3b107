"""The demonstration's phantoms and samples."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest

from app.demo import sample_files, write_phantoms
from app.dicom.encode import encode_frame
from app.dicom.examination import Examination, examine
from app.dicom.stack import stack_order
from streaming.vocabulary import Coding


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return write_phantoms(tmp_path_factory.mktemp("phantoms"), print)


def named(phantoms: tuple[Path, ...], name: str) -> list[Path]:
    return [path for path in phantoms if name in (path.stem, path.parent.name)]


def checked(path: Path) -> Examination:
    found = examine(path)
    assert found.patient_name.startswith("PHANTOM, ")
    assert "Phantom, not a patient" in found.study_description
    assert found.warnings == ()
    return found


def test_the_radiograph_has_clinical_size(phantoms: tuple[Path, ...]) -> None:
    (path,) = named(phantoms, "chest")
    found = checked(path)
    assert (found.rows, found.columns, found.modality) == (3000, 2500, "DX")
    manifest = encode_frame(path, 1).manifest
    assert manifest.geometry.edges == ("R", "H", "L", "F")
    assert manifest.warnings == ()


def test_the_stack_is_in_order(phantoms: tuple[Path, ...]) -> None:
    slices = [checked(path) for path in named(phantoms, "head")]
    assert len(slices) == 120
    assert len({found.series for found in slices}) == 1
    order = stack_order([found.stack for found in reversed(slices)])
    assert order == list(range(119, -1, -1))
    manifest = encode_frame(named(phantoms, "head")[60], 1).manifest
    assert manifest.display.unit == "HU"
    assert manifest.geometry.spacing_mm == (0.45, 0.45)


def test_the_cine_is_calibrated_and_never_dearer_than_its_file(phantoms: tuple[Path, ...]) -> None:
    (path,) = named(phantoms, "obstetric")
    assert checked(path).frames == 60
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    (region,) = dataset.SequenceOfUltrasoundRegions
    assert region.PhysicalUnitsXDirection == 3
    assert region.PhysicalDeltaX == pytest.approx(0.0265)
    encoded = encode_frame(path, 31)
    assert encoded.manifest.coding is Coding.JPEG_SCANS
    assert len(encoded.body) <= encoded.manifest.source.bytes


def test_phantoms_are_made_once_and_always_the_same(
    phantoms: tuple[Path, ...], tmp_path: Path
) -> None:
    told: list[str] = []
    folder = phantoms[0].parent
    assert write_phantoms(folder, told.append) == phantoms
    assert told == ["The phantoms are there already."]
    (folder / "version.txt").write_text("another")
    before = {path: path.read_bytes() for path in phantoms}
    write_phantoms(folder, told.append)
    assert {path: path.read_bytes() for path in phantoms} == before


def test_all_samples_are_in_the_wheel_and_can_be_shown() -> None:
    files = sample_files()
    assert len(files) == 11
    for path in files:
        assert examine(path).frames >= 1
