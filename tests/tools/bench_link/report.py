"""The report: one HTML page with its plots inside, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from tests.tools.bench_link.milestones import middle
from tests.tools.bench_link.plots import Bar, bars
from tests.tools.bench_link.results import OURS, Record, Results, floor_of, peer_best

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.5rem}h3{font-size:1rem;margin-bottom:.25rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.2rem .8rem .2rem 0;text-align:right;border-bottom:1px solid #dde1e5}
td:first-child,th:first-child{text-align:left}small{color:#5a6570}svg{max-width:100%;height:auto}
"""
WORDS = {
    "cold": "Cold visit: nothing cached",
    "warm": "Warm app: installed, a new socket",
    "tap": "Tap: the list is open, the study not prefetched",
    "prefetched": "Tap, prefetched",
}
GOALS = ("preview", "readable", "fine", "lossless")


def report(results: Results, figures: dict[str, Any]) -> str:
    """Return the page."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>bench-link</title>",
        f"<style>{STYLE}</style><h1>Pictures through thin links</h1>",
        "<p>Seconds, medians, from the beginning of the navigation or from the finger. Readable: "
        "at most 4 display grey levels of error; fine: at most 1; lossless: every sample. The "
        "floor is the round trips that cannot be avoided and the bytes at the link's rate.</p>",
    ]
    for profile, link in results.links.items():
        rate, trip = link.rate / 1000, link.round_trip * 1000
        parts.append(
            f"<h2>{escape(profile)}</h2><p>{rate:,.0f} kbit/s, round trip {trip:.0f} ms</p>"
        )
        for way, words in WORDS.items():
            parts += _way(results, profile, way, words)
    parts += _others(results, figures)
    return "".join(parts) + "</html>\n"


def _way(results: Results, profile: str, way: str, words: str) -> Iterable[str]:
    images: dict[str, list[Record]] = {}
    for each in results.records:
        if (each.viewer, each.profile, each.way) == (OURS, profile, way):
            images.setdefault(each.image, []).append(each)
    if not images:
        return
    yield f"<h3>{words}</h3>"
    plotted, rows = [], []
    for image, runs in images.items():
        times = {goal: middle(getattr(run.reached, goal) for run in runs) for goal in GOALS}
        floor = middle(floor_of(results, run, "readable") for run in runs)
        best = peer_best(results, profile, way, image, lambda run: run.reached.readable)
        plotted.append(Bar(image, times["readable"], floor, best[1] if best else None))
        cells = [image, *map(_seconds, times.values()), _seconds(floor)]
        exact = peer_best(results, profile, way, image, lambda run: run.reached.lossless)
        rows.append([*cells, _peer(best), _peer(exact)])
    yield bars(plotted)
    yield _table(["image", *GOALS, "floor, readable", "peer, readable", "peer, lossless"], rows)


def _others(results: Results, figures: dict[str, Any]) -> Iterable[str]:
    yield "<h2>Jumps, cuts and faults</h2>"
    mind, faults = figures["change_of_mind_ms"], figures["exact_after_faults"]
    rows = [
        [
            "change of mind, ms beyond the round trip, p50 / p95",
            f"{_plain(mind['p50'])} / {_plain(mind['p95'])}",
        ],
        ["scrubbing a cold stack, ms, p95", _plain(figures["scrub_ms_p95"])],
        ["coarse pass of the stack, bytes", _plain(figures["coarse_pass_bytes"])],
        ["pixel bytes sent again after cuts", _plain(figures["resent_pixel_bytes"])],
        ["round trips until it goes on, p95", _plain(figures["resume_round_trips_p95"])],
        ["exact after faults", f"{faults['exact']} of {faults['of']}" if faults else "–"],
    ]
    yield _table(["", "measured"], rows)
    if results.screen_errors:
        yield "<h2>The page's claim, held against its screen</h2>"
        yield "<p>Error of the screen, in grey levels, when the page said at most 4.</p>"
        yield _table(
            ["image", "gl"], [[name, f"{gl:.2f}"] for name, gl in results.screen_errors.items()]
        )
    if results.remarks:
        lines = "".join(f"<li>{escape(line)}" for line in dict.fromkeys(results.remarks))
        yield f"<h2>Left out, or short</h2><ul>{lines}</ul>"


def _table(header: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}" for cell in row) for row in rows)
    return f"<table><tr>{head}{body}</table>"


def _peer(best: tuple[str, float] | None) -> str:
    return f"{best[1]:.2f} ({best[0]})" if best else "–"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:g}"
