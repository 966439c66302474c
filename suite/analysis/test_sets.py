"""How large the test sets of a study are, and what their luck adds to the spread of its runs."""

from __future__ import annotations

from suite.analysis.study import Study
from suite.task.datasets import Data, Disc, FunctionData, MnistDigits, MnistPairs, NoData

SIDES_POOLED = "digit_accuracy"  # of pairs: the digits of both sides are its items


def items_of_run(data: Data, metric: str) -> int | None:
    """The test items of one run; None for data of a user's function, and of commands."""
    if isinstance(data, FunctionData | NoData):
        return None
    if isinstance(data, MnistPairs):
        return data.test_pairs * (2 if metric == SIDES_POOLED else 1)
    if isinstance(data, MnistDigits):
        return data.test_digits
    return data.test_points if isinstance(data, Disc) else data.test_items


def deviation_of_test_set(study: Study, arm: str, metric: str) -> float | None:
    """The standard deviation that finite test sets give to a share of right items.

    sqrt(p (1 - p) / m) for a mean share p of m items. It is a part of the spread over seeds where
    every seed draws a test set of its own; where all share one, all share its luck, which no number
    of seeds shows. None where the metric is not an accuracy of the suite's own, and over several
    data sets.
    """
    if study.blocks:
        return None
    declared, summary = study.task.metrics[metric], study.summary(arm, metric)
    items = items_of_run(study.task.only_data_set, metric)
    if summary is None or items is None or declared.name or declared.unit != "ratio":
        return None
    if not 0 <= summary.minimum <= summary.maximum <= 1:
        return None
    return float((summary.mean * (1 - summary.mean) / items) ** 0.5)
