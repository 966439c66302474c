"""Estimates against SciPy, called directly, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from suite.statistics import paired_gap, summarize


@pytest.mark.parametrize("n", [2, 3, 10, 57])
def test_the_interval_of_a_mean_is_scipys(n: int) -> None:
    values = np.random.default_rng(n).normal(0.9, 0.01, n)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = summarize(list(values))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert found.deviation == pytest.approx(stats.tstd(values), abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 10, 57])
def test_the_interval_of_a_gap_is_scipys(n: int) -> None:
    a, b = np.random.default_rng(n).normal(0.9, 0.01, (2, n))
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    found = paired_gap(list(a), list(b))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_one_value_has_no_spread_and_no_interval() -> None:
    found = summarize([0.5])
    assert (found.n, found.mean, found.deviation, found.low, found.high) == (1, 0.5, None, None, None)
    assert paired_gap([0.5], [0.25]).low is None


def test_wins_and_ties_are_counted_by_pair() -> None:
    found = paired_gap([3, 2, 1, 6], [1, 2, 4, 4])
    assert (found.n, found.wins, found.ties, found.mean) == (4, 2, 1, 0.25)


@pytest.mark.parametrize("values", [[], [float("nan")], [float("inf"), 1.0]])
def test_what_is_not_finite_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="expected finite values in one row, at least one"):
        summarize(values)


def test_unequal_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="as many values of A as of B, got 2 and 1"):
        paired_gap([1, 2], [1])
