"""Estimates that may be looked at after every seed: their error holds over all looks together.

Looking after each seed and stopping at p < .05 finds a difference between equal arms in 23% of
cases (looks at 5 to 30 seeds). Here the evidence is the t test's Bayes factor with a right-Haar
prior on sigma and effect ~ N(0, g) (Gonen et al. 2005, The American Statistician 59): under no
difference it is a test martingale, so by Ville's inequality it ever exceeds 1 / alpha with
probability at most alpha (Lai 1976; Perez-Ortiz et al. 2024, Annals of Statistics 52). The values
of mu that it does not reject form a confidence sequence. Both are derived for normal differences;
differences of two arms that are alike are symmetric, and then it errs less (checked with
t-distributed ones in tests/stats/test_sequential.py), but for strongly skewed ones it errs more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from suite.stats import ALPHA, Gap, Interval, Summary, betting_mean

# g: of mean / sd. Larger effects are found soonest near it; 0.3 to 3 differ by a seed or two
PRIOR_VARIANCE = 1.0


def bayes_factor(mean: float, deviation: float, n: int) -> float:
    """The Bayes factor, in (0, inf], of n >= 2 differences against a mean of 0.

    The differences have this mean and standard deviation. Infinite where they are all equal and
    not 0.
    """
    if not deviation:
        return float("inf") if mean else 1.0
    freedom, shrink = n - 1, 1 + n * PRIOR_VARIANCE
    squared = n * mean**2 / deviation**2 / freedom
    return float(shrink**-0.5 * ((1 + squared) / (1 + squared / shrink)) ** (n / 2))


def confidence_sequence(
    mean: float, deviation: float, n: int, level: float = 1 - ALPHA
) -> Interval:
    """The interval of the means that n >= 2 differences do not yet reject.

    With probability `level`, the true mean is in it after every seed.
    """
    half = deviation * sequence_critical(1 - level, n) / n**0.5 if deviation else 0.0
    return Interval(mean - half, mean + half)


def sequence_critical(alpha: float, n: int, pairs: int = 1) -> float:
    """The |t| that n >= 2 differences must reach to be rejected by the sequence; may be inf.

    Each of `pairs` in a family has alpha / pairs (Bonferroni).
    """
    freedom, shrink = n - 1, 1 + n * PRIOR_VARIANCE
    bound = (shrink**0.5 * pairs / alpha) ** (2 / n)
    if bound >= shrink:
        return float("inf")
    return float((freedom * (bound - 1) / (1 - bound / shrink)) ** 0.5)


def at_any_time(gap: Gap, family_size: int = 1) -> Gap:
    """The gap with intervals and p that hold at whatever seed the run was stopped.

    They hold for all `family_size` gaps of a family (Bonferroni). `interval` is of 95%; `inner` is
    of 90%, for equivalence is two one-sided tests at 5% each. Unchanged for a single seed.
    """
    if gap.deviation is None:
        return gap
    return replace(
        gap,
        interval=confidence_sequence(gap.mean, gap.deviation, gap.n, 1 - ALPHA / family_size),
        inner=confidence_sequence(gap.mean, gap.deviation, gap.n, 1 - 2 * ALPHA / family_size),
        p=min(1.0, family_size / bayes_factor(gap.mean, gap.deviation, gap.n)),
    )


def mean_at_any_time(summary: Summary) -> Summary:
    """The summary with an interval that holds at whatever seed the run was stopped.

    It is missing where the seeds are too few for one with an end.
    """
    if summary.deviation is None:
        return summary
    interval = confidence_sequence(summary.mean, summary.deviation, summary.n)
    return replace(summary, interval=interval if isfinite(interval.low) else None)


Bounds = tuple[float, float]  # of one value of a metric


def bet_at_any_time(
    gap: Gap, differences: Sequence[float], bounds: Bounds, family_size: int = 1
) -> Gap:
    """The same by betting, which holds for every distribution of values within `bounds`.

    `differences` (n,): in the order of the seeds, which must be that in which they were added.
    Raises ValueError for differences that values within the bounds cannot have.
    """
    if gap.deviation is None:
        return gap
    reach = bounds[1] - bounds[0]
    outer, inner = (
        betting_mean(list(differences), low=-reach, high=reach, level=1 - alpha / family_size)
        for alpha in (ALPHA, 2 * ALPHA)
    )
    p = min(1.0, family_size * outer.p)
    return replace(gap, interval=outer.interval, inner=inner.interval, p=p)


def bet_on_mean(summary: Summary, values: Sequence[float], bounds: Bounds) -> Summary:
    """The summary of `values` (n,), in their order, with an interval by betting."""
    if summary.deviation is None:
        return summary
    low, high = bounds
    return replace(summary, interval=betting_mean(list(values), low=low, high=high).interval)
