"""Looking after every seed: how often it errs, and what it saves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from suite.stats import paired_gap
from suite.stats.sequential import PRIOR_VARIANCE, at_any_time, bayes_factor, confidence_sequence


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
