"""A back end that cannot be had stops the start with one sentence; nothing falls back silently."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from app.errors import StartupError
from app.resources import LEFT_OVER_SECONDS, open_resources
from app.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("database_url", "postgresql://someone:secret@db/firstlight"),
        ("database_url", "sqlite://"),
        ("blobs_url", "s3://bucket/secret"),
        ("blobs_url", "elsewhere"),
        ("bus_url", "redis://:secret@cache"),
        ("bus_url", ""),
    ],
)
async def test_a_back_end_of_another_version(tmp_path: Path, setting: str, url: str) -> None:
    settings = Settings.model_validate({"data": tmp_path, setting: url})
    with pytest.raises(StartupError) as caught:
        async with open_resources(settings):
            pytest.fail("opened")
    assert f"FIRSTLIGHT_{setting.upper()}" in caught.value.message
    assert "secret" not in caught.value.message


async def test_urls_of_this_version(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path / "data",
        database_url=f"sqlite:///{tmp_path}/elsewhere/a%20catalog.sqlite",
        blobs_url=f"file://{tmp_path}/files",
    )
    async with open_resources(settings) as resources:
        await resources.blobs.put("key", b"bytes")
    assert (tmp_path / "elsewhere" / "a catalog.sqlite").is_file()
    assert (tmp_path / "files" / "key").read_bytes() == b"bytes"


async def test_a_data_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="cannot be made"):
        async with open_resources(Settings(data=tmp_path / "file" / "data")):
            pytest.fail("opened")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_data_folder_that_is_read_only(tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir(mode=0o500)
    with pytest.raises(StartupError, match="not writable"):
        async with open_resources(Settings(data=tmp_path)):
            pytest.fail("opened")


async def test_uploads_cut_off_long_ago_are_cleared(tmp_path: Path) -> None:
    old, new = tmp_path / "incoming" / "old", tmp_path / "incoming" / "new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"half")
    long_ago = time.time() - LEFT_OVER_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    async with open_resources(Settings(data=tmp_path)):
        assert not old.exists()
        assert new.exists()
