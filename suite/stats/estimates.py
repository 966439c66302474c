"""A mean with its standard error and degrees of freedom, whatever its units are.

A family of comparisons puts its own critical value in the place of t's: `Estimate.around`.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import stdtr, stdtrit

from suite.stats.summaries import ALPHA, Interval


@dataclass(frozen=True)
class Estimate:
    """The mean over n units, in the values' own unit.

    `error`: its standard error. `freedom`: the degrees of freedom of `error`; they need not be
    whole. `interval`: the t interval at the level that was asked for. `p`: of a mean of 0,
    two-sided; missing where `error` is 0. Whether the values vary by more than their rounding is
    for the caller to ask.
    """

    n: int
    mean: float
    error: float
    freedom: float
    interval: Interval
    p: float | None

    def around(self, critical: float) -> Interval:
        """The interval mean ± `critical` standard errors, for a critical value of a family."""
        return Interval(self.mean - critical * self.error, self.mean + critical * self.error)


def t_estimate(
    n: int, mean: float, error: float, freedom: float, *, level: float = 1 - ALPHA
) -> Estimate:
    """The estimate with the t interval at `level`. Raises ValueError for a level outside (0, 1)."""
    half = float(stdtrit(freedom, (1 + checked_level(level)) / 2)) * error
    p = 2 * float(stdtr(freedom, -abs(mean) / error)) if error else None
    return Estimate(n, mean, error, freedom, Interval(mean - half, mean + half), p)


def checked_level(level: float) -> float:
    """The level. Raises ValueError where it is not between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"expected a level between 0 and 1, got {level!r}")
    return level
