"""Which reads are made in one go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.web.reading import LONGEST_RUN, length, runs
from streaming.session import SegmentRead
from streaming.vocabulary import FrameKey, SegmentKey


def a_read(offset: int, size: int, frame: int = 1) -> SegmentRead:
    return SegmentRead(SegmentKey(FrameKey("1.2", frame), 0, 0, 0), offset, size)


def test_neighbours_are_one_run() -> None:
    reads = [a_read(0, 10), a_read(10, 5), a_read(15, 1)]
    assert list(runs(reads)) == [reads]
    assert length(reads) == 16


def test_a_gap_a_step_back_and_another_frame_begin_a_run() -> None:
    first, gap, back, other = a_read(0, 10), a_read(11, 5), a_read(10, 1), a_read(11, 5, frame=2)
    assert list(runs([first, gap, back, other])) == [[first], [gap], [back], [other]]


def test_a_run_has_an_end() -> None:
    half = LONGEST_RUN // 2
    reads = [a_read(0, half), a_read(half, half), a_read(2 * half, 1)]
    assert list(runs(reads)) == [reads[:2], reads[2:]]


def test_a_read_longer_than_any_run_is_read_all_the_same() -> None:
    reads = [a_read(0, LONGEST_RUN + 1), a_read(LONGEST_RUN + 1, 1)]
    assert list(runs(reads)) == [reads[:1], reads[1:]]


def test_nothing_to_read_is_no_run() -> None:
    assert list(runs([])) == []


@given(
    st.lists(
        st.builds(a_read, st.integers(0, 40), st.integers(1, LONGEST_RUN), frame=st.integers(1, 2)),
        max_size=20,
    )
)
def test_all_reads_are_made_in_their_order(reads: list[SegmentRead]) -> None:
    made = list(runs(reads))
    assert [read for run in made for read in run] == reads
    for run in made:
        assert length(run) == sum(read.length for read in run)
        assert len({read.key.frame for read in run}) == 1
        assert len(run) == 1 or length(run) <= LONGEST_RUN
