"""What `make bench-link` computes of what it measured: floors, medians, errors, its report."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import orjson
import pytest

from streaming.scheduler import NEIGHBOURS
from streaming.vocabulary import FrameKey
from tests.tools.bench_link.floor import LinkFacts, WayIn, floor_seconds, ratio
from tests.tools.bench_link.judge import shown_error
from tests.tools.bench_link.milestones import Milestones, Seen, middle, milestones, percentile
from tests.tools.bench_link.mind import jumps
from tests.tools.bench_link.options import read_options
from tests.tools.bench_link.report import report
from tests.tools.bench_link.results import OURS, Record, Results, Sizes, busy_remark, figures_of
from tests.tools.bench_link.scrub import coarse_bytes
from tests.tools.bench_link.wire_log import Piece, sent_again

SLOW = LinkFacts(280_000, 0.8)


@pytest.mark.parametrize(("slices", "wanted"), [(40, 4), (40, 20), (200, 12), (3, 9)])
def test_no_jump_goes_where_an_earlier_one_brought_something(slices: int, wanted: int) -> None:
    places = jumps(slices, wanted)
    assert len(places) <= min(wanted, 12)
    for at, place in enumerate(places):
        assert 1 <= place <= slices
        assert all(abs(place - earlier) > NEIGHBOURS for earlier in places[:at])
    assert len(jumps(40, 99)) == 12


def test_the_floor_is_round_trips_and_bytes() -> None:
    assert floor_seconds(WayIn.WARM, SLOW, 35_000) == pytest.approx(3 * 0.8 + 1.0)
    assert floor_seconds(WayIn.TAP, SLOW, 35_000) == pytest.approx(0.8 + 1.0)
    assert floor_seconds(WayIn.PREFETCHED, SLOW, 35_000) == 0


def test_only_a_cold_visit_must_load_the_app() -> None:
    cold = floor_seconds(WayIn.COLD, SLOW, 35_000, 70_000)
    assert cold == pytest.approx(4 * 0.8 + 3.0)
    assert floor_seconds(WayIn.WARM, SLOW, 35_000, 70_000) == pytest.approx(3 * 0.8 + 1.0)


def test_a_link_without_a_limit_costs_round_trips_alone() -> None:
    assert floor_seconds(WayIn.TAP, LinkFacts(0, 0.1), 10**9) == pytest.approx(0.1)


def test_there_is_no_ratio_to_nothing() -> None:
    assert ratio(3.0, 2.0) == 1.5
    assert ratio(None, 2.0) is None
    assert ratio(3.0, 0.0) is None


def test_milestones_are_the_first_time_each_was_true() -> None:
    seen = [
        Seen(9.0, 200.0),  # of the page before
        Seen(15.0, 0.0, exact=True),
        Seen(11.0, None),
        Seen(13.0, 0.9),
        Seen(12.0, 4.0),
    ]
    assert milestones(seen, 10.0) == Milestones(1.0, 2.0, 3.0, 5.0)
    assert milestones([Seen(11.0, 4.1)], 10.0) == Milestones(1.0)


def test_a_run_that_did_not_get_there_counts_as_the_longest() -> None:
    assert middle([3.0, None, 1.0]) == 3.0
    assert middle([None, None, 1.0]) is None
    assert middle([]) is None


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 21)]
    assert percentile(values, 0.5) == 10.0
    assert percentile(values, 0.95) == 19.0
    assert percentile([7.0], 0.95) == 7.0
    assert percentile([], 0.5) is None


def test_a_picture_is_judged_in_its_window() -> None:
    truth = np.full((8, 8), 1000, np.uint16)
    window = (1000.0, 255.0)
    assert shown_error(truth, truth, window, 2.0) == 0
    assert shown_error(truth + 3, truth, window, 2.0) == pytest.approx(3.0)
    assert shown_error(truth + 3, truth, (1000.0, 510.0), 2.0) == pytest.approx(1.5)
    colour = np.zeros((8, 8, 3), np.uint8)
    assert shown_error(colour + 2, colour, (0.0, 0.0), 1.0) == pytest.approx(2.0)


def test_a_picture_is_judged_at_the_size_it_is_shown() -> None:
    fine = np.indices((64, 64)).sum(axis=0) % 2 * 100 + 1000
    flat = np.full((64, 64), 1050)
    window = (1050.0, 255.0)
    assert shown_error(flat, fine, window, 1.0) == pytest.approx(50, abs=0.5)
    assert shown_error(flat, fine, window, 0.25) < 5
    # A lower resolution is drawn as large as the whole.
    assert shown_error(np.full((16, 16), 1050), flat, window, 1.0) == 0


def piece(layer: int, offset: int, size: int, *, uid: str = "1.2", total: int = 100) -> Piece:
    return Piece(0.0, "socket", FrameKey(uid, 1), 0, 0, layer, total, offset, size)


def test_bytes_that_were_held_and_came_again_are_counted() -> None:
    first = [piece(0, 0, 60), piece(0, 60, 40), piece(1, 0, 50)]
    assert sent_again(first) == 0
    assert sent_again([*first, piece(1, 50, 50)]) == 0
    assert sent_again([*first, piece(1, 30, 70)]) == 20
    assert sent_again([*first, piece(0, 0, 60)]) == 60


def test_the_coarse_pass_ends_when_every_slice_has_its_first_layer() -> None:
    uids = frozenset({"1.2", "1.3"})
    pieces = [piece(0, 0, 100), piece(1, 0, 100), piece(0, 0, 60, uid="1.3")]
    assert coarse_bytes(pieces, uids) is None
    assert coarse_bytes([*pieces, piece(0, 60, 40, uid="1.3")], uids) == 200


def record(viewer: str, readable: float | None, lossless: float | None, run: int = 0) -> Record:
    reached = Milestones(1.0, readable, readable, lossless)
    return Record(viewer, "2g", WayIn.WARM.value, "ct1", run, reached)


def measured() -> Results:
    results = Results(links={"2g": SLOW}, sizes={"ct1": Sizes(35_000, 70_000, 350_000)})
    results.records = [
        record(OURS, 3.4, 20.0),
        record(OURS, 6.8, None, 1),
        record(OURS, 3.4, 30.0, 2),
        record("j2k", 10.2, 10.2),
        record("htj2k, streamed", 6.8, 15.0),
    ]
    return results


def test_the_figures_are_medians_against_floor_and_the_best_of_the_peer() -> None:
    values = figures_of(measured())
    assert values["readable_vs_floor"] == {"2g": {"warm": {"ct1": 1.0}}}
    assert values["preview_s"] == {"2g": {"warm": {"ct1": 1.0}}}
    assert values["readable_vs_peer"] == {"2g": {"warm": {"ct1": 2.0}}}
    assert orjson.loads(orjson.dumps(values)) == values
    assert values["lossless_vs_peer"] == {"2g": {"warm": {"ct1": 0.34}}}


def test_what_was_not_measured_is_nothing_and_not_invented() -> None:
    values = figures_of(Results())
    assert values["readable_vs_floor"] == {}
    assert values["change_of_mind_ms"] == {"p50": None, "p95": None}
    assert values["exact_after_faults"] is None
    nothing = ("scrub_ms_p95", "coarse_pass_bytes", "resent_pixel_bytes", "resume_round_trips_p95")
    assert [values[name] for name in nothing] == [None] * 4


def test_a_busy_machine_is_said() -> None:
    calm = record(OURS, 1.0, 1.0)
    assert busy_remark([calm]) is None
    said = busy_remark([calm, replace(calm, load=6.5)])
    assert said is not None
    assert "1 of 2 visits (load up to 6.5" in said


def test_an_exact_end_is_counted_out_of_all_runs() -> None:
    results = Results(faults=[{"image": "ct1", "exact": True}, {"image": "us1", "exact": False}])
    assert figures_of(results)["exact_after_faults"] == {"exact": 1, "of": 2}


class Tags(HTMLParser):
    """Collects what a page would fetch, and how many plots it has."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.plots = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.plots += tag == "svg"
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href")]


def test_the_report_stands_alone_and_escapes_what_it_shows() -> None:
    results = measured()
    results.remarks.append("<script>alert(1)</script>")
    page = report(results, figures_of(results))
    tags = Tags()
    tags.feed(page)
    assert (tags.plots, tags.fetched) == (1, [])
    assert "<script>" not in page
    assert "6.80 (htj2k, streamed)" in page


def test_a_subset_is_chosen_by_name() -> None:
    options = read_options(["--profiles", "2g", "--images", "ct1,us1", "--runs", "1"])
    assert (options.profiles, options.images, options.runs) == (("2g",), ("ct1", "us1"), 1)
    assert len(read_options(["--profiles", "", "--images", ""]).profiles) == 6
    with pytest.raises(SystemExit):
        read_options(["--profiles", "5g"])
