"""The interval of a reported share, and the gap of two, by hand."""

from __future__ import annotations

import pytest
from scipy import stats

from suite.stats import (
    Interval,
    share_gap,
    share_interval,
)


def bounds(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


def test_a_gap_of_reported_shares_is_judged_by_newcombe_and_a_score_test() -> None:
    """96.5% against 95.3% on 1,000 pairs: 1.2 points.

    Wilson's intervals are [95.17, 97.47] and [93.81, 96.45] (by hand), so Newcombe's is
    [1.2 - sqrt(1.33^2 + 1.15^2), 1.2 + sqrt(0.97^2 + 1.49^2)].
    """
    own = share_gap(0.965, 0.953, 1000)
    a, b = share_interval(0.965, 1000), share_interval(0.953, 1000)
    assert bounds(a) == pytest.approx((0.95172, 0.97473), abs=1e-4)
    assert bounds(b) == pytest.approx((0.93806, 0.96447), abs=1e-4)
    assert bounds(own.interval) == pytest.approx((-0.00555, 0.02983), abs=1e-4)
    counts = [[965, 35], [953, 47]]
    assert own.p == pytest.approx(
        stats.chi2_contingency(counts, correction=False).pvalue, abs=1e-12
    )


def test_newcombes_interval_does_not_collapse_at_the_ends() -> None:
    """His table II, case (h): 10 of 10 against 0 of 10 gives [0.6075, 1.0000]."""
    own = share_gap(1.0, 0.0, 10)
    assert bounds(own.interval) == pytest.approx((0.6075, 1.0), abs=5e-5)
    both = share_gap(1.0, 1.0, 10)
    assert both.p == 1.0
    assert both.interval.low == pytest.approx(-both.interval.high)
    assert both.interval.high > 0.2


def test_wilsons_interval_is_scipys() -> None:
    expected = stats.binomtest(47, 60).proportion_ci(method="wilson")
    assert bounds(share_interval(47 / 60, 60)) == pytest.approx(
        (expected.low, expected.high), abs=1e-12
    )
