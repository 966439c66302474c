"""Adjusted p values, and the gap of two reported shares, by hand."""

from __future__ import annotations

import pytest

from suite.stats import (
    Interval,
    share_gap,
)


def bounds(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


def test_a_gap_of_reported_shares_is_judged_by_its_test_sets_sampling_error() -> None:
    """96.5% against 95.3% on 1,000 pairs: 1.2 points, 95% interval -0.54 to 2.94, p = .18."""
    own = share_gap(0.965, 0.953, 1000)
    assert bounds(own.interval) == pytest.approx((-0.0054, 0.0294), abs=5e-5)
    assert own.p == pytest.approx(0.18, abs=0.005)
    assert share_gap(1.0, 1.0, 10).p == 1.0
