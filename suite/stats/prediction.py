"""Where further runs fall: how typical a number is that somebody reported.

A reported number is a single run, or the mean, the best or the median of a few, so it is judged by
where such numbers fall, not by where the mean of endlessly many lies: a prediction interval (Patil,
Peng and Leek 2016, Perspectives on Psychological Science 11). Values are taken as normal, on the
logit scale where a bounded metric is so near an end that the interval would reach beyond it.
"""

from __future__ import annotations

import numpy as np

from suite.stats.share_predictions import predict_on_logit_scale, predict_other_test_set
from suite.stats.spreads import (
    ItemCounts,
    Origin,
    Prediction,
    Spread,
    predict,
    quantiles,
    sampling_of,
    several,
    spread_of,
    student,
)
from suite.stats.summaries import ALPHA, Interval, Summary, Values

GRID = 600  # quantiles of each arm; their 360,000 differences give a gap to 0.1% of probability
UNIT = Interval(0.0, 1.0)


def predict_value(
    values: Values,
    reported: float,
    origin: Origin | None = None,
    *,
    sets: ItemCounts | None = None,
    is_share: bool = False,
) -> Prediction:
    """Where a reported value falls by the `values` (n,) of runs here, and its percentile.

    `is_share`: the values are shares in [0, 1], and so are the bounds. `sets`: for shares of right
    test items. For the mean of k: mean ± t sd sqrt(1/k + 1/n). Raises ValueError for fewer than two
    values and for one that is not finite.
    """
    origin = origin or Origin()
    array = several(values)
    is_single = origin.runs == 1
    if is_share and sets is not None and is_single and sets.here != sets.reported:
        return _widened(predict_other_test_set(array, reported, sets), origin.rounding, UNIT)
    plain = predict(spread_of(array, sets, is_share=is_share), reported, origin)
    if not is_share:
        return _widened(plain, origin.rounding)
    if plain.interval.lies_in(UNIT) or (origin.combination == "mean" and not is_single):
        return _widened(plain, origin.rounding, UNIT)
    found = predict_on_logit_scale(array, reported, origin, sets)
    return _widened(found or plain, origin.rounding, UNIT)


def predict_gap(
    a: Values,
    b: Values,
    reported: float,
    origin: Origin | None = None,
    *,
    sets: ItemCounts | None = None,
    is_share: bool = False,
) -> Prediction:
    """Where a reported gap A - B falls by the runs `a` (n,) and `b` (m,), with its percentile.

    Unpaired: the reported runs of A and of B share nothing. Of means: (mean a - mean b) ± t
    sqrt(sum of variances), with Welch's degrees of freedom. Of the best or the median: all
    differences of two grids of quantiles. Each of the two numbers was rounded. Raises ValueError as
    `predict_value` does.
    """
    origin = origin or Origin()
    spreads = [spread_of(several(values), sets, is_share=is_share) for values in (a, b)]
    if origin.combination == "mean":
        centre = spreads[0].mean - spreads[1].mean
        found = student(centre, spreads, reported, origin.runs)
    else:
        levels = (np.arange(GRID) + 0.5) / GRID
        first, second = (quantiles(spread, origin, levels) for spread in spreads)
        gaps = np.subtract.outer(first, second).ravel()
        low, high = np.quantile(gaps, [ALPHA / 2, 1 - ALPHA / 2])
        share = float((gaps < reported).mean() + (gaps == reported).mean() / 2)
        found = Prediction(Interval(float(low), float(high)), share if low < high else None)
    return _widened(found, 2 * origin.rounding, Interval(-1.0, 1.0) if is_share else None)


def predict_paired_gap(
    a: Values,
    b: Values,
    reported: float,
    origin: Origin | None = None,
    *,
    sets: ItemCounts | None = None,
    is_share: bool = False,
) -> Prediction:
    """Where a reported gap A - B falls whose runs saw the same data, by the pairs `a`, `b` (n,).

    Of the mean of k pairs: mean(d) ± t sd(d) sqrt(1/k + 1/n) over the differences d. Another test
    set counts to the safe side, for how often both are right is not known: a smaller one adds what
    independent arms would, a larger one takes off what the gap alone must have. Raises ValueError
    as `predict_value` does, and for another combination than the mean.
    """
    origin = origin or Origin()
    if origin.combination != "mean":
        raise ValueError(f"expected the mean of paired runs, got the {origin.combination}")
    first, second = several(a), several(b)
    d = first - second
    gap, variance = float(d.mean()), float(d.var(ddof=1))
    future, apart = variance, 0.0
    if sets is not None and is_share:
        independent = sampling_of(first) + sampling_of(second)
        certain = max(abs(gap) - gap**2, 0.0)
        is_larger = sets.redrawn and sets.reported > sets.here
        change = certain if is_larger else independent
        if sets.redrawn:
            future = max(variance + change * (1 / sets.reported - 1 / sets.here), 0.0)
        else:
            future, apart = sets.exchange(variance, independent)
    spread = Spread(len(d), gap, variance, future, apart)
    found = student(gap, [spread], reported, origin.runs)
    return _widened(found, 2 * origin.rounding, Interval(-1.0, 1.0) if is_share else None)


def single_run_gap(a: Summary, b: Summary) -> Interval | None:
    """Where the gap A - B of one run of each, with seeds of their own, falls 95% of the time.

    Missing for n = 1.
    """
    if a.deviation is None or b.deviation is None:
        return None
    spreads = [Spread(arm.n, arm.mean, v := (arm.deviation or 0.0) ** 2, v) for arm in (a, b)]
    return student(a.mean - b.mean, spreads, 0.0, runs=1).interval


def _widened(found: Prediction, by: float, bounds: Interval | None = None) -> Prediction:
    """The prediction with its interval widened by rounding, and clipped to what can be."""
    low, high = found.interval.low - by, found.interval.high + by
    if bounds is not None:
        low, high = (min(max(bound, bounds.low), bounds.high) for bound in (low, high))
    return Prediction(Interval(low, high), found.percentile)
