"""Aggregates over data sets: by hand, by SciPy, and how often their intervals hold at 5 seeds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from suite.stats import Interval, these_blocks_mean, wilson
from suite.stats.aggregates import (
    Aggregate,
    interquartile_mean,
    performance_profile,
    probability_of_improvement,
)

BLOCKS = np.repeat(np.arange(12), 5)
Draw = Callable[[np.random.Generator, np.ndarray], np.ndarray]


def bounds(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


def holds(interval: Interval | None, truth: float) -> bool:
    assert interval is not None
    return truth in interval


def test_the_interquartile_mean_is_the_trimmed_mean_of_all_runs() -> None:
    values = np.random.default_rng(0).normal(size=23)
    own = interquartile_mean(list(values), np.arange(23) % 4)
    assert own.value == pytest.approx(stats.trim_mean(values, 0.25), abs=1e-14)
    assert own.like is None


def test_its_interval_by_hand() -> None:
    """Runs 0, 4, 2, 8 and 10, 6, 5, 7: 2 of 8 are trimmed at each end, to 4 and 7.

    Winsorized 4, 4, 4, 7 and 7, 6, 5, 7: variances 9 / 4 and 11 / 12, over 4 runs, a quarter, and
    the square of the half that is kept, so 9 / 16 and 11 / 48.
    """
    values, blocks = [0.0, 4.0, 2.0, 8.0, 10.0, 6.0, 5.0, 7.0], ["u"] * 4 + ["v"] * 4
    own = interquartile_mean(values, blocks)
    assert own.value == (4 + 5 + 6 + 7) / 4
    first, second = 9 / 16, 11 / 48
    freedom = (first + second) ** 2 / ((first**2 + second**2) / 3)
    half = stats.t.ppf(0.975, freedom / 2) * (first + second) ** 0.5
    assert bounds(own.these) == pytest.approx((5.5 - half, 5.5 + half), abs=1e-12)


def test_three_runs_are_not_trimmed() -> None:
    """The error is then that of the mean over these data sets."""
    own, plain = interquartile_mean([1.0, 2.0, 6.0], [0] * 3), these_blocks_mean([1, 2, 6], [0] * 3)
    assert own.value == 3.0
    half = stats.t.ppf(0.975, 1) * plain.error
    assert bounds(own.these) == pytest.approx((3 - half, 3 + half), abs=1e-12)


@pytest.mark.parametrize(
    ("values", "blocks"),
    [([1.0, 2.0, 3.0, 4.0, 5.0], [0, 0, 1, 1, 2]), ([0.3, 0.3, 0.3, 0.1 + 0.2], [0, 0, 1, 1])],
)
def test_without_repeats_or_variation_there_is_no_interval(
    values: list[float], blocks: list[int]
) -> None:
    assert interquartile_mean(values, blocks).these is None


def test_a_profile_by_hand() -> None:
    """Above 2: 1 of 2 and 2 of 3, so the mean of their shares is 7 / 12."""
    values, blocks = [1.0, 3.0, 2.0, 4.0, 5.0], ["u", "u", "v", "v", "v"]
    shares = [own.value for own in performance_profile(values, blocks, [0.0, 2.0, 5.0])]
    assert shares == pytest.approx([1.0, 7 / 12, 0.0], abs=1e-15)


def test_for_these_data_sets_a_share_has_wilsons_interval() -> None:
    values = list(np.random.default_rng(1).normal(size=60))
    (own,) = performance_profile(values, BLOCKS, [0.0])
    expected = wilson(sum(value > 0 for value in values), 60)
    assert bounds(own.these) == pytest.approx(bounds(expected), abs=1e-12)


def test_for_data_sets_like_these_as_many_trials_count_as_would_vary_alike() -> None:
    """Shares 0, 1/2, 1/2 and 1: p (1 - p) over their mean's variance 1/24 is 6 trials, t for z."""
    values, blocks = [0, 0, 0, 1, 1, 0, 1, 1], np.repeat(np.arange(4), 2)
    (own,) = performance_profile(values, blocks, [0.5])
    t = stats.t.ppf(0.975, 3)
    half = t * (0.25 / 6 + t**2 / 144) ** 0.5 / (1 + t**2 / 6)
    assert bounds(own.like) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-12)


def test_shares_that_are_alike_do_not_promise_certainty() -> None:
    above, half = (
        performance_profile([1.0] * 60, BLOCKS, [0.0]),
        performance_profile([0.0, 1.0] * 30, np.repeat(np.arange(6), 10), [0.5]),
    )
    t = stats.t.ppf(0.975, 11)
    assert bounds(above[0].like) == pytest.approx((1 / (1 + t**2 / 12), 1.0), abs=1e-12)
    low, high = bounds(half[0].like)
    assert low < 0.4 < 0.6 < high


def test_a_single_data_set_says_nothing_of_others() -> None:
    (own,) = performance_profile([1.0, 2.0, 3.0], [0, 0, 0], [1.5])
    assert own.like is None
    assert own.these is not None


def test_improvement_is_the_share_of_pairs() -> None:
    generator = np.random.default_rng(2)
    a, b = generator.integers(0, 6, 21).astype(float), generator.integers(0, 5, 18).astype(float)
    first, second = np.arange(21) % 3, np.arange(18) % 3
    own = probability_of_improvement(list(a), first, list(b), second)
    shares = [
        stats.mannwhitneyu(a[first == block], b[second == block]).statistic / 7 / 6
        for block in range(3)
    ]
    assert own.value == pytest.approx(np.mean(shares), abs=1e-14)
    turned = probability_of_improvement(list(b), second, list(a), first)
    low, high = bounds(own.these)
    assert bounds(turned.these) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_improvement_needs_runs_of_both_on_every_data_set() -> None:
    with pytest.raises(
        ValueError, match="expected runs of A and of B on every block, got one alone on 'w'"
    ):
        probability_of_improvement([1.0, 2.0], ["u", "v"], [1.0, 2.0, 3.0], ["u", "v", "w"])


def normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.normal(size=shape)


def skewed(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.exponential(size=shape)


def very_skewed(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.exp(generator.normal(size=shape))


def heavy(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.standard_t(3, shape)


def lowest(repeats: int) -> float:
    """What a coverage of 92% does not fall below in so many repeats."""
    return float(0.92 - 3 * (0.92 * 0.08 / repeats) ** 0.5)


Noise = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


@pytest.mark.parametrize(
    ("noise", "repeats"),
    [
        (normal, 100),
        *(
            pytest.param(noise, 2000, marks=pytest.mark.slow)
            for noise in (normal, heavy, skewed, very_skewed)
        ),
    ],
)
@pytest.mark.parametrize("spread", [0.05, 0.3, 3.0])
def test_the_interquartile_mean_of_these_data_sets_is_held(
    noise: Noise, repeats: int, spread: float
) -> None:
    """Seeds that vary little and much against data sets, 5 each; every 20 times new data sets."""
    generator, held = np.random.default_rng(11), 0
    for repeat in range(repeats):
        if repeat % 20 == 0:
            levels = np.exp(generator.normal(size=(12, 1)))
            runs = levels + spread * noise(generator, (12, 2000))
            truth = stats.trim_mean(runs, 0.25, axis=None)
        values = levels + spread * noise(generator, (12, 5))
        held += holds(interquartile_mean(list(values.ravel()), BLOCKS).these, truth)
    assert held / repeats >= lowest(repeats)


@pytest.mark.parametrize("repeats", [100, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("alike", [0.3, 2.0, 1e6])
def test_a_profile_is_held_in_both_scopes(share: float, alike: float, repeats: int) -> None:
    """Shares of data sets are beta: all 0 or 1, between, and all the same."""
    generator, these, like = np.random.default_rng(12), 0, 0
    for _ in range(repeats):
        shares = generator.beta(share * alike, (1 - share) * alike, 12)
        values = generator.uniform(size=60) < shares[BLOCKS]
        (own,) = performance_profile(list(values), BLOCKS, [0.5])
        these += holds(own.these, float(shares.mean()))
        like += holds(own.like, share)
    assert min(these, like) / repeats >= lowest(repeats)


@pytest.mark.parametrize("repeats", [100, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("gap", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0])
def test_improvement_is_held_in_both_scopes(gap: float, spread: float, repeats: int) -> None:
    """P(A > B) of normal runs is the normal probability of gap / sqrt(2)."""
    generator, these, like = np.random.default_rng(13), 0, 0
    overall = stats.norm.cdf(gap / (2 + spread**2) ** 0.5)
    for _ in range(repeats):
        gaps = gap + spread * generator.normal(size=12)
        a, b = gaps[BLOCKS] + generator.normal(size=60), generator.normal(size=60)
        own: Aggregate = probability_of_improvement(list(a), BLOCKS, list(b), BLOCKS)
        these += holds(own.these, float(stats.norm.cdf(gaps / 2**0.5).mean()))
        like += holds(own.like, overall)
    assert min(these, like) / repeats >= lowest(repeats)
