"""Intervals of a family: against known quantiles, and against their own promises."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import stats

from suite.stats import ALPHA, Interval, simultaneous_means
from suite.stats.sidak import sidak, sidak_critical, sidak_level
from suite.stats.simultaneous import LargestT, Simultaneous, guarded


def normal(n: int, pairs: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, pairs))


def agree(answer: Simultaneous) -> bool:
    return (answer.p < ALPHA) == (0 not in answer.interval)


def test_a_pair_alone_has_the_t_interval_and_its_p() -> None:
    d = normal(40, 1) + 0.3
    (answer,) = simultaneous_means(d, [None])
    test = stats.ttest_1samp(d[:, 0], 0)
    for mine, level in ((answer.interval, 0.95), (answer.inner, 0.9)):
        expected = test.confidence_interval(level)
        assert (mine.low, mine.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert answer.p >= test.pvalue - 1e-12


def test_pairs_that_share_nothing_have_sidaks_critical_value() -> None:
    largest = LargestT.of_differences(normal(100_000, 10))
    assert largest.critical(0.05) == pytest.approx(sidak_critical(0.05, 99_999, 10), rel=2e-3)


def test_all_pairs_of_five_arms_have_tukeys_critical_value() -> None:
    arms = normal(100_000, 5)
    d = np.stack([arms[:, i] - arms[:, j] for i in range(5) for j in range(i)], axis=1)
    tukey = stats.studentized_range.ppf(0.95, 5, np.inf) / 2**0.5
    assert LargestT.of_differences(d).critical(0.05) == pytest.approx(tukey, rel=4e-3)


def test_the_same_pair_twice_costs_almost_nothing() -> None:
    d = normal(200, 1)
    largest = LargestT.of_differences(np.hstack([d, d + 1e-9 * normal(200, 1, seed=1)]))
    assert largest.critical(0.05) < 1.03 * stats.t.ppf(0.975, 199)


@pytest.mark.parametrize("n", [6, 9, 20])
def test_p_is_below_5_percent_just_where_the_interval_excludes_0(n: int) -> None:
    for seed in range(12 if n < 20 else 4):
        d = normal(n, 5, seed) + np.array([0.0, 0.5, 1.0, 1.5, 3.0])
        assert all(map(agree, simultaneous_means(d, [0.5] * 5)))
        d[0, 0] = np.nan  # Sidak's
        assert all(map(agree, simultaneous_means(d, [0.5] * 5)))


def test_names_and_sides_do_not_matter() -> None:
    d = normal(12, 4) + np.array([0.0, 0.5, 1.0, 1.5])
    answers = simultaneous_means(d, [1.0] * 4)
    again = simultaneous_means(-d[::-1, ::-1], [1.0] * 4)[::-1]
    for one, other in zip(answers, again, strict=True):
        assert one.p == pytest.approx(other.p, abs=1e-12)
        assert (-other.interval).low == pytest.approx(one.interval.low, abs=1e-12)


def test_an_interval_is_widened_to_hold_what_the_flips_do_not_reject() -> None:
    answer = guarded(Interval(0.1, 0.9), Interval(0.2, 0.8), 0.02, {0.0: 0.06, 1.0: 0.2})
    assert answer == Simultaneous(Interval(0.0, 1.0), Interval(0.2, 1.0), 0.06)


def test_five_arms_far_apart_are_told_apart_at_six_seeds() -> None:
    """By Holm's correction of a p that cannot fall below 2 / 64, no pair could be."""
    arms = normal(6, 5) / 100 + np.arange(5)
    d = np.stack([arms[:, i] - arms[:, j] for i in range(5) for j in range(i)], axis=1)
    assert all(0 not in answer.interval for answer in simultaneous_means(d, [None] * 10))


def test_three_hundred_pairs_take_seconds() -> None:
    arms = normal(50, 25)
    d = np.stack([arms[:, i] - arms[:, j] for i in range(25) for j in range(i)], axis=1)
    start = time.process_time()
    simultaneous_means(d, [0.5] * 300)
    assert time.process_time() - start < 20  # of both cores


def test_a_part_of_a_family_pays_for_the_whole() -> None:
    d = normal(12, 1) + 1.0
    (part,) = simultaneous_means(d, [None], family_size=4)
    (alone,) = simultaneous_means(d, [None])
    assert part.p == pytest.approx(sidak(alone.p, 4))
    t = sidak_critical(0.05, 11, 4)
    assert part.interval.high - d.mean() == pytest.approx(t * d.std(ddof=1) / 12**0.5, rel=1e-6)


def test_sidaks_correction_by_hand() -> None:
    assert sidak(0.01, 3) == pytest.approx(1 - 0.99**3)
    assert sidak_level(0.95, 2) == pytest.approx(0.95**0.5)
    assert sidak(1.0, 5) == 1.0
