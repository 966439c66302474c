"""The mean of items that come in clusters: questions about one text, frames of one film."""

from __future__ import annotations

from suite.stats.estimates import Estimate
from suite.stats.layouts import Labels, Layout, layout_means
from suite.stats.summaries import ALPHA, Values, finite


def clustered_mean(values: Values, clusters: Labels, *, level: float = 1 - ALPHA) -> Estimate:
    """The mean of the items `values` (items,) with the error CR2; `n` is the number of clusters.

    `clusters` (items,): the label of each item's cluster. Every item counts alike, so large
    clusters count for more. Clusters of one item give the t interval of the items; clusters of one
    size, the t interval of their means.

    Raises ValueError for values that are not finite, for labels of another number and for fewer
    than two clusters.
    """
    array = finite(values)
    layout = Layout([0] * len(array), clusters)
    return layout_means(array[:, None], layout).estimate(len(set(clusters)), level=level)
