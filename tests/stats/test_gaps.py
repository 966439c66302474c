"""The difference of two arms, by a second method: SciPy, or by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from suite.stats import (
    Interval,
    paired_gap,
    paired_ratio,
    unpaired_gap,
)


def two(n: int) -> tuple[list[float], list[float]]:
    a, b = np.random.default_rng(n).normal(0.9, 0.01, (2, n))
    return list(a), list(b)


def bounds(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


@pytest.mark.parametrize("n", [3, 6, 13, 14, 57])
def test_everything_about_a_gap_is_scipys(n: int) -> None:
    a, b = two(n)
    gap, test = paired_gap(a, b), stats.ttest_rel(a, b)
    d = np.array(a) - np.array(b)
    for interval, level in ((gap.interval, 0.95), (gap.inner, 0.9)):
        expected = test.confidence_interval(level)
        assert bounds(interval) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert gap.p == pytest.approx(test.pvalue, abs=1e-12)
    assert gap.effect == pytest.approx(test.statistic / n**0.5, abs=1e-12)
    assert gap.correlation == pytest.approx(stats.pearsonr(a, b).statistic, abs=1e-12)
    assert gap.pairing == pytest.approx(
        np.var(d, ddof=1) / (np.var(a, ddof=1) + np.var(b, ddof=1)), abs=1e-12
    )
    proportion = stats.binomtest(int((d > 0).sum()), n).proportion_ci(method="wilson")
    assert bounds(gap.beats_interval) == pytest.approx((proportion.low, proportion.high), abs=1e-12)


@pytest.mark.parametrize(("n", "m"), [(3, 5), (9, 30)])
def test_everything_about_arms_that_share_nothing_is_scipys(n: int, m: int) -> None:
    a, b = two(n)[0], two(m)[1]
    gap, test = unpaired_gap(a, b), stats.ttest_ind(a, b, equal_var=False)
    for interval, level in ((gap.interval, 0.95), (gap.inner, 0.9)):
        expected = test.confidence_interval(level)
        assert bounds(interval) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert gap.p == pytest.approx(test.pvalue, abs=1e-12)
    assert gap.beats == pytest.approx(stats.mannwhitneyu(a, b).statistic / (n * m), abs=1e-12)
    assert (gap.paired, gap.n, gap.effect, gap.detectable) == (False, min(n, m), None, None)


def test_arms_that_share_nothing_and_do_not_vary_have_an_interval_of_one_point() -> None:
    gap = unpaired_gap([2, 2], [1, 1, 1])
    assert bounds(gap.interval) == (1.0, 1.0)
    assert (gap.wins, gap.ties, gap.beats) == (6, 0, 1.0)
    ties = unpaired_gap([1, 2], [1, 1, 3])
    assert (ties.wins, ties.ties) == (2, 2)
    assert unpaired_gap([2], [1, 1]).interval is None


def test_equal_arms_have_no_effect_and_do_not_vary() -> None:
    gap = paired_gap([0.5] * 8, [0.5] * 8)
    assert (gap.mean, gap.deviation, gap.p, gap.varies) == (0.0, 0.0, None, False)
    assert (gap.ties, gap.beats) == (8, 0.5)
    assert bounds(gap.interval) == (0.0, 0.0)
    assert (gap.effect, gap.beats_interval, gap.detectable, gap.correlation, gap.pairing) == (
        None,
    ) * 5


def test_differences_that_differ_by_rounding_are_one_difference() -> None:
    gap = paired_gap([0.75, 0.8, 0.7], [0.5, 0.55, 0.45])
    assert (gap.deviation, gap.effect, gap.detectable, gap.varies) == (0.0, None, None, False)
    tied = paired_gap([0.1 + 0.2] * 6, [0.3] * 6)
    assert (tied.varies, tied.wins, tied.ties) == (False, 0, 6)
    assert bounds(gap.interval) == pytest.approx((0.25, 0.25))


def test_wins_and_ties_are_counted_by_pair() -> None:
    gap = paired_gap([3, 2, 1, 6], [1, 2, 4, 4])
    assert (gap.n, gap.wins, gap.ties, gap.mean, gap.beats) == (4, 2, 1, 0.25, 2.5 / 4)


def test_unequal_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="as many values of A as of B, got 2 and 1"):
        paired_gap([1, 2], [1])


def test_ratios_of_times_are_geometric() -> None:
    ratio = paired_ratio([2.0, 8.0, 4.0], [1.0, 2.0, 4.0])
    assert ratio.n == 3
    assert ratio.ratio == pytest.approx(2.0)
    logs = stats.ttest_1samp(np.log([2.0, 4.0, 1.0]), 0).confidence_interval(0.95)
    assert bounds(ratio.interval) == pytest.approx((np.exp(logs.low), np.exp(logs.high)))
    with pytest.raises(ValueError, match="positive"):
        paired_ratio([0.0], [1.0])
