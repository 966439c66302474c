"""Looking after every seed: how often it errs, and what it saves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from suite.analysis.comparison import judge_family
from suite.analysis.pairs import Pair
from suite.analysis.words import Verdict
from suite.stats import ALPHA, Interval, paired_gap, summarize
from suite.stats.sequential import (
    PRIOR_VARIANCE,
    at_any_time,
    bayes_factor,
    confidence_sequence,
    mean_at_any_time,
)
from suite.task.components import Metric


@pytest.mark.parametrize(
    ("mean", "deviation", "n"), [(0.3, 1.0, 8), (0.0, 2.0, 5), (-1.2, 0.7, 20)]
)
def test_the_bayes_factor_is_the_integral_that_it_stands_for(
    mean: float, deviation: float, n: int
) -> None:
    """The t statistic's density under effect ~ N(0, g), over that under effect = 0."""
    t = mean / deviation * n**0.5

    def weighted(effect: float) -> float:
        return float(
            stats.nct.pdf(t, n - 1, effect * n**0.5)
            * stats.norm.pdf(effect, scale=PRIOR_VARIANCE**0.5)
        )

    marginal, _ = integrate.quad(weighted, -4, 4, epsabs=1e-12)
    assert bayes_factor(mean, deviation, n) == pytest.approx(
        marginal / stats.t.pdf(t, n - 1), rel=1e-3
    )


def test_the_sequence_holds_the_means_that_are_not_rejected() -> None:
    sequence = confidence_sequence(0.3, 1.0, 40)
    for edge in (sequence.low, sequence.high):
        assert bayes_factor(0.3 - edge, 1.0, 40) == pytest.approx(20)
    assert confidence_sequence(0.3, 1.0, 2).high == float("inf")


def test_an_anytime_gap_is_wider_than_a_fixed_one() -> None:
    a, b = np.random.default_rng(6).normal(size=(2, 12))
    fixed = paired_gap(list(a), list(b))
    anytime = at_any_time(fixed)
    assert anytime.mean == fixed.mean
    assert fixed.interval is not None
    assert anytime.interval is not None
    assert fixed.interval.lies_in(anytime.interval)
    assert anytime.p is not None
    assert fixed.p is not None
    assert anytime.p > fixed.p


def test_equal_arms_never_look_different() -> None:
    assert bayes_factor(0.0, 0.0, 9) == 1.0
    assert bayes_factor(0.1, 0.0, 9) == float("inf")


def test_the_mean_of_an_arm_holds_at_every_look_too() -> None:
    values = list(np.random.default_rng(3).normal(size=9))
    fixed = summarize(values)
    assert fixed.deviation is not None
    held = confidence_sequence(fixed.mean, fixed.deviation, 9)
    assert mean_at_any_time(fixed).interval == held
    assert mean_at_any_time(summarize(values[:2])).interval is None  # it would be all numbers
    assert mean_at_any_time(summarize(values[:1])) == summarize(values[:1])


def test_a_family_shares_the_error_and_a_tie_takes_two_one_sided_tests() -> None:
    gap = paired_gap(list(np.random.default_rng(5).normal(size=20)), [0.0] * 20)
    assert gap.deviation is not None
    held = at_any_time(gap, family_size=4)
    assert held.interval == confidence_sequence(gap.mean, gap.deviation, 20, 1 - ALPHA / 4)
    assert held.inner == confidence_sequence(gap.mean, gap.deviation, 20, 1 - ALPHA / 2)
    alone = at_any_time(gap)
    assert alone.p is not None
    assert held.p == pytest.approx(min(1.0, 4 * alone.p))


def verdict(d: np.ndarray, *, sequential: bool) -> Verdict:
    """The verdict on two arms that differ by d (n,)."""
    a = dict(enumerate(map(float, d)))
    rule = Metric(direction="higher", unit="none")
    pair = Pair("a", "b", "x", a, dict.fromkeys(a, 0.0), rule, sequential=sequential)
    return judge_family([pair])[0].verdict


@pytest.mark.slow
def test_seeds_added_after_a_look_err_in_at_most_one_case_of_twenty() -> None:
    """A look at 10 seeds, and 20 more unless one arm is better: of equal arms, how many are not."""
    rng, repeats = np.random.default_rng(8), 800
    by_sequence = as_if_never_looked = 0
    for d in rng.normal(size=(repeats, 30)):
        if verdict(d[:10], sequential=False) == Verdict.BETTER:
            by_sequence += 1
            as_if_never_looked += 1
            continue
        by_sequence += verdict(d, sequential=True) == Verdict.BETTER
        as_if_never_looked += bool(stats.ttest_1samp(d, 0).pvalue < ALPHA)
    luck = 3 * (ALPHA * (1 - ALPHA) / repeats) ** 0.5
    assert by_sequence / repeats <= ALPHA + luck
    assert as_if_never_looked / repeats > ALPHA + luck  # what it would be without the looks


def decide(d: np.ndarray, margin: float, *, of_ties: str) -> tuple[str, int]:
    """The word at which adding one seed at a time ends, and after how many."""
    within = Interval(-margin, margin)
    for n in range(6, len(d) + 1):
        gap = at_any_time(paired_gap(list(d[:n]), [0.0] * n))
        assert gap.interval is not None
        assert gap.inner is not None
        if 0 not in gap.interval:
            return "BETTER", n
        if (gap.inner if of_ties == "inner" else gap.interval).lies_in(within):
            return "EQUIVALENT", n
    return "UNDECIDED", len(d)


def test_until_decided_with_a_margin_errs_in_at_most_one_case_of_twenty() -> None:
    """Arms that are equal, and arms that differ by just the margin, with a margin of 1.5 sd."""
    noise = np.random.default_rng(9).normal(size=(300, 60))
    ties = [decide(d, 1.5, of_ties="inner") for d in noise]
    assert np.mean([word == "BETTER" for word, _ in ties]) <= ALPHA
    at_margin = [decide(d + 1.5, 1.5, of_ties="inner")[0] for d in noise]
    assert np.mean([word == "EQUIVALENT" for word in at_margin]) <= ALPHA


def test_a_tie_takes_fewer_seeds_by_the_90_percent_sequence() -> None:
    """A margin of 1.5 sd: 8.5 seeds on average, where the 95% sequence takes 9.8."""
    noise = np.random.default_rng(10).normal(size=(300, 60))
    inner, outer = (
        np.mean([decide(d, 1.5, of_ties=which)[1] for d in noise]) for which in ("inner", "outer")
    )
    assert inner == pytest.approx(8.5, abs=0.4)
    assert outer == pytest.approx(9.8, abs=0.4)
