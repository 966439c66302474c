"""The mean of items that come in clusters: questions about one text, frames of one film.

Items of a cluster resemble each other, so that their number promises more than they know. Reading
them as independent items called equal arms different in 11% to 38% of simulated cases.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from suite.stats.estimates import Estimate, t_estimate
from suite.stats.summaries import ALPHA, Values, finite

Labels = Sequence[object] | np.ndarray


def clustered_mean(values: Values, clusters: Labels, *, level: float = 1 - ALPHA) -> Estimate:
    """The mean of the items `values` (items,) with the error CR2; `n` is the number of clusters.

    `clusters` (items,): the label of each item's cluster. Every item counts alike, so large
    clusters count for more. CR2 is unbiased for independent items and nearly so for others; the
    degrees of freedom are Satterthwaite's, by the same working model (Bell and McCaffrey 2002;
    Pustejovsky and Tipton 2018, Journal of Business and Economic Statistics 36, equations 5 and
    11). With an intercept alone both have a closed form: where w_g is cluster g's share of the
    items and r_g its sum of residuals, error^2 = sum r_g^2 / (1 - w_g) / items^2, and with
    u_g = w_g^2 / (1 - w_g), 1 / freedom = sum w_g^2 + sum over g != h of u_g u_h. Clusters of one
    item give the t interval of the items; clusters of one size, the t interval of their means.

    Raises ValueError for values that are not finite, for labels of another number and for fewer
    than two clusters.
    """
    array = finite(values)
    index, count = group(clusters, len(array))
    if count < 2:
        raise ValueError("expected two clusters or more, got 1")
    sizes, mean = np.bincount(index), float(array.mean())
    shares = sizes / len(array)
    residuals = np.bincount(index, weights=array - mean)
    error = float((residuals**2 / (1 - shares)).sum()) ** 0.5 / len(array)
    u = shares**2 / (1 - shares)
    products = 2 * float((u[1:] * np.cumsum(u)[:-1]).sum())
    freedom = 1 / (float((shares**2).sum()) + products)
    return t_estimate(count, mean, error, freedom, level=level)


def group(labels: Labels, n: int) -> tuple[np.ndarray, int]:
    """The number of each label's group, in [0, groups), as an array (n,); and how many there are.

    Groups are numbered in the order of their first label. Raises ValueError for another number of
    labels than n.
    """
    listed = labels.tolist() if isinstance(labels, np.ndarray) else labels
    if len(listed) != n:
        raise ValueError(f"expected a label for each of {n} values, got {len(listed)} labels")
    numbers: dict[object, int] = {}
    index = np.fromiter((numbers.setdefault(label, len(numbers)) for label in listed), np.intp, n)
    return index, len(numbers)
