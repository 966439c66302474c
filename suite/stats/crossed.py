"""The mean difference over seeds that were tested on common items, for further items of their kind.

Every seed gives a difference for each of its test items. Where seeds share items, they share the
luck of these, which no number of seeds shows: the error for items like these has a part of seeds
and a part of items (the two-way layout with both random; Cornfield and Tukey 1956, Annals of
Mathematical Statistics 27).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.stats.estimates import Estimate, t_estimate
from suite.stats.summaries import ALPHA

TOO_FEW = "expected two seeds or more, each with two items or more"


@dataclass(frozen=True)
class CrossedMean:
    """The mean over seeds and items, both drawn from more of their kind.

    `estimate`: with `n` seeds. Its squared error is the sum of `seed_part`, that of the seeds'
    means, and `item_part`, what seeds have in common because they share items. `overlap`, in
    [0, 1]: the share of a seed's items that another seed has too, on average. `shared_items`: how
    many items two seeds or more have. `sampling`: the variance of a seed's mean that comes from
    its finite test set, items being drawn at random.
    """

    estimate: Estimate
    seed_part: float
    item_part: float
    overlap: float
    shared_items: int
    sampling: float


def crossed_mean(differences: np.ndarray, *, level: float = 1 - ALPHA) -> CrossedMean:
    """The mean of the seeds' means of `differences` (seeds, items); nan: an item a seed lacks.

    error^2 = s^2 / n + w v: s^2 is the variance of the n seeds' means; v the covariance of two
    seeds' differences on one item, estimated from the products of all pairs of seeds, 0 at the
    least; w the mean over pairs of seeds of common items over the product of their numbers. Where
    all seeds have all items, it is (MS_seeds + MS_items - MS_residual) / (seeds items). The degrees
    of freedom are Satterthwaite's (1946), with the variance of v as it is seen between items, which
    are often far from normal: most are right under both arms.

    Raises ValueError for fewer than two seeds, and for a seed with fewer than two items.
    """
    has = ~np.isnan(differences)
    counts = has.sum(axis=1)
    if len(differences) < 2 or counts.min(initial=2) < 2:
        raise ValueError(TOO_FEW)
    means = np.nansum(differences, axis=1) / counts
    residuals = np.where(has, differences - means[:, None], 0.0)
    overlaps = has.astype(np.float64) @ has.T.astype(np.float64)
    np.fill_diagonal(overlaps, 0.0)
    n, products = len(counts), np.outer(counts, counts)
    weight = float((overlaps / products).sum() / (n * (n - 1)))
    covariance, variance_of_it = _covariance(residuals, has, overlaps, counts)
    seed_part, item_part = float(means.var(ddof=1) / n), weight * max(0.0, covariance)
    spread = 2 * seed_part**2 / (n - 1) + weight**2 * variance_of_it
    error = (seed_part + item_part) ** 0.5
    freedom = 2 * error**4 / spread if spread else float(n - 1)
    within = (residuals**2).sum(axis=1) / (counts - 1) / counts
    return CrossedMean(
        t_estimate(n, float(means.mean()), error, freedom, level=level),
        seed_part,
        item_part,
        float((overlaps / counts[:, None]).sum() / (n * (n - 1))),
        int((has.sum(axis=0) > 1).sum()),
        float(within.mean()),
    )


def separate_mean(rows: Sequence[np.ndarray], *, level: float = 1 - ALPHA) -> CrossedMean:
    """The same of seeds without a common item: `rows` has the differences (items,) of each."""
    if len(rows) < 2 or min(map(len, rows)) < 2:
        raise ValueError(TOO_FEW)
    means = np.array([row.mean() for row in rows])
    n, part = len(rows), float(means.var(ddof=1) / len(rows))
    within = float(np.mean([row.var(ddof=1) / len(row) for row in rows]))
    estimate = t_estimate(n, float(means.mean()), part**0.5, n - 1, level=level)
    return CrossedMean(estimate, part, 0.0, 0.0, 0, within)


def _covariance(
    residuals: np.ndarray, has: np.ndarray, overlaps: np.ndarray, counts: np.ndarray
) -> tuple[float, float]:
    """The covariance of two seeds' values of one item, and the variance of this estimate.

    `residuals` (seeds, items) are around the seeds' means, which takes a part of it away: that of
    each pair of seeds is put back.
    """
    pairs = float(overlaps.sum())
    if not pairs:
        return 0.0, 0.0
    inverse = 1 / counts
    kept = 1 - inverse[:, None] - inverse + overlaps * np.outer(inverse, inverse)
    scale = 1 / float((overlaps * kept).sum())
    cross = residuals.sum(axis=0) ** 2 - (residuals**2).sum(axis=0)
    cross = cross[has.sum(axis=0) > 1]
    variance = len(cross) * float(cross.var(ddof=1)) if len(cross) > 1 else 0.0
    return float(cross.sum()) * scale, variance * scale**2
