"""Estimates against SciPy, called directly, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from suite.stats import (
    Interval,
    Summary,
    detectable_gap,
    holm,
    paired_gap,
    paired_ratio,
    percentile,
    permutations,
    power,
    prediction_interval,
    seeds_needed,
    share_gap,
    summarize,
    unpaired_gap,
)


def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def two(n: int) -> tuple[list[float], list[float]]:
    a, b = np.random.default_rng(n).normal(0.9, 0.01, (2, n))
    return list(a), list(b)


def bounds(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


@pytest.mark.parametrize("n", [2, 3, 10, 57])
def test_the_interval_of_a_mean_is_scipys(n: int) -> None:
    values, _ = two(n)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = summarize(values)
    assert bounds(found.interval) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert found.deviation == pytest.approx(stats.tstd(values), abs=1e-12)


@pytest.mark.parametrize("n", [3, 6, 13, 14, 57])
def test_everything_about_a_gap_is_scipys(n: int) -> None:
    a, b = two(n)
    found, test = paired_gap(a, b, generator=generator()), stats.ttest_rel(a, b)
    d = np.array(a) - np.array(b)
    for interval, level in ((found.interval, 0.95), (found.inner, 0.9)):
        expected = test.confidence_interval(level)
        assert bounds(interval) == pytest.approx((expected.low, expected.high), abs=1e-12)
    flips = stats.permutation_test(
        (d,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=9999,
        rng=generator(),
    )
    drawn = (
        0.0 if n <= 13 else 3 * 2 * (flips.pvalue / 2 / 9999) ** 0.5
    )  # two draws of 9,999 differ by three deviations
    assert found.p == pytest.approx(flips.pvalue, abs=1e-12 + drawn)
    assert found.effect == pytest.approx(test.statistic / n**0.5, abs=1e-12)
    assert found.correlation == pytest.approx(stats.pearsonr(a, b).statistic, abs=1e-12)
    assert found.pairing == pytest.approx(
        np.var(d, ddof=1) / (np.var(a, ddof=1) + np.var(b, ddof=1)), abs=1e-12
    )
    proportion = stats.binomtest(int((d > 0).sum()), n).proportion_ci(method="wilson")
    assert bounds(found.beats_interval) == pytest.approx(
        (proportion.low, proportion.high), abs=1e-12
    )


@pytest.mark.parametrize(("n", "m"), [(3, 5), (9, 30)])
def test_everything_about_arms_that_share_nothing_is_scipys(n: int, m: int) -> None:
    a, b = two(n)[0], two(m)[1]
    found, test = unpaired_gap(a, b, generator=generator()), stats.ttest_ind(a, b, equal_var=False)
    for interval, level in ((found.interval, 0.95), (found.inner, 0.9)):
        expected = test.confidence_interval(level)
        assert bounds(interval) == pytest.approx((expected.low, expected.high), abs=1e-12)
    permuted = stats.permutation_test(
        (a, b),
        lambda x, y: np.mean(x) - np.mean(y),
        vectorized=False,
        n_resamples=9999,
        rng=generator(),
    )
    assert found.p == pytest.approx(permuted.pvalue, abs=1e-12)
    assert found.beats == pytest.approx(stats.mannwhitneyu(a, b).statistic / (n * m), abs=1e-12)
    assert (found.paired, found.n, found.effect, found.detectable) == (False, min(n, m), None, None)


def test_arms_that_share_nothing_and_do_not_vary_have_an_interval_of_one_point() -> None:
    found = unpaired_gap([2, 2], [1, 1, 1], generator=generator())
    assert bounds(found.interval) == (1.0, 1.0)
    assert (found.wins, found.ties, found.beats) == (6, 0, 1.0)
    ties = unpaired_gap([1, 2], [1, 1, 3], generator=generator())
    assert (ties.wins, ties.ties) == (2, 2)
    assert unpaired_gap([2], [1, 1], generator=generator()).interval is None


def test_the_p_of_many_items_is_drawn_in_parts_of_bounded_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Right or wrong on 400 items: McNemar's exact test is the second method."""
    wrong, right = np.random.default_rng(1).random((2, 400)) < 0.5
    expected = stats.binomtest(int((right & ~wrong).sum()), int((right != wrong).sum())).pvalue
    monkeypatch.setattr(permutations, "MOST_NUMBERS", 50 * 400)
    found = paired_gap(
        list(right.astype(float)), list(wrong.astype(float)), generator=generator()
    ).p
    assert found == pytest.approx(expected, abs=3 * (0.25 / 9999) ** 0.5)


@pytest.mark.parametrize("seed", range(20))
def test_permutations_that_tie_are_counted_as_scipy_does(seed: int) -> None:
    """Accuracies on few items are multiples of one number, and their sums are rounded; those of
    whole numbers are not."""
    a, b = np.random.default_rng(seed).integers(0, 5, (2, 9))
    flips = stats.permutation_test((a - b,), np.mean, permutation_type="samples", n_resamples=9999)
    assert permutations.sign_flip_p(a / 10 - b / 10, generator()) == pytest.approx(
        flips.pvalue, abs=1e-12
    )
    ways = stats.permutation_test(
        (a[:5], b[:4]), lambda x, y: np.mean(x) - np.mean(y), n_resamples=9999
    )
    assert permutations.permuted_arms_p(a[:5] / 10, b[:4] / 10, generator()) == pytest.approx(
        ways.pvalue, abs=1e-12
    )


def test_the_sign_flip_test_is_exact_for_few_seeds() -> None:
    for n, smallest in ((5, 2 / 32), (6, 2 / 64), (13, 2 / 2**13)):
        a = [1.0 + 0.1 * seed for seed in range(n)]
        assert paired_gap(a, [0.0] * n, generator=generator()).p == pytest.approx(
            smallest, abs=1e-15
        )


def test_the_sign_flips_come_from_the_generator() -> None:
    a, b = two(40)
    assert paired_gap(a, b, generator=generator()).p == paired_gap(a, b, generator=generator()).p
    assert (
        paired_gap(a, b, generator=generator()).p
        != paired_gap(a, b, generator=np.random.default_rng(8)).p
    )


def test_one_value_has_no_spread_and_no_interval() -> None:
    found = summarize([0.5])
    assert found == Summary(1, 0.5, None, None, 0.5, 0.5)
    gap = paired_gap([0.5], [0.25], generator=generator())
    assert (gap.mean, gap.wins, gap.beats) == (0.25, 1, 1.0)
    needs_two = (
        gap.interval,
        gap.inner,
        gap.p,
        gap.effect,
        gap.correlation,
        gap.pairing,
        gap.detectable,
    )
    assert needs_two == (None,) * 7


def test_equal_arms_have_no_effect_and_a_p_of_one() -> None:
    gap = paired_gap([0.5] * 8, [0.5] * 8, generator=generator())
    assert (gap.mean, gap.deviation, gap.p, gap.ties, gap.beats) == (0.0, 0.0, 1.0, 8, 0.5)
    assert bounds(gap.interval) == (0.0, 0.0)
    assert (gap.effect, gap.beats_interval, gap.detectable, gap.correlation, gap.pairing) == (
        None,
    ) * 5


def test_differences_that_differ_by_rounding_are_one_difference() -> None:
    gap = paired_gap([0.75, 0.8, 0.7], [0.5, 0.55, 0.45], generator=generator())
    assert (gap.deviation, gap.effect, gap.detectable) == (0.0, None, None)
    assert bounds(gap.interval) == pytest.approx((0.25, 0.25))


def test_wins_and_ties_are_counted_by_pair() -> None:
    gap = paired_gap([3, 2, 1, 6], [1, 2, 4, 4], generator=generator())
    assert (gap.n, gap.wins, gap.ties, gap.mean, gap.beats) == (4, 2, 1, 0.25, 2.5 / 4)


@pytest.mark.parametrize("values", [[], [float("nan")], [float("inf"), 1.0]])
def test_what_is_not_finite_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="expected finite values in one row, at least one"):
        summarize(values)


def test_unequal_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="as many values of A as of B, got 2 and 1"):
        paired_gap([1, 2], [1], generator=generator())


@pytest.mark.parametrize(
    ("effect", "n"), [(0.3, 90), (0.5, 34), (0.8, 15), (1.0, 10), (1.5, 6), (-1.0, 10)]
)
def test_seeds_needed_are_the_textbooks(effect: float, n: int) -> None:
    assert seeds_needed(effect) == n
    assert seeds_needed(1e-6) is None
    assert seeds_needed(200.0) == 6


def test_the_detectable_gap_is_where_the_power_is_80_percent() -> None:
    assert power(detectable_gap(12, 2.0) / 2.0, 12) == pytest.approx(
        0.8, abs=2e-6
    )  # with the wrong direction, which is left out
    assert power(detectable_gap(10_000, 1.0), 10_000) == pytest.approx(0.8, abs=2e-6)


@pytest.mark.parametrize("n", [6, 20, 1000])
def test_the_power_is_scipys_of_the_noncentral_t(n: int) -> None:
    for effect in (0.0, 0.05, 0.5 / n**0.5, 3 / n**0.5):
        edge, shift = stats.t.ppf(0.975, n - 1), effect * n**0.5
        expected = stats.nct.sf(edge, n - 1, shift) + stats.nct.cdf(-edge, n - 1, shift)
        assert power(effect, n) == pytest.approx(expected, abs=1e-9)
    assert power(20.0, n) == 1.0


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_claims_own_evidence_is_its_test_sets_sampling_error() -> None:
    """96.5% against 95.3% on 1,000 pairs: 1.2 points, 95% interval -0.54 to 2.94, p = .18."""
    own = share_gap(0.965, 0.953, 1000)
    assert bounds(own.interval) == pytest.approx((-0.0054, 0.0294), abs=5e-5)
    assert own.p == pytest.approx(0.18, abs=0.005)
    assert share_gap(1.0, 1.0, 10).p == 1.0


def test_a_prediction_interval_holds_single_runs_and_gives_percentiles() -> None:
    rng = np.random.default_rng(11)
    draws = rng.normal(0.95, 0.004, (4000, 11))
    inside = [one[-1] in prediction_interval(summarize(list(one[:-1]))) for one in draws]  # type: ignore[operator]
    assert np.mean(inside) == pytest.approx(0.95, abs=3 * (0.05 * 0.95 / 4000) ** 0.5)
    below = [percentile(float(one[-1]), summarize(list(one[:-1]))) for one in draws]
    assert stats.kstest(below, "uniform").pvalue > 0.001
    assert percentile(0.5, summarize([0.5, 0.5])) is None


def test_ratios_of_times_are_geometric() -> None:
    found = paired_ratio([2.0, 8.0, 4.0], [1.0, 2.0, 4.0])
    assert found.n == 3
    assert found.ratio == pytest.approx(2.0)
    logs = stats.ttest_1samp(np.log([2.0, 4.0, 1.0]), 0).confidence_interval(0.95)
    assert bounds(found.interval) == pytest.approx((np.exp(logs.low), np.exp(logs.high)))
    with pytest.raises(ValueError, match="positive"):
        paired_ratio([0.0], [1.0])
