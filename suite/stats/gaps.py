"""The difference of two arms: of their values, in the metric's own unit, and of their times.

Bootstrap intervals are not used for a mean gap: with 5 to 30 seeds they cover 85% to 93% where a t
interval covers 95%.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from suite.stats.power import FEWEST_SEEDS, detectable_gap
from suite.stats.shares import wilson
from suite.stats.summaries import (
    ALPHA,
    Interval,
    Values,
    finite,
    summarize,
    t_interval,
    welch_interval,
    welch_p,
)

ROUNDING = 8 * float(np.finfo(float).eps)  # relative: a few roundings of a number
LEVELS = (1 - ALPHA, 1 - 2 * ALPHA)


@dataclass(frozen=True)
class Gap:
    """The paired difference d = A - B over n seeds; what needs two seeds is missing for one.

    `interval`: 95% t interval of the mean. `inner`: the 90% one; that it lies within a margin is
    the test for equivalence (two one-sided tests, Schuirmann 1987). In a comparison both hold for
    the family. `p`: of no difference, two-sided, by the t test of this pair alone. `varies`:
    whether the differences do, by more than the rounding of the values. `effect`: mean(d) / sd(d).
    `correlation`: of the pairs, missing where an arm does not vary. `pairing`: Var(d) / (Var A +
    Var B); near 1, pairing bought nothing. `beats`: the probability that A is above B, (wins + ties
    / 2) / n; `beats_interval`: Wilson's, over the seeds that are no ties. `detectable`: the
    smallest mean gap that this n (6 or more) and sd(d) would find with 80% power. An interval that
    holds 0 does not show that A and B are equal.

    Not `paired` (`unpaired_gap`): n is the smaller number of values, p is Welch's, `wins` and
    `ties` count all pairs of a value of A and one of B, and what needs paired differences is
    missing.
    """

    n: int
    mean_a: float
    mean_b: float
    mean: float
    deviation: float | None
    interval: Interval | None
    inner: Interval | None
    p: float | None
    effect: float | None
    correlation: float | None
    pairing: float | None
    wins: int
    ties: int
    beats: float
    beats_interval: Interval | None
    detectable: float | None
    varies: bool = True
    paired: bool = True


def paired_gap(a: Values, b: Values) -> Gap:
    """The gap between `a` (n,) and `b` (n,), paired by position.

    Raises ValueError for unequal numbers and for values that are not finite.
    """
    first, second = finite(a), finite(b)
    if first.shape != second.shape:
        raise ValueError(
            f"expected as many values of A as of B, got {len(first)} and {len(second)}"
        )
    d = first - second
    n, mean = len(d), float(d.mean())
    size = float(max(np.abs(first).max(), np.abs(second).max()))
    ties = int((np.abs(d) <= ROUNDING * size).sum())
    wins = int((d > ROUNDING * size).sum())
    constant = are_equal(d, size)
    deviation = None if n == 1 else 0.0 if constant else float(d.std(ddof=1))
    variances = float(first.var(ddof=1) + second.var(ddof=1)) if n > 1 else 0.0
    varies = n > 1 and first.std() > 0 and second.std() > 0
    return Gap(
        n=n,
        mean_a=float(first.mean()),
        mean_b=float(second.mean()),
        mean=mean,
        deviation=deviation,
        interval=t_interval(mean, deviation, n) if deviation is not None else None,
        inner=t_interval(mean, deviation, n, 1 - 2 * ALPHA) if deviation is not None else None,
        p=_t_p(mean, deviation, n) if deviation else None,
        effect=mean / deviation if deviation else None,
        correlation=float(np.corrcoef(first, second)[0, 1]) if varies else None,
        pairing=deviation**2 / variances if deviation is not None and variances else None,
        wins=wins,
        ties=ties,
        beats=(wins + ties / 2) / n,
        beats_interval=wilson(wins, n - ties) if n > ties else None,
        detectable=detectable_gap(n, deviation) if deviation and n >= FEWEST_SEEDS else None,
        varies=not constant,
    )


def are_equal(values: np.ndarray, size: float) -> bool:
    """Whether values (n,) are equal but for the rounding of numbers of this size.

    0.3 - 0.1 and 0.6 - 0.4 differ by rounding alone.
    """
    return bool(np.ptp(values) <= ROUNDING * size)


def _t_p(mean: float, deviation: float, n: int) -> float:
    return 2 * float(stdtr(n - 1, -abs(mean) / deviation * n**0.5))


def unpaired_gap(a: Values, b: Values, *, levels: tuple[float, float] = LEVELS) -> Gap:
    """The gap between `a` (n,) and `b` (m,) that share neither seeds nor items.

    With Welch's t test and intervals, `interval` and `inner` of these `levels`. Raises ValueError
    for values that are not finite.
    """
    first, second = finite(a), finite(b)
    mean, counts = float(first.mean() - second.mean()), (len(first), len(second))
    enough, size = min(counts) > 1, float(max(np.abs(first).max(), np.abs(second).max()))
    parts = (
        (float(first.var(ddof=1)) / counts[0], float(second.var(ddof=1)) / counts[1])
        if enough
        else (0.0, 0.0)
    )
    ranks = (
        np.searchsorted(np.sort(second), first, side="left"),
        np.searchsorted(np.sort(second), first, side="right"),
    )
    wins, ties = int(ranks[0].sum()), int((ranks[1] - ranks[0]).sum())
    return Gap(
        n=min(counts),
        mean_a=float(first.mean()),
        mean_b=float(second.mean()),
        mean=mean,
        deviation=None,
        interval=welch_interval(mean, parts, counts, levels[0]) if enough else None,
        inner=welch_interval(mean, parts, counts, levels[1]) if enough else None,
        p=welch_p(mean, parts, counts) if enough and parts != (0.0, 0.0) else None,
        effect=None,
        correlation=None,
        pairing=None,
        wins=wins,
        ties=ties,
        beats=(wins + ties / 2) / (counts[0] * counts[1]),
        beats_interval=None,
        detectable=None,
        varies=not (are_equal(first, size) and are_equal(second, size)),
        paired=False,
    )


@dataclass(frozen=True)
class Ratio:
    """The geometric mean of A / B over n pairs, with its 95% interval: missing for n = 1."""

    n: int
    ratio: float
    interval: Interval | None


def paired_ratio(a: Values, b: Values) -> Ratio:
    """The ratio A / B of times `a` (n,) and `b` (n,), with the t interval of the paired log ratios.

    Raises ValueError for what is not positive.
    """
    first, second = finite(a), finite(b)
    if first.shape != second.shape or first.min() <= 0 or second.min() <= 0:
        raise ValueError("expected as many positive values of A as of B")
    logs = summarize(list(np.log(first / second)))
    around = logs.interval and Interval(
        float(np.exp(logs.interval.low)), float(np.exp(logs.interval.high))
    )
    return Ratio(logs.n, float(np.exp(logs.mean)), around)
