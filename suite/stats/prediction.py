"""Where further runs fall: how typical a number is that somebody reported.

A reported number is a single run, or the mean, the best or the median of a few, so it is judged by
where such numbers fall, not by where the mean of endlessly many lies: a prediction interval (Patil,
Peng and Leek 2016, Perspectives on Psychological Science 11). Values are taken as normal, on the
logit scale where a bounded metric is so near an end that the interval would reach beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Literal

import numpy as np
from scipy.special import bdtr, expit, logit, stdtr, stdtrit

from suite.stats.order_statistics import (
    STEPS_OF_Z,
    PredictiveTable,
    Statistic,
    predictive_table,
    scales_of_deviation,
)
from suite.stats.summaries import ALPHA, Interval, Summary, Values, finite

Combination = Literal["mean", Statistic]
GRID = 600  # quantiles of each arm; their 360,000 differences give a gap to 0.1% of probability
UNIT = Interval(0.0, 1.0)


@dataclass(frozen=True)
class Origin:
    """How a reported number came about.

    It is the `combination` of `runs` runs (the mean of 1 is a single run), rounded by `rounding` at
    most: half a unit of its last decimal.
    """

    runs: int = 1
    combination: Combination = "mean"
    rounding: float = 0.0


@dataclass(frozen=True)
class ItemCounts:
    """The numbers of test items here and behind a reported share of right ones.

    `redrawn`: every run here has a test set of its own. Where all runs here share one and the
    reported size is the same, the reported test set is taken to be that one.
    """

    here: int
    reported: int
    redrawn: bool = True

    def exchange(self, variance: float, sampling: float) -> tuple[float, float]:
        """The variance of a reported run, and that of the gap between the two test sets.

        `variance` is that of a run here; `sampling` what one item's draw adds to it, p (1 - p) for
        a share p: over m items, p (1 - p) / m.
        """
        if self.here == self.reported:
            return variance, 0.0
        if self.redrawn:
            training = max(variance - sampling / self.here, 0.0)
            return training + sampling / self.reported, 0.0
        return variance, sampling / self.here + sampling / self.reported


@dataclass(frozen=True)
class Prediction:
    """Where a reported number falls 95% of the time, and the share expected below this one.

    `percentile` in [0, 1]; missing where nothing varied.
    """

    interval: Interval
    percentile: float | None


@dataclass(frozen=True)
class _Spread:
    """What n runs say of further ones: their mean, their variance, and that of reported runs.

    `apart` is the variance of what all reported runs share and the runs here do not.
    """

    n: int
    mean: float
    variance: float
    reported: float
    apart: float = 0.0

    def part(self, runs: int) -> tuple[float, float]:
        """The variance of (mean of reported runs - mean here), and how much of it is estimated."""
        whole = self.reported / runs + self.variance / self.n + self.apart
        return whole, self.variance * (1 / runs + 1 / self.n)


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
    array = _several(values)
    is_single = origin.runs == 1
    if is_share and sets is not None and is_single and sets.here != sets.reported:
        return _widened(_other_test_set(array, reported, sets), origin.rounding, UNIT)
    plain = _predict(_spread(array, sets, is_share=is_share), reported, origin)
    if not is_share:
        return _widened(plain, origin.rounding)
    if plain.interval.lies_in(UNIT) or (origin.combination == "mean" and not is_single):
        return _widened(plain, origin.rounding, UNIT)
    found = _on_the_logit_scale(array, reported, origin, sets)
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
    spreads = [_spread(_several(values), sets, is_share=is_share) for values in (a, b)]
    if origin.combination == "mean":
        centre = spreads[0].mean - spreads[1].mean
        found = _student(centre, spreads, reported, origin.runs)
    else:
        levels = (np.arange(GRID) + 0.5) / GRID
        first, second = (_quantiles(spread, origin, levels) for spread in spreads)
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
    first, second = _several(a), _several(b)
    d = first - second
    gap, variance = float(d.mean()), float(d.var(ddof=1))
    future, apart = variance, 0.0
    if sets is not None and is_share:
        independent = _sampling(first) + _sampling(second)
        certain = max(abs(gap) - gap**2, 0.0)
        is_larger = sets.redrawn and sets.reported > sets.here
        change = certain if is_larger else independent
        if sets.redrawn:
            future = max(variance + change * (1 / sets.reported - 1 / sets.here), 0.0)
        else:
            future, apart = sets.exchange(variance, independent)
    spread = _Spread(len(d), gap, variance, future, apart)
    found = _student(gap, [spread], reported, origin.runs)
    return _widened(found, 2 * origin.rounding, Interval(-1.0, 1.0) if is_share else None)


def single_run_gap(a: Summary, b: Summary) -> Interval | None:
    """Where the gap A - B of one run of each, with seeds of their own, falls 95% of the time.

    Missing for n = 1.
    """
    if a.deviation is None or b.deviation is None:
        return None
    spreads = [_Spread(arm.n, arm.mean, v := (arm.deviation or 0.0) ** 2, v) for arm in (a, b)]
    return _student(a.mean - b.mean, spreads, 0.0, runs=1).interval


def _several(values: Values) -> np.ndarray:
    array = finite(values)
    if len(array) < 2:
        raise ValueError("expected at least two values, for one has no spread")
    return array


def _spread(array: np.ndarray, sets: ItemCounts | None, *, is_share: bool) -> _Spread:
    variance = float(array.var(ddof=1)) if np.ptp(array) > 0 else 0.0
    future, apart = variance, 0.0
    if sets is not None and is_share:
        future, apart = sets.exchange(variance, _sampling(array))
    return _Spread(len(array), float(array.mean()), variance, future, apart)


def _sampling(shares: np.ndarray) -> float:
    """What the draw of one item adds to the variance of a share: p (1 - p)."""
    share = float(np.clip(shares.mean(), 0.0, 1.0))
    return share * (1 - share)


def _predict(spread: _Spread, reported: float, origin: Origin) -> Prediction:
    """Without rounding and bounds."""
    if origin.combination == "mean":
        return _student(spread.mean, [spread], reported, origin.runs)
    if not spread.variance:
        return Prediction(Interval(spread.mean, spread.mean), None)
    table, unit = _table(spread, origin), spread.variance**0.5
    low, high = (
        spread.mean + unit * float(bound)
        for bound in table.quantiles(np.array([ALPHA / 2, 1 - ALPHA / 2]))
    )
    return Prediction(Interval(low, high), table.below((reported - spread.mean) / unit))


def _student(centre: float, spreads: list[_Spread], reported: float, runs: int) -> Prediction:
    """Student's t around `centre`, with the degrees of freedom of Welch and Satterthwaite.

    Source: Welch (1947, Biometrika 34). What is known of a variance without the runs, the sampling
    of a test set, has no part in them; taking it off leaves them no fewer than the runs give.
    """
    parts = [spread.part(runs) for spread in spreads]
    total = sum(whole for whole, _ in parts)
    if not total:
        return Prediction(Interval(centre, centre), None)
    uncertain = sum(
        estimated**2 / (spread.n - 1) for spread, (_, estimated) in zip(spreads, parts, strict=True)
    )
    fewest = min(spread.n for spread in spreads) - 1
    freedom = max(total**2 / uncertain, fewest) if uncertain else float("inf")
    unit = total**0.5
    half = float(stdtrit(freedom, 1 - ALPHA / 2)) * unit
    below = float(stdtr(freedom, (reported - centre) / unit))
    return Prediction(Interval(centre - half, centre + half), below)


def _table(spread: _Spread, origin: Origin) -> PredictiveTable:
    """The distribution of what was reported, in standard deviations of the runs here."""
    if origin.combination == "mean":
        raise ValueError("expected an order statistic, got the mean")
    ratio = (spread.reported / spread.variance) ** 0.5
    offset = (1 / spread.n + spread.apart / spread.variance) ** 0.5
    return predictive_table(origin.combination, origin.runs, spread.n, ratio, offset)


def _quantiles(spread: _Spread, origin: Origin, levels: np.ndarray) -> np.ndarray:
    """The quantiles of a reported value at `levels` (m,)."""
    if not spread.variance:
        return np.full(len(levels), spread.mean)
    table = _table(spread, origin)
    return np.asarray(spread.mean + spread.variance**0.5 * table.quantiles(levels))


def _other_test_set(array: np.ndarray, reported: float, sets: ItemCounts) -> Prediction:
    """The prediction of a share of `sets.reported` items by runs that were tested on other numbers.

    The run behind it gets an item right with a probability that varies as runs here do, less what
    their test sets add; the number of right items is binomial given that. The deviation of runs is
    as uncertain as n of them leave it. The percentile counts half of what is equal.
    """
    n, items, mean = len(array), sets.reported, float(array.mean())
    c, weights = scales_of_deviation(n - 1)
    variance = float(array.var(ddof=1)) / c**2
    sampling = _sampling(array) / sets.here
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


def _on_the_logit_scale(
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
    spread = _Spread(len(array), float(logits.mean()), variance, variance)
    found = _predict(spread, at, origin)
    low, high = (
        float(0.5 + (expit(bound) - 0.5) / shrink)
        for bound in (found.interval.low, found.interval.high)
    )
    return Prediction(Interval(low, high), found.percentile)


def _widened(found: Prediction, by: float, bounds: Interval | None = None) -> Prediction:
    """The prediction with its interval widened by rounding, and clipped to what can be."""
    low, high = found.interval.low - by, found.interval.high + by
    if bounds is not None:
        low, high = (min(max(bound, bounds.low), bounds.high) for bound in (low, high))
    return Prediction(Interval(low, high), found.percentile)
