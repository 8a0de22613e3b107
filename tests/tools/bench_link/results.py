"""What was measured, run by run, and the FIGURES made of it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.tools.bench_link.floor import LinkFacts, WayIn, floor_seconds, ratio
from tests.tools.bench_link.milestones import Milestones, middle, percentile

OURS = "firstlight"


@dataclass(frozen=True)
class Record:
    """One timed visit of one viewer."""

    viewer: str
    """``OURS``, or the peer's variant."""
    profile: str
    way: str
    image: str
    run: int
    reached: Milestones
    app_bytes: int = 0
    load: float = 0.0
    """Processes that wanted a processor, for each there is, when the visit ended."""


@dataclass(frozen=True)
class Sizes:
    """Bytes of an image's first frame in our coding, to each goal."""

    readable: int
    fine: int
    lossless: int


@dataclass
class Results:
    """Everything of one run of the bench; ``to_dict`` is what is written as JSON."""

    records: list[Record] = field(default_factory=list)
    links: dict[str, LinkFacts] = field(default_factory=dict)
    sizes: dict[str, Sizes] = field(default_factory=dict)
    mind_ms: list[float] = field(default_factory=list)
    """Beyond the round trip, of each jump."""
    scrub_ms: list[float] = field(default_factory=list)
    coarse_pass_bytes: int | None = None
    resent_bytes: int | None = None
    resume_round_trips: list[float] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    """Of each run under loss and outages: what it was, and whether it ended exact."""
    screen_errors: dict[str, float] = field(default_factory=dict)
    """Image to the error of the screen itself at the moment our page said <= 4 gl."""
    remarks: list[str] = field(default_factory=list)
    """What was left out, or fell short, in sentences."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


BUSY = 1.5
"""Load for each processor from which times say more of the machine than of the link."""


def busy_remark(records: list[Record]) -> str | None:
    """Return a sentence where the machine had other work, None where it had not."""
    busy = [each.load for each in records if each.load > BUSY]
    if not busy:
        return None
    return (
        f"The machine was busy in {len(busy)} of {len(records)} visits (load up to {max(busy):.1f} "
        "for each processor): their times are longer than the link made them."
    )


Table = dict[str, dict[str, dict[str, float | None]]]
"""profile -> way in -> image -> value"""


def figures_of(results: Results) -> dict[str, Any]:
    """Return the FIGURES; what was not measured is None or empty."""
    ours = [each for each in results.records if each.viewer == OURS]
    return {
        "readable_vs_floor": _table(ours, lambda runs: _versus_floor(results, runs)),
        "preview_s": _table(ours, lambda runs: middle(run.reached.preview for run in runs)),
        "readable_s": _table(ours, lambda runs: middle(run.reached.readable for run in runs)),
        "lossless_s": _table(ours, lambda runs: middle(run.reached.lossless for run in runs)),
        "readable_vs_peer": _table(ours, lambda runs: _sooner(results, runs, _readable)),
        "lossless_vs_peer": _table(ours, lambda runs: _sooner(results, runs, _lossless)),
        "change_of_mind_ms": {
            "p50": _rounded(percentile(results.mind_ms, 0.5)),
            "p95": _rounded(percentile(results.mind_ms, 0.95)),
        },
        "scrub_ms_p95": _rounded(percentile(results.scrub_ms, 0.95)),
        "coarse_pass_bytes": results.coarse_pass_bytes,
        "resent_pixel_bytes": results.resent_bytes,
        "resume_round_trips_p95": _rounded(percentile(results.resume_round_trips, 0.95)),
        "exact_after_faults": {
            "exact": sum(bool(each["exact"]) for each in results.faults),
            "of": len(results.faults),
        }
        if results.faults
        else None,
    }


def peer_best(
    results: Results, profile: str, way: str, image: str, goal: Callable[[Record], float | None]
) -> tuple[str, float] | None:
    """Return the peer's best variant and its median time; None where none got there."""
    found: dict[str, list[float | None]] = {}
    for each in results.records:
        place = (each.profile, each.way, each.image)
        if each.viewer != OURS and place == (profile, way, image):
            found.setdefault(each.viewer, []).append(goal(each))
    medians = [(time, name) for name, times in found.items() if (time := middle(times)) is not None]
    return (min(medians)[1], min(medians)[0]) if medians else None


def floor_of(results: Results, run: Record, goal: str) -> float:
    """Return the floor of a visit to one of our goals (``readable``, ``fine``, ``lossless``)."""
    needed = int(getattr(results.sizes[run.image], goal))
    return floor_seconds(WayIn(run.way), results.links[run.profile], needed, run.app_bytes)


def _readable(run: Record) -> float | None:
    return run.reached.readable


def _lossless(run: Record) -> float | None:
    return run.reached.lossless


def _versus_floor(results: Results, runs: list[Record]) -> float | None:
    return middle(ratio(run.reached.readable, floor_of(results, run, "readable")) for run in runs)


def _sooner(
    results: Results, runs: list[Record], goal: Callable[[Record], float | None]
) -> float | None:
    first = runs[0]
    best = peer_best(results, first.profile, first.way, first.image, goal)
    time = middle(goal(run) for run in runs)
    return best[1] / time if best and time else None


def _table(records: Iterable[Record], value: Callable[[list[Record]], float | None]) -> Table:
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for each in records:
        groups.setdefault((each.profile, each.way, each.image), []).append(each)
    table: Table = {}
    for (profile, way, image), runs in groups.items():
        table.setdefault(profile, {}).setdefault(way, {})[image] = _rounded(value(runs))
    return table


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
