"""A folder is walked whole; what cannot be read is said."""

from __future__ import annotations

import os
from pathlib import Path

from app.ingest.folder import walk
from app.model import RefusedFile


def test_every_file_in_order(tmp_path: Path) -> None:
    (tmp_path / "b" / "deep").mkdir(parents=True)
    for name in ("c", "b/z", "b/deep/y", "a", ".hidden"):
        (tmp_path / name).touch()
    found = list(walk(tmp_path, "scans"))
    assert found == [
        (f"scans/{name}", tmp_path / name) for name in (".hidden", "a", "b/deep/y", "b/z", "c")
    ]


def test_links_to_files_are_followed_and_to_folders_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "nowhere").symlink_to(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    found = {
        one.name if isinstance(one, RefusedFile) else one[0]: one for one in walk(tmp_path, "s")
    }
    assert isinstance(found["s/link"], tuple)
    for name in ("s/loop", "s/nowhere", "s/pipe"):
        refusal = found[name]
        assert isinstance(refusal, RefusedFile)
        assert refusal.code == "unreadable"


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    (refusal,) = walk(tmp_path / "gone", "scans")
    assert isinstance(refusal, RefusedFile)
    assert (refusal.name, refusal.code) == ("scans", "unreadable")
