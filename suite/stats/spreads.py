"""What runs say of further ones: their spread, and the distribution of what was reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from suite.stats.order_statistics import PredictiveTable, Statistic, predictive_table
from suite.stats.summaries import ALPHA, Interval, Values, finite

Combination = Literal["mean", Statistic]


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
class Spread:
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


def several(values: Values) -> np.ndarray:
    """The values as an array (n,), n >= 2. Raises ValueError for fewer, and if not finite."""
    array = finite(values)
    if len(array) < 2:
        raise ValueError("expected at least two values, for one has no spread")
    return array


def spread_of(array: np.ndarray, sets: ItemCounts | None, *, is_share: bool) -> Spread:
    """The spread of values (n,); for shares, of reported runs with their own number of items."""
    variance = float(array.var(ddof=1)) if np.ptp(array) > 0 else 0.0
    future, apart = variance, 0.0
    if sets is not None and is_share:
        future, apart = sets.exchange(variance, sampling_of(array))
    return Spread(len(array), float(array.mean()), variance, future, apart)


def sampling_of(shares: np.ndarray) -> float:
    """What the draw of one item adds to the variance of a share: p (1 - p)."""
    share = float(np.clip(shares.mean(), 0.0, 1.0))
    return share * (1 - share)


def predict(spread: Spread, reported: float, origin: Origin) -> Prediction:
    """Where a reported value falls by the spread of runs here, before rounding and bounds."""
    if origin.combination == "mean":
        return student(spread.mean, [spread], reported, origin.runs)
    if not spread.variance:
        return Prediction(Interval(spread.mean, spread.mean), None)
    table, unit = _table(spread, origin), spread.variance**0.5
    low, high = (
        spread.mean + unit * float(bound)
        for bound in table.quantiles(np.array([ALPHA / 2, 1 - ALPHA / 2]))
    )
    return Prediction(Interval(low, high), table.below((reported - spread.mean) / unit))


def student(centre: float, spreads: list[Spread], reported: float, runs: int) -> Prediction:
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


def _table(spread: Spread, origin: Origin) -> PredictiveTable:
    """The distribution of what was reported, in standard deviations of the runs here."""
    if origin.combination == "mean":
        raise ValueError("expected an order statistic, got the mean")
    ratio = (spread.reported / spread.variance) ** 0.5
    offset = (1 / spread.n + spread.apart / spread.variance) ** 0.5
    return predictive_table(origin.combination, origin.runs, spread.n, ratio, offset)


def quantiles(spread: Spread, origin: Origin, levels: np.ndarray) -> np.ndarray:
    """The quantiles of a reported value at `levels` (m,)."""
    if not spread.variance:
        return np.full(len(levels), spread.mean)
    table = _table(spread, origin)
    return np.asarray(spread.mean + spread.variance**0.5 * table.quantiles(levels))
