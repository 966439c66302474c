"""The values of one arm: their summary, and where one more run falls."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from suite.stats import (
    Interval,
    Summary,
    paired_gap,
    summarize,
)


def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def two(n: int) -> tuple[list[float], list[float]]:
    a, b = np.random.default_rng(n).normal(0.9, 0.01, (2, n))
    return list(a), list(b)


def bounds(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


@pytest.mark.parametrize("n", [2, 3, 10, 57])
def test_the_interval_of_a_mean_is_scipys(n: int) -> None:
    values, _ = two(n)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    summary = summarize(values)
    assert bounds(summary.interval) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert summary.deviation == pytest.approx(stats.tstd(values), abs=1e-12)


def test_one_value_has_no_spread_and_no_interval() -> None:
    summary = summarize([0.5])
    assert summary == Summary(1, 0.5, None, None, 0.5, 0.5)
    gap = paired_gap([0.5], [0.25])
    assert (gap.mean, gap.wins, gap.beats) == (0.25, 1, 1.0)
    needs_two = (
        gap.interval,
        gap.inner,
        gap.p,
        gap.effect,
        gap.correlation,
        gap.pairing,
        gap.detectable,
    )
    assert needs_two == (None,) * 7


@pytest.mark.parametrize("values", [[], [float("nan")], [float("inf"), 1.0]])
def test_what_is_not_finite_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="expected finite values in one row, at least one"):
        summarize(values)
