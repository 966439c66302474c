"""Arrays in, estimates out. SciPy does the arithmetic; this file says what is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95  # of every interval, unless it says otherwise


@dataclass(frozen=True)
class Summary:
    """Values of one arm over its seeds. `deviation` (ddof = 1) and the t interval of the mean are missing for n = 1."""

    n: int
    mean: float
    deviation: float | None
    low: float | None
    high: float | None
    minimum: float
    maximum: float


def summarize(values: Sequence[float]) -> Summary:
    """The summary of `values` (n,). Raises ValueError for none or for a value that is not finite."""
    array = _finite(values)
    n, mean = len(array), float(array.mean())
    if n == 1:
        return Summary(1, mean, None, None, None, mean, mean)
    deviation = float(array.std(ddof=1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * deviation / n**0.5
    return Summary(n, mean, deviation, mean - half, mean + half, float(array.min()), float(array.max()))


@dataclass(frozen=True)
class Gap:
    """The paired difference A - B. `low` and `high`: 95% t interval of its mean, missing for n = 1.

    An interval that holds 0 does not show that A and B are equal."""

    n: int
    mean_a: float
    mean_b: float
    mean: float
    deviation: float | None
    low: float | None
    high: float | None
    wins: int
    ties: int


def paired_gap(a: Sequence[float], b: Sequence[float]) -> Gap:
    """The gap between `a` (n,) and `b` (n,), paired by position."""
    first, second = _finite(a), _finite(b)
    if first.shape != second.shape:
        raise ValueError(f"expected as many values of A as of B, got {len(first)} and {len(second)}")
    difference = first - second
    summary = summarize(list(difference))
    wins, ties = int((difference > 0).sum()), int((difference == 0).sum())
    means = float(first.mean()), float(second.mean())
    return Gap(summary.n, *means, summary.mean, summary.deviation, summary.low, summary.high, wins, ties)


def _finite(values: Sequence[float]) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise ValueError(f"expected finite values in one row, at least one, got {array!r}")
    return array
