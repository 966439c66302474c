"""Shares of trials, in [0, 1]: the interval of one, and the gap between two that were reported."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import ndtr, ndtri

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


@dataclass(frozen=True)
class ShareGap:
    """What two reported shares show by themselves: the 95% interval of their gap, and a p.

    `p` is of no difference, two-sided, by the sampling error of their test set.
    """

    interval: Interval
    p: float


def share_gap(share_a: float, share_b: float, items: int) -> ShareGap:
    """The gap A - B of two shares, each of `items` test items, taken as independent and normal."""
    error = ((share_a * (1 - share_a) + share_b * (1 - share_b)) / items) ** 0.5
    gap, half = share_a - share_b, float(ndtri(1 - ALPHA / 2)) * error
    p = float(2 * ndtr(-abs(gap) / error)) if error else float(gap == 0)
    return ShareGap(Interval(gap - half, gap + half), p)
