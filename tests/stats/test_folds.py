"""Runs that share data: the correction by hand, and exact where its model holds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from suite.stats import folds_mean, pool_mean


def test_folds_by_hand() -> None:
    """Ten folds: s^2 (1 / 10 + 1 / 9); d = 1 ... 10 has s^2 = 55 / 6."""
    own = folds_mean(list(range(1, 11)), train_size=90, test_size=10)
    assert own.error == pytest.approx((55 / 6 * (1 / 10 + 1 / 9)) ** 0.5, abs=1e-14)
    assert (own.n, own.mean, own.freedom) == (10, 5.5, 9)
    t = stats.t.ppf(0.975, 9)
    assert own.interval.high == pytest.approx(5.5 + t * own.error)
    assert own.p == pytest.approx(2 * stats.t.sf(5.5 / own.error, 9))
    shares = folds_mean(list(range(1, 11)), train_size=0.9, test_size=0.1)
    assert shares.error == pytest.approx(own.error)


def test_runs_that_share_nothing_give_the_t_interval() -> None:
    values = np.random.default_rng(0).normal(size=7)
    expected = stats.ttest_1samp(values, 0)
    own, level = pool_mean(list(values), overlap=0.0, level=0.8), expected.confidence_interval(0.8)
    assert own.p == pytest.approx(expected.pvalue, abs=1e-14)
    assert (own.interval.low, own.interval.high) == pytest.approx(
        (level.low, level.high), abs=1e-14
    )


def test_a_pool_of_test_items_errs_in_5_percent() -> None:
    """30 test sets of 100 items out of a pool of 150; without the correction, most verdicts err."""
    rng = np.random.default_rng(8)
    wrong, naive, repeats = 0, 0, 1000
    for _ in range(repeats):
        pool = rng.normal(size=150)
        chosen = rng.random((30, 150)).argsort(axis=1)[:, :100]
        means = pool[chosen].mean(axis=1)
        wrong += 0.0 not in pool_mean([*means], overlap=100 / 150).interval
        naive += 0.0 not in pool_mean([*means], overlap=0.0).interval
    assert 0.035 <= wrong / repeats <= 0.065
    assert naive / repeats > 0.5


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="two runs or more, got 1"):
        pool_mean([1], overlap=0.5)
    with pytest.raises(ValueError, match=r"an overlap from 0 to below 1, got 1\.0"):
        pool_mean([1, 2], overlap=1.0)
    with pytest.raises(ValueError, match="positive sizes, got 0 items to train and 5 to test"):
        folds_mean([1, 2], train_size=0, test_size=5)
