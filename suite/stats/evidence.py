"""p values of many comparisons together, and what reported numbers say by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from suite.stats.summaries import ALPHA, Interval


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values (1979), in the order given: below ALPHA, they err in any at most
    ALPHA of the time."""
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(
        (len(order) - np.arange(len(order))) * np.asarray(p_values)[order]
    )
    return [float(p) for p in np.minimum(adjusted, 1.0)]


@dataclass(frozen=True)
class OwnEvidence:
    """What two reported shares say by themselves: the sampling error of their test set. `p` of no
    difference."""

    interval: Interval
    p: float


def own_evidence(share_a: float, share_b: float, items: int) -> OwnEvidence:
    """Of two shares, each of `items` test items: the normal interval of their gap, taken as
    independent."""
    error = ((share_a * (1 - share_a) + share_b * (1 - share_b)) / items) ** 0.5
    gap, half = share_a - share_b, float(ndtri(1 - ALPHA / 2)) * error
    p = float(2 * ndtr(-abs(gap) / error)) if error else float(gap == 0)
    return OwnEvidence(Interval(gap - half, gap + half), p)
