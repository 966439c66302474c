"""The error of a mean over seeds that share test items."""

from __future__ import annotations

import numpy as np
import pytest

from suite.stats.crossed import crossed_mean, separate_mean

nan = float("nan")


def drawn(rng: np.random.Generator, seeds: int, items: int) -> np.ndarray:
    return (
        0.3
        + rng.normal(0, 0.4, (seeds, 1))
        + rng.normal(0, 2.0, (1, items))
        + rng.normal(0, 1.0, (seeds, items))
    )


def test_where_all_seeds_have_all_items_it_is_the_two_way_analysis_of_variance() -> None:
    d = drawn(np.random.default_rng(1), 7, 40)
    rows, columns, mean = d.mean(axis=1), d.mean(axis=0), d.mean()
    of_seeds = 40 * ((rows - mean) ** 2).sum() / 6
    of_items = 7 * ((columns - mean) ** 2).sum() / 39
    rest = ((d - rows[:, None] - columns + mean) ** 2).sum() / (6 * 39)
    found = crossed_mean(d)
    assert found.estimate.mean == pytest.approx(mean)
    assert found.seed_part == pytest.approx(of_seeds / 280)
    assert found.item_part == pytest.approx((of_items - rest) / 280)
    assert found.estimate.error**2 == pytest.approx((of_seeds + of_items - rest) / 280)
    assert (found.overlap, found.shared_items) == (1, 40)


def test_it_agrees_with_a_two_way_bootstrap() -> None:
    """Resampled seeds and resampled items; that has the residual's part twice more, which is
    small here (Owen 2007, Annals of Applied Statistics 1).
    """
    rng = np.random.default_rng(2)
    d = drawn(rng, 30, 60)
    means = [d[rng.integers(0, 30, 30)][:, rng.integers(0, 60, 60)].mean() for _ in range(4000)]
    assert crossed_mean(d).estimate.error == pytest.approx(np.std(means), rel=0.05)


def test_seeds_without_common_items_have_the_t_interval_of_their_means() -> None:
    d = np.full((4, 12), nan)
    values = np.random.default_rng(3).normal(size=(4, 3))
    for seed in range(4):
        d[seed, 3 * seed : 3 * seed + 3] = values[seed]
    found = crossed_mean(d)
    assert (found.item_part, found.overlap, found.shared_items) == (0, 0, 0)
    assert found.estimate.error == pytest.approx(values.mean(axis=1).std(ddof=1) / 2)
    assert found.estimate.freedom == pytest.approx(3)
    assert separate_mean(list(values)).estimate == pytest.approx(found.estimate)
    assert separate_mean(list(values)).sampling == pytest.approx(found.sampling)


def test_draws_of_a_pool_are_right_on_average() -> None:
    """The squared error is, on average, the variance of the mean: 300 of 400 items a seed."""
    rng, errors, means = np.random.default_rng(4), [], []
    for _ in range(600):
        whole = drawn(rng, 6, 400)
        for row in whole:
            row[rng.permutation(400)[:100]] = nan
        found = crossed_mean(whole)
        errors.append(found.estimate.error**2)
        means.append(found.estimate.mean)
    assert np.mean(errors) == pytest.approx(np.var(means), rel=0.12)
    assert found.overlap == pytest.approx(0.75, abs=0.02)


def test_by_hand() -> None:
    """Two seeds and two items: means 1 and 2, so s^2 = 1/2 and the part of seeds is 1/4. Residuals
    (-1, 1) and (-1, 1): products 1 and 1, each of two orders, so v = 4 / (4 (1 - 1/2)) = 2, w = 1/2.
    """
    found = crossed_mean(np.array([[0.0, 2.0], [1.0, 3.0]]))
    assert found.estimate.mean == 1.5
    assert (found.seed_part, found.item_part) == (0.25, 1.0)
    assert found.sampling == 1.0  # each seed's variance is 2, of two items


def test_too_few_seeds_or_items_are_refused() -> None:
    for d in (np.zeros((1, 5)), np.array([[1.0, nan], [1.0, 2.0]])):
        with pytest.raises(ValueError, match="two seeds or more, each with two items or more"):
            crossed_mean(d)
    with pytest.raises(ValueError, match="two seeds or more"):
        separate_mean([np.zeros(3)])
