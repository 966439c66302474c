"""Where reported numbers fall: by hand, beside SciPy, and as often as they say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from suite.stats import (
    Interval,
    ItemCounts,
    Origin,
    predict_gap,
    predict_paired_gap,
    predict_value,
    single_run_gap,
    summarize,
)
from suite.stats.order_statistics import predictive_table, standard_chance
from suite.stats.spreads import Combination


def bounds(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


def values(n: int, *, mean: float = 0.9) -> list[float]:
    return list(np.random.default_rng(n).normal(mean, 0.01, n))


def test_a_single_run_by_hand() -> None:
    """1, 2, 3: mean 2, sd 1; t with 2 degrees of freedom is 4.302653 at 97.5%; sqrt(1 + 1/3)."""
    found = predict_value([1.0, 2.0, 3.0], 3.0)
    assert bounds(found.interval) == pytest.approx((2 - 4.968275, 2 + 4.968275), abs=1e-6)
    # t = 1 / sqrt(4/3) = 0.8660; with 2 degrees of freedom F(t) = 1/2 + t / (2 sqrt(2 + t^2))
    assert found.percentile == pytest.approx(0.5 + 0.866025 / (2 * (2 + 0.75) ** 0.5), abs=1e-6)


@pytest.mark.parametrize(("n", "runs"), [(2, 1), (6, 1), (10, 5), (57, 3)])
def test_the_mean_of_runs_is_scipys_t(n: int, runs: int) -> None:
    here = values(n)
    scale = float(np.std(here, ddof=1)) * (1 / runs + 1 / n) ** 0.5
    expected = stats.t(n - 1, float(np.mean(here)), scale)
    found = predict_value(here, 0.91, Origin(runs))
    assert bounds(found.interval) == pytest.approx(expected.interval(0.95), abs=1e-12)
    assert found.percentile == pytest.approx(expected.cdf(0.91), abs=1e-12)


def test_rounding_widens_by_half_a_unit_and_a_gap_by_two_halves() -> None:
    here, there = values(9), values(7, mean=0.85)
    exact, rounded = (predict_value(here, 0.9, Origin(rounding=r)).interval for r in (0, 0.0005))
    assert bounds(rounded) == pytest.approx((exact.low - 0.0005, exact.high + 0.0005))
    exact, rounded = (
        predict_gap(here, there, 0.05, Origin(rounding=r)).interval for r in (0, 0.0005)
    )
    assert bounds(rounded) == pytest.approx((exact.low - 0.001, exact.high + 0.001))


def test_a_gap_of_single_runs_has_welchs_degrees_of_freedom() -> None:
    a, b = values(9), values(5, mean=0.8)
    parts = [np.var(x, ddof=1) * (1 + 1 / len(x)) for x in (a, b)]
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 8 + parts[1] ** 2 / 4)
    expected = stats.t(freedom, np.mean(a) - np.mean(b), sum(parts) ** 0.5)
    found = predict_gap(a, b, 0.11)
    assert bounds(found.interval) == pytest.approx(expected.interval(0.95), abs=1e-12)
    assert found.percentile == pytest.approx(expected.cdf(0.11), abs=1e-12)
    assert bounds(single_run_gap(summarize(a), summarize(b))) == pytest.approx(
        bounds(found.interval)
    )


def test_a_shared_split_is_judged_by_the_paired_differences() -> None:
    b = values(9)
    d = np.array([0.011, 0.012, 0.013, 0.012, 0.011, 0.013, 0.012, 0.012, 0.012])
    found = predict_paired_gap(list(d + b), b, 0.013)
    expected = stats.t(8, d.mean(), d.std(ddof=1) * (1 + 1 / 9) ** 0.5)
    assert bounds(found.interval) == pytest.approx(expected.interval(0.95), abs=1e-12)
    assert found.percentile == pytest.approx(expected.cdf(0.013), abs=1e-9)
    with pytest.raises(ValueError, match="expected the mean of paired runs, got the highest"):
        predict_paired_gap(b, b, 0.0, Origin(3, "highest"))


def test_one_value_has_no_spread_and_equal_ones_no_percentile() -> None:
    with pytest.raises(ValueError, match="expected at least two values"):
        predict_value([0.5], 0.5)
    found = predict_value([0.5, 0.5], 0.5, Origin(rounding=0.001))
    assert (bounds(found.interval), found.percentile) == ((0.499, 0.501), None)


@pytest.mark.parametrize("runs", [1, 2, 3, 4, 7])
def test_chances_of_order_statistics_are_those_of_scipy_or_of_draws(runs: int) -> None:
    at = np.array([-1.3, -0.2, 0.0, 0.7, 1.9])
    highest = stats.norm.cdf(at) ** runs
    assert standard_chance("highest", runs, at) == pytest.approx(highest, abs=1e-12)
    assert standard_chance("lowest", runs, at) == pytest.approx(
        1 - stats.norm.sf(at) ** runs, abs=1e-12
    )
    draws = np.median(np.random.default_rng(3).normal(size=(200_000, runs)), axis=1)
    drawn = [(draws <= place).mean() for place in at]
    assert standard_chance("median", runs, at) == pytest.approx(drawn, abs=0.005)


def test_the_median_of_two_is_their_mean() -> None:
    at = np.linspace(-3, 3, 13)
    assert standard_chance("median", 2, at) == pytest.approx(stats.norm.cdf(at * 2**0.5), abs=1e-5)


@pytest.mark.parametrize("n", [2, 6, 30, 1000])
def test_the_best_of_one_run_is_a_single_run(n: int) -> None:
    chances = np.array([0.025, 0.5, 0.9, 0.975])
    expected = stats.t.ppf(chances, n - 1) * (1 + 1 / n) ** 0.5
    found = predictive_table("highest", 1, n).quantiles(chances)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_the_best_of_many_lies_above_a_single_run_and_the_lowest_mirrors_it() -> None:
    here = values(12)
    best = predict_value(here, 0.92, Origin(5, "highest"))
    single = predict_value(here, 0.92)
    assert best.interval.low > single.interval.low
    assert best.percentile is not None
    assert single.percentile is not None
    assert best.percentile < single.percentile
    worst = predict_value([-value for value in here], -0.92, Origin(5, "lowest"))
    assert bounds(-worst.interval) == pytest.approx(bounds(best.interval), abs=1e-6)


def test_a_share_near_one_stays_within_bounds_and_equals_the_logit_scale() -> None:
    here = [0.99, 0.995, 0.998, 0.985, 0.999, 0.97]
    found = predict_value(here, 0.999, is_share=True)
    logits = np.log(np.array(here) / (1 - np.array(here)))
    t = stats.t(5, logits.mean(), logits.std(ddof=1) * (1 + 1 / 6) ** 0.5)
    expected = [1 / (1 + np.exp(-x)) for x in t.interval(0.95)]
    assert bounds(found.interval) == pytest.approx(expected, abs=1e-12)
    assert found.percentile == pytest.approx(t.cdf(np.log(0.999 / 0.001)), abs=1e-12)
    assert predict_value([*here, 1.0], 1.0, is_share=True).interval.high == 1.0


def test_a_smaller_test_set_gives_wider_and_a_larger_one_narrower_predictions() -> None:
    here = list(np.random.default_rng(2).binomial(1000, 0.95, 30) / 1000)
    widths = []
    for reported in (100, 1000, 10_000):
        found = predict_value(here, 0.95, sets=ItemCounts(1000, reported), is_share=True)
        widths.append(found.interval.high - found.interval.low)
    assert widths == sorted(widths, reverse=True)
    # training adds hardly anything here: 4 sd of a share of 100 items, 4 sqrt(.95 .05 / 100)
    assert widths[0] == pytest.approx(3.92 * (0.95 * 0.05 / 100) ** 0.5, rel=0.15)
    same = predict_value(here, 0.95, sets=ItemCounts(1000, 1000), is_share=True)
    assert same == predict_value(here, 0.95, is_share=True)
    narrow, wide = (
        predict_value(here, 0.95, sets=ItemCounts(1000, 400, redrawn=redrawn), is_share=True)
        for redrawn in (True, False)
    )
    assert wide.interval.low < narrow.interval.low
    assert wide.interval.high > narrow.interval.high


ORIGINS: list[tuple[Combination, int]] = [
    ("mean", 1), ("mean", 5), ("highest", 5), ("median", 4), ("median", 5),
]  # fmt: skip
TAKE: dict[Combination, Callable[[np.ndarray], np.floating]] = {
    "mean": np.mean, "highest": np.max, "median": np.median,
}  # fmt: skip


@pytest.mark.parametrize(("combination", "runs"), ORIGINS)
@pytest.mark.parametrize("n", [6, 10, 30, 100])
def test_honest_numbers_are_within_their_prediction_in_95_percent(
    combination: Combination, runs: int, n: int
) -> None:
    rng, take = np.random.default_rng(n), TAKE[combination]
    inside = 0
    for _ in range(1500):
        here, reported = [*rng.normal(0.9, 0.01, n)], float(take(rng.normal(0.9, 0.01, runs)))
        inside += reported in predict_value(here, reported, Origin(runs, combination)).interval
    assert 0.93 <= inside / 1500 <= 0.97


def test_percentiles_of_honest_numbers_are_uniform() -> None:
    rng, found = np.random.default_rng(5), []
    for _ in range(1000):
        here, best = [*rng.normal(0.9, 0.01, 8)], float(np.max(rng.normal(0.9, 0.01, 3)))
        found.append(predict_value(here, best, Origin(3, "highest")).percentile)
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_honest_gaps_of_the_best_runs_are_within_their_prediction() -> None:
    rng, inside = np.random.default_rng(8), 0
    for _ in range(300):
        a, b = [*rng.normal(0.9, 0.02, 10)], [*rng.normal(0.85, 0.01, 8)]
        reported = float(np.max(rng.normal(0.9, 0.02, 5)) - np.max(rng.normal(0.85, 0.01, 5)))
        inside += reported in predict_gap(a, b, reported, Origin(5, "highest")).interval
    assert 0.92 <= inside / 300 <= 0.99
