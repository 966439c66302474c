"""Predictions of shares of right items that a normal distribution does not give."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
from scipy.special import bdtr, expit, logit

from suite.stats.order_statistics import STEPS_OF_Z, scales_of_deviation
from suite.stats.spreads import ItemCounts, Origin, Prediction, Spread, predict, sampling_of
from suite.stats.summaries import ALPHA, Interval


def predict_other_test_set(array: np.ndarray, reported: float, sets: ItemCounts) -> Prediction:
    """The prediction of a share of `sets.reported` items by runs that were tested on other numbers.

    The run behind it gets an item right with a probability that varies as runs here do, less what
    their test sets add; the number of right items is binomial given that. The deviation of runs is
    as uncertain as n of them leave it. The percentile counts half of what is equal.
    """
    n, items, mean = len(array), sets.reported, float(array.mean())
    c, weights = scales_of_deviation(n - 1)
    variance = float(array.var(ddof=1)) / c**2
    sampling = sampling_of(array) / sets.here
    training = np.maximum(variance - sampling, 0.0) if sets.redrawn else variance + sampling
    z, z_weights = np.polynomial.hermite_e.hermegauss(STEPS_OF_Z)
    right = np.clip(mean + np.sqrt(variance / n + training)[:, None] * z, 0.0, 1.0)
    both = weights[:, None] * z_weights / z_weights.sum()

    def at_most(count: int) -> float:
        return float((bdtr(count, items, right) * both).sum()) if count >= 0 else 0.0

    def quantile(chance: float) -> float:
        low, high = 0, items
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if at_most(middle) >= chance else (middle + 1, high)
        return low / items

    count = reported * items
    percentile = (at_most(ceil(count - 1e-9) - 1) + at_most(floor(count + 1e-9))) / 2
    return Prediction(Interval(quantile(ALPHA / 2), quantile(1 - ALPHA / 2)), percentile)


def predict_on_logit_scale(
    array: np.ndarray, reported: float, origin: Origin, sets: ItemCounts | None
) -> Prediction | None:
    """The prediction of a share near 0 or 1, before rounding.

    Shares of m items that touch 0 or 1 move inwards, to (right + 1/2) / (m + 1); without a number
    of items they have no logit, and there is no prediction here.
    """
    touches = bool((array <= 0).any() or (array >= 1).any())
    if touches and sets is None:
        return None
    shrink = sets.here / (sets.here + 1) if touches and sets is not None else 1.0
    logits = logit(0.5 + (array - 0.5) * shrink)
    variance = float(logits.var(ddof=1)) if np.ptp(array) > 0 else 0.0
    at = float(logit(np.clip(0.5 + (reported - 0.5) * shrink, 0.0, 1.0)))
    spread = Spread(len(array), float(logits.mean()), variance, variance)
    found = predict(spread, at, origin)
    low, high = (
        float(0.5 + (expit(bound) - 0.5) / shrink)
        for bound in (found.interval.low, found.interval.high)
    )
    return Prediction(Interval(low, high), found.percentile)
