"""The one door, with real files, the real pool and the real catalog."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.model import RefusedFile, StoredFile
from app.resources import Resources, open_resources
from app.settings import Settings
from tests.app.samples import CINE, CT, FOLDER, MR, other_bytes, slice_of_stack, uids, zipped

pytestmark = pytest.mark.anyio


async def test_a_file_is_stored_byte_for_byte(resources: Resources) -> None:
    received = await resources.intake.take([("my ct.dcm", CT)])
    study, series, instance = uids(CT)
    assert received.to_dict() == {
        "stored": [
            {
                "study": study,
                "series": series,
                "instance": instance,
                "frames": 1,
                "name": "my ct.dcm",
                "already": False,
            }
        ],
        "refused": [],
    }
    original = await resources.catalog.original(instance)
    stored = await resources.blobs.get(f"originals/{original.sha256[:2]}/{original.sha256}")
    assert stored == CT.read_bytes()
    (change,) = await resources.catalog.changes(study, 0, 10)
    assert change.kind == "study"


async def test_every_frame_is_counted(resources: Resources) -> None:
    (stored,) = (await resources.intake.take([("us", CINE)])).stored
    assert stored.frames == 30


async def test_the_same_file_again_is_here_already(resources: Resources) -> None:
    await resources.intake.take([("first", CT)])
    (again,) = (await resources.intake.take([("second", CT)])).stored
    assert (again.name, again.already) == ("second", True)
    assert await resources.catalog.latest() == 1


async def test_the_same_file_twice_at_once_is_stored_once(settings: Settings) -> None:
    async with open_resources(settings.model_copy(update={"workers": 2})) as resources:
        received = await resources.intake.take([("one", CT), ("two", CT)])
        assert sorted(one.already for one in received.stored) == [False, True]
        assert await resources.catalog.latest() == 1


async def test_the_same_uid_with_other_bytes_is_refused(
    resources: Resources, tmp_path: Path
) -> None:
    await resources.intake.take([("first", CT)])
    (refused,) = (await resources.intake.take([("other", other_bytes(tmp_path))])).refused
    assert (refused.name, refused.code) == ("other", "instance_conflict")
    assert "the same SOP Instance UID" in refused.message


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty", b"", "not_dicom"),
        ("garbage", bytes(range(256)) * 40, "not_dicom"),
        ("cut", CT.read_bytes()[:20_000], "truncated"),
    ],
)
async def test_a_file_that_cannot_be_shown_is_one_sentence(
    resources: Resources, tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    received = await resources.intake.take([(name, path), ("fine", MR)])
    (refused,) = received.refused
    assert (refused.name, refused.code) == (name, code)
    assert refused.message.endswith(".")
    assert [one.name for one in received.stored] == ["fine"]


async def test_a_fault_of_the_server_costs_one_file(resources: Resources) -> None:
    """The folder of originals turned into a file: nothing can be written any more."""
    originals = resources.settings.data / "blobs" / "originals"
    originals.write_bytes(b"")
    received = await resources.intake.take([("ct", CT), ("mr", MR)])
    assert {(one.name, one.code) for one in received.refused} == {
        ("ct", "internal"),
        ("mr", "internal"),
    }
    assert await resources.catalog.studies() == ()


async def test_a_file_without_pixels_is_refused(resources: Resources) -> None:
    (refused,) = (await resources.intake.take([("plan", FOLDER / "rtplan.dcm")])).refused
    assert refused.code == "no_pixels"


async def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.dcm"
    path.write_bytes(CT.read_bytes() + bytes(1024 * 1024))
    async with open_resources(Settings(data=tmp_path / "data", file_max_mb=1)) as resources:
        (refused,) = (await resources.intake.take([("large", path)])).refused
    assert (refused.code, "1 MiB" in refused.message) == ("too_large", True)


async def test_folders_and_zips_are_gone_through(resources: Resources, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "note.txt").write_text("no scan")
    (folder / "mr.dcm").write_bytes(MR.read_bytes())
    zipped(folder / "more.zip", **{"ct.dcm": CT.read_bytes(), "deep/bad": b"bad"})
    told: list[StoredFile | RefusedFile] = []
    received = await resources.intake.take(
        [("scans", folder), ("none", tmp_path / "none")], told.append
    )
    assert {one.name for one in received.stored} == {"scans/mr.dcm", "scans/more.zip/ct.dcm"}
    assert {(one.name, one.code) for one in received.refused} == {
        ("scans/note.txt", "not_dicom"),
        ("scans/more.zip/deep/bad", "not_dicom"),
        ("none", "unreadable"),
    }
    assert len(told) == 5
    assert list(resources.incoming.iterdir()) == []
    assert (folder / "mr.dcm").exists()


async def test_a_damaged_zip_is_refused_as_one(resources: Resources, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ct=CT.read_bytes())
    archive.write_bytes(archive.read_bytes()[:-30])
    (refused,) = (await resources.intake.take([("a.zip", archive)])).refused
    assert (refused.name, refused.code) == ("a.zip", "archive_refused")


async def test_slices_are_put_in_order_whatever_order_they_come_in(
    resources: Resources, tmp_path: Path
) -> None:
    heights = {1: 30.0, 2: 10.0, 3: 20.0}
    for number, height in heights.items():
        path = slice_of_stack(tmp_path, number, height)
        await resources.intake.take([(path.name, path)])
    (series,) = (await resources.catalog.study(uids(CT)[0])).series
    assert [one.instance for one in series.instances] == ["1.2.3.4.2", "1.2.3.4.3", "1.2.3.4.1"]
