"""What a viewer has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.errors import HoldingsError
from streaming.holdings import FrameHoldings, HeldFrame, Holdings, read_runs, runs_of, write_runs
from streaming.vocabulary import FrameKey

KEY = FrameKey("1.2.3", 1)
ID = "0123456789abcdef"


@given(st.lists(st.integers(0, 16), min_size=1, max_size=300))
def test_the_text_form_comes_back(layers: list[int]) -> None:
    runs = runs_of(layers)
    assert read_runs(write_runs(runs)) == runs
    assert [value for count, value in runs for _ in range(count)] == layers


@given(st.text(alphabet="0123456789:,", max_size=30))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        runs = read_runs(text)
    except HoldingsError:
        return
    assert write_runs(runs) == text


def grid() -> FrameHoldings:
    held = FrameHoldings(ID, 2, 3)
    held.complete(0, 1)
    held.set_partial(0, 1, 7)
    held.set_partial(1, 2, 9)
    return held


def test_cells() -> None:
    held = grid()
    assert (held.layers(0, 1), held.partial(0, 1)) == (1, 7)
    held.complete(0, 1)
    assert (held.layers(0, 1), held.partial(0, 1)) == (2, 0)
    held.set_partial(1, 2, 0)
    assert held.partial(1, 2) == 0
    held.forget(0)
    assert held.layers(0, 1) == 0


@pytest.mark.parametrize("cell", [(2, 0), (0, 3), (-1, 0), (0, -1)])
def test_cells_that_are_not_there(cell: tuple[int, int]) -> None:
    with pytest.raises(HoldingsError, match="no such tile"):
        grid().layers(*cell)


def test_a_statement_comes_back() -> None:
    stated = grid().to_held(KEY)
    assert stated == HeldFrame(KEY, ID, ((1, 0), (1, 1), (4, 0)), ((0, 1, 1, 7), (1, 2, 0, 9)))
    assert FrameHoldings.from_held(stated, 2, 3).to_held(KEY) == stated


def test_merging_takes_the_more_of_both() -> None:
    ours, theirs = grid(), FrameHoldings(ID, 2, 3)
    theirs.set_partial(0, 1, 99)
    theirs.set_partial(1, 2, 5)
    theirs.complete(0, 0)
    theirs.set_partial(0, 0, 3)
    theirs.set_partial(1, 0, 4)
    ours.merge(theirs)
    assert (ours.layers(0, 1), ours.partial(0, 1)) == (1, 7)
    assert (ours.layers(0, 0), ours.partial(0, 0)) == (1, 3)
    assert (ours.partial(1, 2), ours.partial(1, 0)) == (9, 4)


def test_another_coding_is_never_merged() -> None:
    with pytest.raises(HoldingsError, match="different manifests"):
        grid().merge(FrameHoldings("fedcba9876543210", 2, 3))


def test_of_all_frames() -> None:
    holdings = Holdings()
    assert holdings.get(KEY) is None
    held = holdings.begin(KEY, ID, 1, 1)
    held.complete(0, 0)
    assert holdings.begin(KEY, ID, 1, 1) is held
    assert KEY in holdings
    assert [stated.held for stated in holdings.statement()] == [((1, 1),)]
    void = holdings.begin(KEY, "fedcba9876543210", 1, 1)
    assert void.layers(0, 0) == 0
    holdings.drop(KEY)
    holdings.drop(KEY)
    assert list(holdings) == []
