"""The closing line of `make test` adds up, and silence is not success."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tally import main

JUNIT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><skipped/></testcase>
<testcase name="c"><failure/></testcase><testcase name="d"><error/></testcase>
</testsuite></testsuites>"""
GREEN = '<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>'
EMPTY = "<testsuites><testsuite/></testsuites>"


def vitest(file: object) -> str:
    counts = {"numPassedTests": 4, "numFailedTests": 0, "numPendingTests": 1}
    return json.dumps(counts | {"testResults": [file]})


LOADED = {
    "vitest.json": vitest({"status": "passed", "assertionResults": [{}]}),
    "vitest.status": "0",
}
UNLOADED = {
    "vitest.json": vitest({"status": "failed", "assertionResults": []}),
    "vitest.status": "1",
}


@pytest.mark.parametrize(
    ("files", "status", "line"),
    [
        ({"pytest.xml": GREEN, "pytest.status": "0"}, 0, "1 passed, 0 failed"),
        ({"pytest.xml": JUNIT, "pytest.status": "1"}, 1, "1 passed, 2 failed, 1 skipped"),
        ({"pytest.xml": GREEN, "pytest.status": "3"}, 1, "1 passed, 1 failed"),
        ({"pytest.xml": EMPTY, "pytest.status": "5"}, 1, "0 passed, 1 failed"),
        ({"pytest.xml": "", "pytest.status": "0"}, 1, "0 passed, 1 failed"),
        ({"pytest.status": "4"}, 1, "0 passed, 1 failed"),
        (LOADED, 0, "4 passed, 0 failed, 1 skipped"),
        (UNLOADED, 1, "4 passed, 1 failed, 1 skipped"),
        ({"pytest.xml": GREEN, "pytest.status": "0"} | LOADED, 0, "5 passed, 0 failed, 1 skipped"),
    ],
)
def test_closing_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    files: dict[str, str],
    status: int,
    line: str,
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    suites = dict.fromkeys(name.split(".")[0] for name in files)
    assert main([str(tmp_path), *suites]) == status
    assert capsys.readouterr().out.splitlines()[-1] == line
