"""Several data sets: by SciPy where they are balanced, and how often both scopes err."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from suite.stats import Interval, like_blocks_mean, t_interval, these_blocks_mean


def bounds(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


def share_outside(
    generator: np.random.Generator, counts: list[int], spread: float, noises: np.ndarray
) -> tuple[float, float]:
    """The share of 3,000 draws with a true mean of 0 whose 95% intervals miss it: by both scopes."""
    blocks = np.repeat(np.arange(len(counts)), counts)
    these, like, repeats = 0, 0, 3000
    for _ in range(repeats):
        shifts = spread * generator.normal(size=len(counts))
        d = shifts[blocks] + noises[blocks] * generator.normal(size=len(blocks))
        these += shifts.mean() not in these_blocks_mean(list(d), blocks).interval
        like += 0.0 not in like_blocks_mean(list(d), blocks).estimate.interval
    return these / repeats, like / repeats


def test_these_blocks_by_hand() -> None:
    """Blocks 1, 3 and 2, 2, 8: s^2 / n of 2 / 2 = 1 and 12 / 3 = 4, so error^2 = 5 / 4."""
    own = these_blocks_mean([1, 2, 3, 2, 8], ["u", "v", "u", "v", "v"])
    assert (own.n, own.mean) == (5, 3.0)
    assert own.error == pytest.approx(1.25**0.5, abs=1e-14)
    assert own.freedom == pytest.approx(25 / (1 / 1 + 16 / 2), abs=1e-13)
    half = stats.t.ppf(0.95, 25 / 9) * 1.25**0.5
    narrow = these_blocks_mean([1, 2, 3, 2, 8], ["u", "v", "u", "v", "v"], level=0.9)
    assert bounds(narrow.interval) == pytest.approx((3 - half, 3 + half), abs=1e-12)


def test_two_of_these_blocks_are_welchs_test() -> None:
    """Twice the mean of two block means, one turned about, is a difference of two samples."""
    a, b = np.random.default_rng(0).normal(size=6), 2 * np.random.default_rng(1).normal(size=9)
    own = these_blocks_mean([*a, *-b], [0] * 6 + [1] * 9)
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert (own.freedom, own.p) == pytest.approx((expected.df, expected.pvalue), abs=1e-12)


def test_one_of_these_blocks_gives_the_t_interval() -> None:
    d = np.random.default_rng(3).normal(size=8)
    own = these_blocks_mean(list(d), ["only"] * 8)
    expected = t_interval(float(d.mean()), float(d.std(ddof=1)), 8)
    assert bounds(own.interval) == pytest.approx(bounds(expected), abs=1e-14)


def test_blocks_like_these_give_the_t_test_of_their_means() -> None:
    d = np.random.default_rng(5).normal(1, 1, (7, 4)) + np.arange(7)[:, None]
    own = like_blocks_mean(list(d.ravel()), np.repeat(np.arange(7), 4), level=0.9)
    means = d.mean(axis=1)
    expected = stats.ttest_1samp(means, 0)
    level = expected.confidence_interval(0.9)
    assert (own.estimate.n, own.estimate.freedom, own.balanced) == (7, 6, True)
    assert own.estimate.p == pytest.approx(expected.pvalue, abs=1e-14)
    assert bounds(own.estimate.interval) == pytest.approx((level.low, level.high), abs=1e-12)
    half = stats.t.ppf(0.95, 6) * means.std(ddof=1) * (1 + 1 / 7) ** 0.5
    assert own.prediction.high == pytest.approx(means.mean() + half, abs=1e-12)
    within = d.var(axis=1, ddof=1).mean() / 4
    assert own.noise == pytest.approx(within**0.5)
    assert own.spread == pytest.approx((means.var(ddof=1) - within) ** 0.5, abs=1e-12)
    low, high = bounds(own.spread_interval)
    assert low <= (own.spread or 0.0) <= high


def test_without_noise_the_spreads_interval_is_chi_squareds() -> None:
    values = [3.0, 3.0, 5.0, 5.0, 5.0, 10.0, 10.0]
    own = like_blocks_mean(values, [0, 0, 1, 1, 1, 2, 2])
    squares = 2 * np.var([3, 5, 10], ddof=1)
    expected = [(squares / stats.chi2.ppf(q, 2)) ** 0.5 for q in (0.975, 0.025)]
    assert (own.noise, own.balanced) == (0.0, False)
    assert own.spread == pytest.approx(np.std([3, 5, 10], ddof=1))
    assert bounds(own.spread_interval) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("quantile", "end"), [(0.975, "low"), (0.025, "high")])
def test_the_spreads_interval_leaves_0_where_the_f_test_does(quantile: float, end: str) -> None:
    """Five blocks of four with residuals of 1 and -1: a mean square of 1 / 3, on 15 degrees."""
    ratio, shifts = stats.f.ppf(quantile, 4, 15), np.array([-2, -1, 0, 1, 2]) / 2.5**0.5
    limits = []
    for factor in (1 - 1e-6, 1 + 1e-6):
        means = shifts * (ratio * factor / 3) ** 0.5
        d = means[:, None] + np.array([1, -1, 1, -1])
        own = like_blocks_mean(list(d.ravel()), np.repeat(np.arange(5), 4))
        limits.append(getattr(own.spread_interval, end))
    assert limits[0] == 0.0
    assert 0.0 < limits[1] < 0.01


def test_one_value_of_a_block_says_nothing_about_noise() -> None:
    own = like_blocks_mean([1, 2, 4, 4], ["u", "v", "w", "w"])
    assert (own.noise, own.spread, own.spread_interval, own.balanced) == (None, None, None, False)
    assert own.estimate.mean == pytest.approx(7 / 3)


def test_order_and_labels_do_not_matter() -> None:
    rng = np.random.default_rng(6)
    d, blocks = rng.normal(size=20), np.array(list("aaaaabbbbbbcccddddee"))
    order = rng.permutation(20)
    renamed = [ord(label) for label in blocks[order]]
    for method in (these_blocks_mean, lambda *x: like_blocks_mean(*x).estimate):
        own, other = method(list(d), blocks), method(list(d[order]), renamed)
        assert (own.mean, own.error, own.freedom) == pytest.approx(
            (other.mean, other.error, other.freedom), abs=1e-12
        )


def test_equal_arms_on_12_data_sets_of_5_seeds_err_in_5_percent() -> None:
    """With spread between data sets as large as the noise; as 60 replicates, more than 35%."""
    rng = np.random.default_rng(12)
    these, like = share_outside(rng, [5] * 12, 1.0, np.ones(12))
    assert 0.04 <= like <= 0.06
    assert 0.04 <= these <= 0.06


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_unequal_blocks_never_err_more(spread: float) -> None:
    """Numbers of seeds and noise differ by 10: both scopes err in 5% at the most."""
    rng = np.random.default_rng(13)
    these, like = share_outside(rng, [3, 4, 5, 6, 12, 30], spread, np.array([3, 1, 1, 2, 0.3, 1]))
    assert like <= 0.06
    assert these <= 0.065


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_the_spread_and_a_new_data_set_are_covered(spread: float) -> None:
    rng, blocks, repeats = np.random.default_rng(14), np.repeat(np.arange(8), 5), 3000
    spread_missed = new_missed = 0
    for _ in range(repeats):
        d = spread * rng.normal(size=8)[blocks] + rng.normal(size=40)
        own = like_blocks_mean(list(d), blocks)
        assert own.spread_interval is not None
        spread_missed += spread not in own.spread_interval
        new_missed += spread * rng.normal() + rng.normal() / 5**0.5 not in own.prediction
    assert 0.01 <= spread_missed / repeats <= 0.06
    assert 0.04 <= new_missed / repeats <= 0.06


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="two values or more of every block, got a block of 1"):
        these_blocks_mean([1, 2, 3], ["u", "u", "v"])
    with pytest.raises(ValueError, match="two blocks or more, got 1"):
        like_blocks_mean([1, 2], ["u", "u"])
    for method in (these_blocks_mean, like_blocks_mean):
        with pytest.raises(ValueError, match="a label for each of 4 values, got 3 labels"):
            method([1, 2, 3, 4], ["u", "u", "v"])
        with pytest.raises(ValueError, match="finite values"):
            method([1, 2, 3, float("inf")], ["u", "u", "v", "v"])
        with pytest.raises(ValueError, match="a level between 0 and 1"):
            method([1, 2, 3, 4], ["u", "u", "v", "v"], level=0.0)
