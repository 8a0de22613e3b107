"""``python -m tests.tally FOLDER SUITE...``: adds the suites up to one line, `N passed, N failed`.

A suite leaves its results (``pytest.xml`` or ``vitest.json``) and its exit status
(``pytest.status``). One that left no result, that ran no test, or that failed without a failed test
counts as one failure: silence is not success.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True, slots=True)
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )


def read_junit(text: str) -> Count:
    """Of a junit report, as pytest writes it; an error in a fixture is a failure."""
    failed = skipped = cases = 0
    for case in ElementTree.fromstring(text).iter("testcase"):  # noqa: S314 (our own pytest wrote it)
        cases += 1
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            failed += 1
        elif "skipped" in outcomes:
            skipped += 1
    return Count(cases - failed - skipped, failed, skipped)


def read_vitest(text: str) -> Count:
    """Of vitest's JSON report; a file that did not load is a failure, though it has no test."""
    report = json.loads(text)
    unloaded = sum(
        one["status"] == "failed" and not one["assertionResults"] for one in report["testResults"]
    )
    return Count(
        report["numPassedTests"],
        report["numFailedTests"] + unloaded,
        report["numPendingTests"] + report.get("numTodoTests", 0),
    )


READERS = {"pytest": ("pytest.xml", read_junit), "vitest": ("vitest.json", read_vitest)}


def tally(folder: Path, suite: str) -> tuple[Count, str]:
    """What the suite did, and what is wrong with it beside its failed tests, or ""."""
    name, read = READERS[suite]
    try:
        count = read((folder / name).read_text(encoding="utf-8"))
        status = int((folder / f"{suite}.status").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
        return Count(failed=1), f"{suite} left no result: {error}"
    if not count.passed and not count.failed:
        return count + Count(failed=1), f"{suite} ran no test."
    if status and not count.failed:
        return count + Count(failed=1), f"{suite} ended with status {status}, but no test failed."
    return count, ""


def main(arguments: list[str]) -> int:
    folder, *suites = arguments
    total = Count()
    for suite in suites:
        count, problem = tally(Path(folder), suite)
        total += count
        if problem:
            print(problem)
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {total.failed} failed{skipped}")
    return 1 if total.failed or not suites else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
