"""The mean over runs that share data: folds of a cross-validation, draws from a finite pool.

Such runs resemble each other, and their sd does not show it: a t test over them finds differences
that other data would not. The correction is Nadeau and Bengio's (2003, Machine Learning 52): where
runs correlate by r, Var(mean) = E[s^2] (1 / n + r / (1 - r)).
"""

from __future__ import annotations

from suite.stats.estimates import Estimate
from suite.stats.layouts import Layout, layout_means
from suite.stats.summaries import ALPHA, Values, finite


def folds_mean(
    values: Values, *, train_size: float, test_size: float, level: float = 1 - ALPHA
) -> Estimate:
    """The mean of `values` (n,), one for each fold of each repeat; n = folds x repeats.

    `train_size` and `test_size`: the items of a fold's two parts, or their shares. For one or more
    cross-validations of k folds the variance of the mean is s^2 (1 / n + 1 / (k - 1)), with
    n - 1 degrees of freedom (Bouckaert and Frank 2004). The correlation test / (test + train) is
    Nadeau and Bengio's approximation: no unbiased one exists (Bengio and Grandvalet 2004).

    Raises ValueError for values that are not finite, for a single one and for sizes that are not
    positive.
    """
    if not (0 < train_size < float("inf") and 0 < test_size < float("inf")):
        raise ValueError(
            f"expected positive sizes, got {train_size!r} items to train and {test_size!r} to test"
        )
    return pool_mean(values, overlap=test_size / (test_size + train_size), level=level)


def pool_mean(values: Values, *, overlap: float, level: float = 1 - ALPHA) -> Estimate:
    """The mean of `values` (n,) of runs of which every two share `overlap` of their data.

    `overlap`, in [0, 1): for test sets of m items drawn without replacement from a pool of N, the
    expected share m / N. There the result is exact where all that varies is the drawn items, and
    careful where the seed adds variation of its own. For 0 it is the t interval.

    Raises ValueError for values that are not finite, for a single one, and for an overlap outside
    [0, 1): runs on the same data show nothing about other data.
    """
    array = finite(values)
    if len(array) < 2:
        raise ValueError("expected two runs or more, got 1")
    layout = Layout([0] * len(array), overlap=overlap)
    return layout_means(array[:, None], layout).estimate(len(array), level=level)
