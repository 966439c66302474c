"""The values of one arm: their spread, and where their mean lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, stdtr, stdtrit

ALPHA = 0.05  # the share of false verdicts that is put up with; intervals are of 1 - ALPHA

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
    """Values of one arm over its seeds.

    `deviation` (ddof = 1) and the t interval of the mean are missing for n = 1.
    """

    n: int
    mean: float
    deviation: float | None
    interval: Interval | None
    minimum: float
    maximum: float


def summarize(values: Values) -> Summary:
    """The summary of `values` (n,). Raises ValueError for none, and for one that is not finite."""
    array = finite(values)
    n, mean = len(array), float(array.mean())
    if n == 1:
        return Summary(1, mean, None, None, mean, mean)
    deviation = float(array.std(ddof=1))
    return Summary(
        n, mean, deviation, t_interval(mean, deviation, n), float(array.min()), float(array.max())
    )


def t_interval(mean: float, deviation: float, n: int, level: float = 1 - ALPHA) -> Interval:
    """The t interval of a mean of n >= 2 values.

    `deviation` is their standard deviation (ddof = 1).
    """
    half = float(stdtrit(n - 1, (1 + level) / 2)) * deviation / n**0.5
    return Interval(mean - half, mean + half)


def welch_interval(
    gap: float, parts: tuple[float, float], counts: tuple[int, int], level: float = 1 - ALPHA
) -> Interval:
    """The interval gap ± t sqrt(sum of `parts`), with Welch's degrees of freedom.

    `parts` are the variances that two independent arms of `counts` values give to the gap. Source:
    Welch (1947, Biometrika 34).
    """
    if not sum(parts):
        return Interval(gap, gap)
    freedom = _welch_freedom(parts, counts)
    half = float(stdtrit(freedom, (1 + level) / 2)) * sum(parts) ** 0.5
    return Interval(gap - half, gap + half)


def welch_p(gap: float, parts: tuple[float, float], counts: tuple[int, int]) -> float:
    """The two-sided p of no gap, by Welch's t test; `parts` and `counts` as `welch_interval`'s."""
    return 2 * float(stdtr(_welch_freedom(parts, counts), -abs(gap) / sum(parts) ** 0.5))


def _welch_freedom(parts: tuple[float, float], counts: tuple[int, int]) -> float:
    shares = (part / sum(parts) for part in parts)
    return 1 / sum(share**2 / (n - 1) for share, n in zip(shares, counts, strict=True))


def variance_interval(deviation: float, n: int) -> Interval:
    """The 95% chi-squared interval of a variance.

    `deviation` is the standard deviation of n >= 2 normal values.
    """
    low, high = (chdtri(n - 1, above) for above in (ALPHA / 2, 1 - ALPHA / 2))
    return Interval(float((n - 1) * deviation**2 / low), float((n - 1) * deviation**2 / high))


def finite(values: Values) -> np.ndarray:
    """The values as an array (n,). Raises ValueError for none, and for one that is not finite."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise ValueError(f"expected finite values in one row, at least one, got {array!r}")
    return array
