"""A study as a table of results, for what compares tables that were measured anywhere."""

from __future__ import annotations

from math import nan

import pandas as pd

from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.importers.measured_table import MeasuredTable

COLUMNS = ("arm", "block", "unit", "value")


def table_of_study(study: Study, metric: str) -> MeasuredTable:
    """Every run of a study under one of its metrics: arms, data sets and seeds.

    `block` is the label of the data set, "" where the task has only one; `value` is nan where the
    run failed, diverged or lacks the metric. An arm without any value of the metric does not have
    it, and has no rows, unless all of its runs failed. Seeds that were not run have none either.
    Raises SuiteError for a metric that the task does not declare.
    """
    task = study.task
    if metric not in task.metrics:
        raise SuiteError(f"{task.name}: expected one of {', '.join(task.metrics)}, got {metric!r}")
    rows = [
        (arm, run.block, str(run.seed), run.metrics.get(metric, nan) if run.status == "ok" else nan)
        for arm, runs in study.results.items()
        if study.values(arm, metric) or not any(run.status == "ok" for run in runs)
        for run in runs
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": float})
    return MeasuredTable(
        source=f"{task.name} on {study.device}",
        metric=metric,
        unit="seed",
        rows=frame,
        rule=task.metrics[metric],
    )
