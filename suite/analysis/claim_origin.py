"""How the numbers of a claim came about, as far as the claim and the task say."""

from __future__ import annotations

from suite.analysis.study import Study
from suite.analysis.test_sets import items_of_run
from suite.stats import ItemCounts, Origin
from suite.task.claims import Claim
from suite.task.schema import Task


def origin_of(task: Task, claim: Claim) -> Origin:
    """How the reported numbers came about; the best is the highest or the lowest."""
    if claim.statistic == "best":
        return Origin(claim.runs, "lowest" if is_lower(task, claim) else "highest", claim.rounding)
    return Origin(claim.runs, "median" if claim.statistic == "median" else "mean", claim.rounding)


def is_lower(task: Task, claim: Claim) -> bool:
    """Whether a lower value is the better one; of a count that is no metric, it is."""
    metric = task.metrics.get(claim.metric)
    return metric is None or metric.direction == "lower"


def is_share(study: Study, claim: Claim) -> bool:
    """Whether the metric is a ratio and everything measured and reported of it is in [0, 1]."""
    metric = study.task.metrics.get(claim.metric)
    values = [*claim.reported.values()]
    for arm in claim.reported:
        values += study.values(arm, claim.metric).values()
    return metric is not None and metric.unit == "ratio" and all(0 <= one <= 1 for one in values)


def item_counts(task: Task, claim: Claim) -> ItemCounts | None:
    """The numbers of test items of a claim on an accuracy of the suite's own.

    None where the claim does not say how many, where the metric is a user's or no ratio, or where
    the task's data do not say.
    """
    metric = task.metrics.get(claim.metric)
    if claim.test_items is None or metric is None or metric.name or metric.unit != "ratio":
        return None
    here = items_of_run(task.only_data_set, claim.metric)
    if here is None:
        return None
    return ItemCounts(here, claim.test_items, redrawn="data" in task.protocol.vary)
