"""Fairness as a number, and what a process used."""

from __future__ import annotations

import os

import pytest

from tests.tools.bench_load.measures import jain, mean
from tests.tools.bench_load.process import usage


def test_fairness() -> None:
    assert jain([5.0, 5.0, 5.0]) == pytest.approx(1.0)
    assert jain([9.0, 0.0, 0.0]) == pytest.approx(1 / 3)
    assert jain([2.0, 1.0]) == pytest.approx(0.9)
    assert jain([0.0, 0.0]) == 0.0


def test_mean() -> None:
    assert mean([1.0, 2.0]) == 1.5
    assert mean([]) == 0.0


def test_a_process_has_memory_and_time() -> None:
    before = usage(os.getpid())
    assert before.memory > 1_000_000
    assert before.starved >= 0.0
    while usage(os.getpid()).server == before.server:
        sum(range(10_000))
