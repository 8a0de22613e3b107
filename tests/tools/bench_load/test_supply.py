"""Which series keeps the compared links busy."""

from __future__ import annotations

from tests.tools.bench_load.studies import Series
from tests.tools.bench_load.supply import lasting

SHORT, LONG, LONGEST = Series("1", "1", 3), Series("1", "2", 40), Series("1", "3", 75)


def test_the_longest_of_those_that_last() -> None:
    assert lasting({LONGEST: 1_000, LONG: 3_000, SHORT: 9_000}, 2_500) == LONG


def test_where_none_lasts_the_one_with_most_bytes() -> None:
    assert lasting({LONGEST: 1_000, LONG: 3_000, SHORT: 9_000}, 10_000) == SHORT
