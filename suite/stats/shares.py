"""Shares of trials, in [0, 1]: the interval of one, and the gap between two that were reported."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from suite.stats.summaries import ALPHA, Interval


def wilson(wins: int, trials: int) -> Interval:
    """Wilson's 95% score interval of a probability.

    Source: 1927, Journal of the American Statistical Association 22.
    """
    return share_interval(wins / trials, trials)


def share_interval(share: float, trials: int) -> Interval:
    """Wilson's 95% interval of a share in [0, 1] of `trials`; the share may have been rounded."""
    z = float(ndtri(1 - ALPHA / 2))
    centre, half = (
        share + z**2 / (2 * trials),
        z * (share * (1 - share) / trials + (z / (2 * trials)) ** 2) ** 0.5,
    )
    low, high = (centre - half) / (1 + z**2 / trials), (centre + half) / (1 + z**2 / trials)
    return Interval(0.0 if share <= 0 else low, 1.0 if share >= 1 else high)


@dataclass(frozen=True)
class ShareGap:
    """What two reported shares show by themselves: the 95% interval of their gap, and a p.

    `p` is of no difference, two-sided, by the sampling error of their test sets.
    """

    interval: Interval
    p: float


def share_gap(share_a: float, share_b: float, items: int) -> ShareGap:
    """The gap A - B of two shares in [0, 1], each of `items` test items that were drawn apart.

    The interval is Newcombe's hybrid of Wilson's, his method 10 (1998, Statistics in Medicine 17);
    p is of the score test, whose error is of both shares pooled: Pearson's chi-squared without
    correction. A test set that both share makes both cautious.
    """
    gap, pooled = share_a - share_b, (share_a + share_b) / 2
    a, b = (share_interval(share, items) for share in (share_a, share_b))
    low = gap - ((share_a - a.low) ** 2 + (b.high - share_b) ** 2) ** 0.5
    high = gap + ((a.high - share_a) ** 2 + (share_b - b.low) ** 2) ** 0.5
    error = (2 * pooled * (1 - pooled) / items) ** 0.5
    p = float(2 * ndtr(-abs(gap) / error)) if error else 1.0
    return ShareGap(Interval(low, high), p)
