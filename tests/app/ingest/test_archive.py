"""Zips, good and hostile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from app.errors import ArchiveRefused
from app.ingest.archive import MIB, RATIO_FROM, ArchiveLimits, is_zip, unpack
from app.model import RefusedFile
from tests.app.samples import zipped

LIMITS = ArchiveLimits(entries=10, bytes=64 * MIB, ratio=50)


def unpacked(archive: Path, folder: Path, limits: ArchiveLimits = LIMITS) -> dict[str, bytes | str]:
    """What came out: bytes, or the sentence that says why not."""
    folder.mkdir(exist_ok=True)
    found: dict[str, bytes | str] = {}
    for one in unpack(archive, "sent.zip", folder, limits):
        if isinstance(one, RefusedFile):
            found[one.name] = one.message
        else:
            assert one[1].parent == folder
            found[one[0]] = one[1].read_bytes()
    return found


def test_entries_come_out_with_their_names(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", **{"a.dcm": b"a", "deep/er/b.dcm": b"b", "deep/": b""})
    assert unpacked(archive, tmp_path / "out") == {
        "sent.zip/a.dcm": b"a",
        "sent.zip/deep/er/b.dcm": b"b",
    }


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "C:\\evil", "a/../../evil"])
def test_no_name_leads_outside(tmp_path: Path, name: str) -> None:
    archive = zipped(tmp_path / "a.zip", **{name: b"evil"})
    assert list(unpacked(archive, tmp_path / "out").values()) == [b"evil"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "out"]


def test_too_many_entries_refuse_the_zip(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", **{str(number): b"" for number in range(11)})
    with pytest.raises(ArchiveRefused, match="11 files"):
        unpacked(archive, tmp_path / "out")


def test_a_bomb_is_not_unpacked_and_the_rest_is(tmp_path: Path) -> None:
    bomb = bytes(RATIO_FROM + 8 * MIB)
    archive = zipped(tmp_path / "a.zip", bomb=bomb, fine=b"fine")
    found = unpacked(archive, tmp_path / "out")
    assert "far more" in str(found["sent.zip/bomb"])
    assert found["sent.zip/fine"] == b"fine"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["1"]


def test_a_blank_image_may_pack_well(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", blank=bytes(8 * MIB))
    assert unpacked(archive, tmp_path / "out") == {"sent.zip/blank": bytes(8 * MIB)}


def test_the_whole_has_a_limit(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", a=b"x" * 600, b=b"y" * 600, c=b"z" * 300)
    found = unpacked(archive, tmp_path / "out", ArchiveLimits(10, 1000, 50))
    assert "split it" in str(found["sent.zip/b"])
    assert found["sent.zip/c"] == b"z" * 300


def test_a_size_that_lies_is_found_out(tmp_path: Path) -> None:
    """The directory says 10 bytes; sizes are counted, not believed."""
    data = bytearray(zipped(tmp_path / "a.zip", a=b"x" * 5000).read_bytes())
    place = data.rindex(b"PK\x01\x02") + 24
    data[place : place + 4] = (10).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(data)
    (found,) = unpacked(tmp_path / "a.zip", tmp_path / "out").values()
    assert "damaged" in str(found)


def test_a_damaged_entry_is_refused_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr("bad", b"abcdefgh")
        opened.writestr("good", b"good")
    data = (tmp_path / "a.zip").read_bytes().replace(b"abcdefgh", b"abcdefgX")
    (tmp_path / "a.zip").write_bytes(data)
    found = unpacked(tmp_path / "a.zip", tmp_path / "out")
    assert "damaged" in str(found["sent.zip/bad"])
    assert found["sent.zip/good"] == b"good"


def test_a_locked_entry_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "a.zip", a=b"x").read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    (found,) = unpacked(tmp_path / "a.zip", tmp_path / "out").values()
    assert "password" in str(found)


def test_a_cut_zip_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", a=b"x" * 5000)
    archive.write_bytes(archive.read_bytes()[:-30])
    assert is_zip(archive)
    with pytest.raises(ArchiveRefused, match="damaged"):
        unpacked(archive, tmp_path / "out")


def test_a_preamble_that_looks_like_a_zip_is_dicom(tmp_path: Path) -> None:
    path = tmp_path / "dual"
    path.write_bytes(b"PK\x03\x04" + bytes(124) + b"DICM")
    assert not is_zip(path)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    path.write_bytes(empty.getvalue())
    assert is_zip(path)
