"""Arrays in, estimates out. SciPy does the arithmetic; this file says what is estimated.

Bootstrap intervals are not used for a mean gap: with 5 to 30 seeds they cover 85% to 93% where a t interval covers 95%.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

ALPHA = 0.05  # the share of false verdicts that is put up with; intervals are of 1 - ALPHA
POWER = 0.8  # the conventional share of true differences that a study should find (Cohen 1988)
RESAMPLES = 9_999  # sign flips; all of them, exactly, where there are fewer (n <= 13)
FEWEST_SEEDS = 6  # the smallest two-sided sign-flip p of n seeds is 2 / 2^n: .0625 at 5, .031 at 6
MOST_SEEDS = 100_000  # more seeds than this are not worth a number

Values = Sequence[float]


@dataclass(frozen=True)
class Interval:
    """Closed; `low` may be -inf and `high` inf."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def lies_in(self, other: Interval) -> bool:
        """Whether no point of it is outside of `other`."""
        return other.low <= self.low and self.high <= other.high

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)


@dataclass(frozen=True)
class Summary:
    """Values of one arm over its seeds. `deviation` (ddof = 1) and the t interval of the mean are missing for n = 1."""

    n: int
    mean: float
    deviation: float | None
    interval: Interval | None
    minimum: float
    maximum: float


def summarize(values: Values) -> Summary:
    """The summary of `values` (n,). Raises ValueError for none or for a value that is not finite."""
    array = _finite(values)
    n, mean = len(array), float(array.mean())
    if n == 1:
        return Summary(1, mean, None, None, mean, mean)
    deviation = float(array.std(ddof=1))
    return Summary(n, mean, deviation, t_interval(mean, deviation, n), float(array.min()), float(array.max()))


def t_interval(mean: float, deviation: float, n: int, level: float = 1 - ALPHA) -> Interval:
    """The t interval of a mean of n >= 2 values."""
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * deviation / n**0.5
    return Interval(mean - half, mean + half)


@dataclass(frozen=True)
class Gap:
    """The paired difference d = A - B over n seeds; what needs two seeds is missing for one.

    `interval`: 95% t interval of the mean. `inner`: the 90% one, whose place within a margin is the test for equivalence.
    `p`: two-sided sign-flip test of no difference. `effect`: mean(d) / sd(d). `correlation`: of the pairs, missing where an
    arm does not vary. `pairing`: Var(d) / (Var A + Var B); near 1, pairing bought nothing. `beats`: the probability that A
    beats B, (wins + ties / 2) / n; `beats_interval`: Wilson's, over the seeds that are no ties. `detectable`: the smallest mean
    gap that this n (6 or more) and sd(d) would find with 80% power. An interval that holds 0 does not show that A and B are equal.
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


def paired_gap(a: Values, b: Values, *, generator: np.random.Generator) -> Gap:
    """The gap between `a` (n,) and `b` (n,), paired by position. `generator` draws the sign flips where n > 13.

    Raises ValueError for unequal numbers and for values that are not finite.
    """
    first, second = _finite(a), _finite(b)
    if first.shape != second.shape:
        raise ValueError(f"expected as many values of A as of B, got {len(first)} and {len(second)}")
    d = first - second
    n, mean = len(d), float(d.mean())
    wins, ties = int((d > 0).sum()), int((d == 0).sum())
    deviation = float(d.std(ddof=1)) if n > 1 else None
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
        p=sign_flip_p(d, generator) if n > 1 else None,
        effect=mean / deviation if deviation else None,
        correlation=float(np.corrcoef(first, second)[0, 1]) if varies else None,
        pairing=deviation**2 / variances if deviation is not None and variances else None,
        wins=wins,
        ties=ties,
        beats=(wins + ties / 2) / n,
        beats_interval=wilson(wins, n - ties) if n > ties else None,
        detectable=detectable_gap(n, deviation) if deviation and n >= FEWEST_SEEDS else None,
    )


def sign_flip_p(d: np.ndarray, generator: np.random.Generator) -> float:
    """Two-sided p of "the differences d (n,) are as likely to be negative as positive", by flipping their signs."""
    test = stats.permutation_test(
        (d,), np.mean, permutation_type="samples", vectorized=True, n_resamples=RESAMPLES, rng=generator
    )
    return float(test.pvalue)


def wilson(wins: int, trials: int) -> Interval:
    """Wilson's 95% interval of a probability."""
    found = stats.binomtest(wins, trials).proportion_ci(1 - ALPHA, method="wilson")
    return Interval(float(found.low), float(found.high))


def power(effect: float, n: int) -> float:
    """The chance that a paired t test of n seeds finds a true mean(d) / sd(d) of `effect`, at ALPHA, two-sided."""
    edge, shift = stats.t.ppf(1 - ALPHA / 2, n - 1), effect * n**0.5
    return float(stats.nct.sf(edge, n - 1, shift) + stats.nct.cdf(-edge, n - 1, shift))


def detectable_gap(n: int, deviation: float) -> float:
    """The smallest mean gap that n >= 6 seeds find with 80% power where the differences vary by `deviation`."""
    high = n**-0.5
    while power(high, n) < POWER:
        high *= 2
    return deviation * float(optimize.brentq(lambda effect: power(effect, n) - POWER, high / 2, high))


def seeds_needed(effect: float) -> int | None:
    """The seeds, 6 or more, that find a true mean(d) / sd(d) of `effect` with 80% power; None above MOST_SEEDS."""
    low, high = FEWEST_SEEDS - 1, FEWEST_SEEDS
    while power(abs(effect), high) < POWER:
        low, high = high, 2 * high
        if high > MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if power(abs(effect), middle) < POWER else (low, middle)
    return high


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values (1979), in the order given: below ALPHA, they err in any at most ALPHA of the time."""
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate((len(order) - np.arange(len(order))) * np.asarray(p_values)[order])
    return [float(p) for p in np.minimum(adjusted, 1.0)]


def prediction_interval(summary: Summary) -> Interval | None:
    """Where one more run of an arm falls 95% of the time: mean ± t sd sqrt(1 + 1/n). Missing for n = 1."""
    if summary.deviation is None:
        return None
    half = float(stats.t.ppf(1 - ALPHA / 2, summary.n - 1)) * summary.deviation * (1 + 1 / summary.n) ** 0.5
    return Interval(summary.mean - half, summary.mean + half)


def percentile(value: float, summary: Summary) -> float | None:
    """The share of further runs of an arm that are expected below `value`. Missing where the arm did not vary."""
    if not summary.deviation:
        return None
    t = (value - summary.mean) / (summary.deviation * (1 + 1 / summary.n) ** 0.5)
    return float(stats.t.cdf(t, summary.n - 1))


def single_run_gap(a: Summary, b: Summary) -> Interval | None:
    """Where the gap A - B of one run of each, with seeds of their own, falls 95% of the time. Missing for n = 1.

    (mean A - mean B) ± t sqrt(sd_A^2 (1 + 1/n_A) + sd_B^2 (1 + 1/n_B)), with Welch's degrees of freedom: unpaired, for a
    reported pair of runs did not share our seeds.
    """
    if a.deviation is None or b.deviation is None:
        return None
    parts = [one.deviation**2 * (1 + 1 / one.n) for one in (a, b) if one.deviation is not None]
    if not sum(parts):
        return Interval(a.mean - b.mean, a.mean - b.mean)
    freedom = sum(parts) ** 2 / sum(part**2 / (one.n - 1) for part, one in zip(parts, (a, b), strict=True))
    half = float(stats.t.ppf(1 - ALPHA / 2, freedom)) * sum(parts) ** 0.5
    return Interval(a.mean - b.mean - half, a.mean - b.mean + half)


@dataclass(frozen=True)
class OwnEvidence:
    """What two reported shares say by themselves: the sampling error of their test set. `p` of no difference."""

    interval: Interval
    p: float


def own_evidence(share_a: float, share_b: float, items: int) -> OwnEvidence:
    """Of two shares, each of `items` test items: the normal interval of their gap, taken as independent."""
    error = ((share_a * (1 - share_a) + share_b * (1 - share_b)) / items) ** 0.5
    gap, half = share_a - share_b, float(stats.norm.ppf(1 - ALPHA / 2)) * error
    p = float(2 * stats.norm.sf(abs(gap) / error)) if error else float(gap == 0)
    return OwnEvidence(Interval(gap - half, gap + half), p)


@dataclass(frozen=True)
class Ratio:
    """The geometric mean of A / B over n pairs, with its 95% interval: missing for n = 1."""

    n: int
    ratio: float
    interval: Interval | None


def paired_ratio(a: Values, b: Values) -> Ratio:
    """How many times A is B, for times: the t interval of the paired log ratios. Raises ValueError for what is not positive."""
    first, second = _finite(a), _finite(b)
    if first.shape != second.shape or first.min() <= 0 or second.min() <= 0:
        raise ValueError("expected as many positive values of A as of B")
    logs = summarize(list(np.log(first / second)))
    around = logs.interval and Interval(float(np.exp(logs.interval.low)), float(np.exp(logs.interval.high)))
    return Ratio(logs.n, float(np.exp(logs.mean)), around)


def variance_interval(deviation: float, n: int) -> Interval:
    """The 95% chi-squared interval of a variance, from a standard deviation of n >= 2 normal values."""
    low, high = stats.chi2.ppf([1 - ALPHA / 2, ALPHA / 2], n - 1)
    return Interval(float((n - 1) * deviation**2 / low), float((n - 1) * deviation**2 / high))


def _finite(values: Values) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise ValueError(f"expected finite values in one row, at least one, got {array!r}")
    return array
