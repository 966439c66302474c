"""Shares of trials, in [0, 1]: the interval of one."""

from __future__ import annotations

from scipy.special import ndtri

from suite.stats.summaries import ALPHA, Interval


def wilson(wins: int, trials: int, *, level: float = 1 - ALPHA) -> Interval:
    """Wilson's score interval of a probability.

    Source: 1927, Journal of the American Statistical Association 22.
    """
    z, share = float(-ndtri((1 - level) / 2)), wins / trials
    centre, half = (
        share + z**2 / (2 * trials),
        z * (share * (1 - share) / trials + (z / (2 * trials)) ** 2) ** 0.5,
    )
    low, high = (centre - half) / (1 + z**2 / trials), (centre + half) / (1 + z**2 / trials)
    return Interval(0.0 if wins == 0 else low, 1.0 if wins == trials else high)
