"""The command line, as a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.samples import CT, uids


def firstlight(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_import_prints_what_was_stored_and_refused_and_why(tmp_path: Path) -> None:
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(b"bad")
    done = firstlight("import", CT, bad, "--json", "--data", tmp_path / "data")
    result = json.loads(done.stdout)
    assert done.returncode == 0
    assert [(one["study"], one["name"]) for one in result["stored"]] == [(uids(CT)[0], str(CT))]
    (refused,) = result["refused"]
    assert (refused["name"], refused["code"]) == (str(bad), "not_dicom")
    said = done.stderr.splitlines()
    assert f"stored   {CT}" in said
    assert f"refused  {bad}: {refused['message']}" in said


def test_import_ends_with_1_when_everything_was_refused(tmp_path: Path) -> None:
    done = firstlight("import", tmp_path / "none", "--data", tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, "0 stored, 1 refused.\n")
    assert done.stderr == f"refused  {tmp_path / 'none'}: There is no such file or folder.\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "clinic.example"])  # noqa: S104  # refused
def test_serve_refuses_an_address_that_others_reach(tmp_path: Path, host: str) -> None:
    done = firstlight("serve", "--host", host, "--data", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    assert "no sign-in yet" in sentence
    assert "--insecure-no-auth" in sentence
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = firstlight("serve", "--port", port, "--data", tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert f"127.0.0.1:{port} cannot be served" in done.stderr


def test_a_back_end_of_another_version_is_one_sentence(tmp_path: Path) -> None:
    done = firstlight(
        *("serve", "--port", 1024, "--data", tmp_path),
        FIRSTLIGHT_BUS_URL="redis://:secret@cache",
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "FIRSTLIGHT_BUS_URL" in done.stderr
    assert "secret" not in done.stderr
