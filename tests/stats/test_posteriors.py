"""Beliefs: by baycomp, by closed forms, by integration, and how often they hold."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, stats

from suite.stats import folds_mean, t_estimate
from suite.stats.posteriors import Belief, belief, block_beliefs, normal_blocks

A = [0.8211, 0.8355, 0.7489, 0.7972, 0.8203, 0.827, 0.8131, 0.8299, 0.8058, 0.811]
B = [0.7936, 0.7685, 0.7731, 0.7976, 0.7784, 0.8154, 0.8158, 0.826, 0.7895, 0.8177]
D = [float(a - b) for a, b in zip(A, B, strict=True)]


def numbers(found: Belief) -> tuple[float, float, float]:
    return found.above, found.within, found.below


@pytest.mark.parametrize(
    ("margin", "runs", "expected"),
    [
        (0.01, 1, (0.6079812064725363, 0.3494382571857436, 0.0425805363417201)),
        (0.005, 2, (0.6988290301012351, 0.16727218158072454, 0.13389878831804036)),
        (0.0, 1, (0.851715433676333, 0.0, 0.14828456632366704)),
    ],
)
def test_folds_give_the_correlated_t_test_of_baycomp(
    margin: float, runs: int, expected: tuple[float, float, float]
) -> None:
    """The values of `baycomp.two_on_single(A, B, rope=margin, runs=runs)`, version 1.0.3."""
    folds = len(D) // runs
    estimate = folds_mean(D, train_size=folds - 1, test_size=1)
    assert numbers(belief(estimate, margin)) == pytest.approx(expected, abs=1e-12)


def test_without_a_margin_belief_is_half_of_p() -> None:
    estimate = t_estimate(7, 0.4, 0.3, 6)
    found = belief(estimate, 0.0)
    assert found.within == 0.0
    assert found.below == pytest.approx(stats.t.sf(4 / 3, 6), abs=1e-12)


@pytest.mark.parametrize(
    ("error", "margin", "message"),
    [
        (0.0, 0.1, "expected values that vary, got an error of 0"),
        (1.0, -0.1, "expected a margin of 0 or more, got -0.1"),
        (1.0, float("nan"), "expected a margin of 0 or more, got nan"),
    ],
)
def test_no_belief_in_nonsense(error: float, margin: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        belief(t_estimate(5, 0.2, error, 4), margin)


def test_without_noise_beliefs_are_students() -> None:
    """With a flat prior of tau, mu is t with D - 2 degrees of freedom and scale^2 S / (D - 2) / D."""
    means = np.random.default_rng(0).normal(0.5, 1, 8)
    found = normal_blocks(means, noise=0.0, margin=0.2)
    squares, centre = float(((means - means.mean()) ** 2).sum()), float(means.mean())
    for own, share in ((found.mean, 1 / 8), (found.new, 1 / 8 + 1)):
        posterior = stats.t(6, centre, (squares / 6 * share) ** 0.5)
        expected = (posterior.sf(0.2), posterior.cdf(0.2) - posterior.cdf(-0.2))
        assert (own.above, own.within) == pytest.approx(expected, abs=1e-12)
        assert sum(numbers(own)) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("noise", [0.05, 0.5, 3.0])
@pytest.mark.parametrize("blocks", [3, 12, 100])
def test_with_noise_beliefs_are_an_integral_over_the_spread(blocks: int, noise: float) -> None:
    means = np.random.default_rng(blocks).normal(0.1, 1, blocks)
    squares, centre = float(((means - means.mean()) ** 2).sum()), float(means.mean())

    def log_density(tau: float) -> float:
        v = tau**2 + noise**2
        return float(-(blocks - 1) / 2 * np.log(v) - squares / 2 / v)

    top = max(log_density(tau) for tau in np.geomspace(1e-4, 100, 2000))

    def integral(of: Callable[[float], float]) -> float:
        edges = [0.0, 0.2, 0.5, 0.8, 1.0, 1.3, 2.0, 5.0, 20.0, np.inf]
        return sum(
            float(integrate.quad(lambda t: of(t) * np.exp(log_density(t) - top), a, b)[0])
            for a, b in itertools.pairwise(edges)
        )

    def new_above(tau: float) -> float:
        error = ((tau**2 + noise**2) / blocks + tau**2) ** 0.5
        return float(stats.norm.sf(0.3, centre, error))

    expected = integral(new_above) / integral(lambda _: 1.0)
    found = normal_blocks(means, noise=noise, margin=0.3)
    assert found.new.above == pytest.approx(expected, abs=1e-7)


def test_noise_is_the_mean_of_the_variances_of_block_means() -> None:
    """Means 1, 2, 6 and s^2 / n of 2 / 2, 8 / 2 and 3 / 3: noise^2 = 6 / 3."""
    values = [0.0, 2.0, 0.0, 4.0, 6 - 3**0.5, 6.0, 6 + 3**0.5]
    found = block_beliefs(values, ["u", "u", "v", "v", "w", "w", "w"], 0.5)
    expected = normal_blocks(np.array([1.0, 2.0, 6.0]), noise=2**0.5, margin=0.5)
    assert found is not None
    assert numbers(found.mean) == pytest.approx(numbers(expected.mean), abs=1e-12)
    assert found.spread == pytest.approx(expected.spread, abs=1e-12)


def test_a_block_of_a_single_value_is_as_noisy_as_the_others() -> None:
    """s^2 of 2 and 4, so 3 for the third: noise^2 = (1 + 2 + 3) / 3."""
    values = [0.0, 2.0, 2 - 2**0.5, 2 + 2**0.5, 6.0]
    found = block_beliefs(values, [0, 0, 1, 1, 2], 0.5)
    expected = normal_blocks(np.array([1.0, 2.0, 6.0]), noise=2**0.5, margin=0.5)
    assert found is not None
    assert numbers(found.new) == pytest.approx(numbers(expected.new), abs=1e-12)


def test_turned_about_above_is_below() -> None:
    values, blocks = np.random.default_rng(3).normal(0.3, 1, 20), np.arange(20) % 5
    found, turned = (block_beliefs(list(s * values), blocks, 0.1) for s in (1, -1))
    assert found is not None
    assert turned is not None
    assert numbers(found.new) == pytest.approx(numbers(turned.new)[::-1], abs=1e-12)
    assert abs(found.new.above - 0.5) < abs(found.mean.above - 0.5)


def test_two_data_sets_or_values_that_do_not_vary_give_no_belief() -> None:
    assert block_beliefs([1.0, 2.0, 3.0, 5.0], [0, 0, 1, 1], 0.1) is None
    assert block_beliefs([0.3 - 0.1, 0.6 - 0.4, 0.2], [0, 1, 2], 0.1) is None


def test_near_the_signed_rank_test_of_baycomp() -> None:
    """0.727, 0.273, 0.000 by `two_on_multiple(x + d, x, rope=0.005)`: another model, so roughly."""
    d = [0.012, 0.004, 0.009, -0.003, 0.015, 0.002, 0.001, 0.02, 0.006, -0.001, 0.011, 0.003]
    found = block_beliefs(d, range(12), 0.005)
    assert found is not None
    assert numbers(found.mean) == pytest.approx((0.727, 0.273, 0.0), abs=0.05)


@pytest.mark.parametrize(
    ("spread", "repeats"),
    [(0.0, 100), *(pytest.param(s, 2000, marks=pytest.mark.slow) for s in (0.0, 0.2, 0.5, 2.0))],
)
def test_beliefs_of_95_percent_hold(spread: float, repeats: int) -> None:
    """12 data sets of 5 seeds, of very unequal noise: the mean, and the gap on a new data set."""
    generator, blocks = np.random.default_rng(8), np.repeat(np.arange(12), 5)
    mean, new = 0, 0
    for _ in range(repeats):
        noise = np.exp(generator.normal(size=12))[blocks]
        gaps = spread * generator.normal(size=13)
        values = gaps[blocks] + noise * generator.normal(size=60)
        about_mean = block_beliefs(list(values), blocks, 0.0)
        about_new = block_beliefs(list(values - gaps[12]), blocks, 0.0)
        assert about_mean is not None
        assert about_new is not None
        mean += 0.025 <= about_mean.mean.above <= 0.975
        new += 0.025 <= about_new.new.above <= 0.975
    assert min(mean, new) / repeats >= 0.94 - 3 * (0.06 * 0.94 / repeats) ** 0.5
