"""``make bench-narrow DIR=``: bytes to an error at a narrow window, for each way of coding.

Every CT slice of the folder at the windows it is read at: heads at brain and subdural, the rest at
mediastinum and liver. Bytes to 16, 8, 4, 2 and 1 grey levels (RMSE at that window, at full size:
512 columns on a phone of 1170 pixels), all bytes against one plain plane, and the bytes more that a
bone window (W 2000, C 300) needs to be readable once the narrow one is.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streaming.priority import READABLE
from tests.tools.bench_narrow.candidates import CANDIDATES, Window
from tests.tools.bench_narrow.coding import Step
from tests.tools.bench_narrow.slices import BONE, Samples, Slice, slices_of
from tests.tools.figures import figures, say, table

TARGETS = (16, 8, 4, 2, 1)


@dataclass
class Results:
    """Of one candidate at one window, a figure for each slice."""

    reached: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    more_for_bone: list[int] = field(default_factory=list)
    against_plain: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    exact: bool = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path("../shared/data/public"))
    parser.add_argument("--every", type=int, default=1, help="of a series, every n-th slice only")
    arguments = parser.parse_args()
    results: dict[tuple[str, str], Results] = defaultdict(Results)
    files, heads = 0, []
    for each in slices_of(arguments.dir, arguments.every):
        if not each.windows():
            continue
        files += 1
        say(f"{files:3d} {each.name} {'head' if each.head else ''}")
        _measure(each, results)
        if each.head:
            heads.append(results["brain 80", "difference"].reached[4][-1])
    _print(results)
    figures(_figures(results, files, heads))


def _measure(each: Slice, results: dict[tuple[str, str], Results]) -> None:
    values = each.values
    hu = 1 / each.display.slope
    bone = Window(*each.ends(BONE), hu)
    for name, level in each.windows().items():
        window = Window(*each.ends(level), hu)
        all_plain = 0
        for candidate, code in CANDIDATES.items():
            before = time.perf_counter()
            coded = code(values, window)
            spent = time.perf_counter() - before
            all_plain = all_plain or coded.all_bytes
            into = results[name, candidate]
            into.seconds.append(spent)
            into.against_plain.append(coded.all_bytes / all_plain)
            into.exact = into.exact and coded.exact
            into.more_for_bone.append(_reached(coded.wide, values, bone, READABLE))
            for target in TARGETS:
                into.reached[target].append(_reached(coded.steps, values, window, target))


def _reached(steps: Sequence[Step], values: Samples, window: Window, target: float) -> int:
    """Return the bytes of the first step that leaves no more than ``target``; the last is exact."""
    return next(
        (step.bytes for step in steps if window.error(step.picture, values) <= target),
        steps[-1].bytes,
    )


def _print(results: dict[tuple[str, str], Results]) -> None:
    rows = [
        (
            window,
            candidate,
            *(f"{statistics.median(into.reached[target]):,.0f}" for target in TARGETS),
            f"{statistics.median(into.against_plain):.3f}",
            f"{max(into.against_plain):.3f}",
            f"{statistics.median(into.more_for_bone):,.0f}",
            f"{statistics.median(into.seconds):.2f}",
            "yes" if into.exact else "NO",
        )
        for (window, candidate), into in results.items()
    ]
    reached = tuple(f"<= {target} gl" for target in TARGETS)
    table(
        rows,
        ("window", "coding", *reached, "all/plain", "worst", "more for bone", "s", "exact"),
    )


def _figures(
    results: dict[tuple[str, str], Results], files: int, heads: list[int]
) -> dict[str, Any]:
    """For the coding chosen, but ``bytes_to_4gl_median``, which has all of them by window."""
    chosen = [into for (_, candidate), into in results.items() if candidate == "difference"]
    against = [ratio for into in chosen for ratio in into.against_plain]
    to_4: dict[str, dict[str, float]] = defaultdict(dict)
    for (window, candidate), into in results.items():
        to_4[candidate][window] = statistics.median(into.reached[4])
    return {
        "files": files,
        "bytes_to_4gl_median": to_4,
        "all_vs_plain_median": round(statistics.median(against), 3) if against else None,
        "all_vs_plain_max": round(max(against), 3) if against else None,
        "brain_bytes_to_4gl": heads,
        "bone_more_bytes": {
            window: statistics.median(into.more_for_bone)
            for (window, candidate), into in results.items()
            if candidate == "difference"
        },
    }


if __name__ == "__main__":
    main()
