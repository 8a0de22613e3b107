"""UIDs: the file's own, or derived ones that stay the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from app.dicom.encode import encode_frame
from app.dicom.examination import Examination, examine
from app.dicom.identity import identify
from app.dicom.part10 import read_part10
from tests.app.dicom.making import gradient, make_dataset, save


def made(path: Path, **attributes: Any) -> Path:
    dataset = make_dataset(gradient(20, 30), **attributes)
    for keyword, value in attributes.items():
        if value is None:
            delattr(dataset, keyword)
    return save(dataset, path)


def test_a_file_s_own_uids_are_kept(tmp_path: Path) -> None:
    found = examine(made(tmp_path / "a.dcm"))
    assert (found.study, found.series, found.instance) == ("1.2.3", "1.2.3.4", "1.2.3.4.5")
    assert found.warnings == ()


def test_missing_uids_are_derived_from_the_file_and_said_to_be(tmp_path: Path) -> None:
    path = made(tmp_path / "a.dcm", StudyInstanceUID=None, SeriesInstanceUID=None)
    copy = Path(shutil.copy(path, tmp_path / "another name"))
    found = examine(path)
    assert found.study.startswith("2.25.")
    assert len(found.study) <= 64
    assert found.study != found.series
    assert examine(copy).study == found.study
    assert found.warnings[0] == (
        "This file has no Study Instance UID; Firstlight gave it one of its own."
    )
    manifest = encode_frame(path, 1).manifest
    assert manifest.frame.instance == found.instance == "1.2.3.4.5"
    assert manifest.warnings[: len(found.warnings)] == found.warnings


def test_files_that_share_a_malformed_uid_stay_together(tmp_path: Path) -> None:
    first = examine(made(tmp_path / "a.dcm", StudyInstanceUID="study A"))
    second = examine(made(tmp_path / "b.dcm", StudyInstanceUID="study A", InstanceNumber=2))
    assert first.study == second.study
    assert first.study.startswith("2.25.")
    assert "malformed" in first.warnings[0]


def test_a_missing_sop_instance_uid_is_taken_from_the_meta_header(tmp_path: Path) -> None:
    path = made(tmp_path / "a.dcm", StudyDate="20261124")
    part10 = read_part10(path)
    del part10.dataset.SOPInstanceUID
    assert identify(path, part10.dataset).instance == "1.2.3.4.5"


def test_everything_the_catalog_keeps(tmp_path: Path) -> None:
    path = made(
        tmp_path / "a.dcm",
        PatientName="DOE^Jane^Mary",
        PatientID="123",
        PatientBirthDate="19910208",
        PatientSex="F",
        StudyDate="20261124",
        StudyDescription="CT head",
        SeriesNumber=2,
        SeriesDescription="Axial",
        BodyPartExamined="HEAD",
        InstanceNumber=17,
        ImagePositionPatient=[1, 2, 3],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        AcquisitionDate="20261124",
        AcquisitionTime="031200",
    )
    found = examine(path)
    assert found.patient_name == "DOE, Jane Mary"
    assert (found.birth_date, found.study_date) == ("1991-02-08", "2026-11-24")
    assert (found.rows, found.columns, found.frames) == (20, 30, 1)
    assert found.stack.position == (1, 2, 3)
    assert found.stack.normal == (0, 0, 1)
    assert found.stack.time == "20261124031200"
    assert Examination.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    "attributes",
    [
        {"PatientBirthDate": "when?"},
        {"StudyDate": "20269999"},
        {"SeriesNumber": None},
        {"ImagePositionPatient": [1, 2]},
        {"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]},
    ],
)
def test_values_that_make_no_sense_do_not_refuse_the_picture(
    attributes: dict[str, Any], tmp_path: Path
) -> None:
    dataset = make_dataset(gradient(20, 30))
    for keyword, value in attributes.items():
        if value is not None:
            setattr(dataset, keyword, value)
    found = examine(save(dataset, tmp_path / "a.dcm"))
    assert found.birth_date == ""
    assert found.study_date == ""
    assert found.stack.position is None
    assert found.stack.normal is None
