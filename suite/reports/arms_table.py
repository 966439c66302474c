"""The table of arms: how good each is, over which seeds, and at what cost."""

from __future__ import annotations

from suite.analysis.study import Study
from suite.analysis.test_sets import deviation_of_test_set
from suite.reports.costs import cost_cells, time_ratio_heading
from suite.reports.numbers import MISSING, format_interval, format_mean_and_spread, format_value
from suite.reports.prose import MetricLabel, RowId, Unbroken
from suite.reports.row_ids import row_id
from suite.reports.table import Row, Table, make_table
from suite.stats import Summary
from suite.task.components import Metric


def arms_table(study: Study) -> Table:
    """Every arm and metric over its seeds, beside what the arm costs."""
    rows = [
        _row(study, arm, key, metric)
        for arm in study.task.arms
        for key, metric in study.task.metrics.items()
        # an arm with results, but none of this metric, does not have it
        if study.values(arm, key) or not study.values(arm, study.primary_metric)
    ]
    return make_table(rows, {time_ratio_heading(study): "time / time of ..."})


def _row(study: Study, arm: str, key: str, metric: Metric) -> Row:
    summary = study.summary(arm, key)
    return {
        "arm": arm,
        "metric": MetricLabel(key, metric),
        "n": str(summary.n) if summary else "0",
        "mean ± sd": Unbroken(format_mean_and_spread(summary, metric)),
        "sd of the test set": format_value(deviation_of_test_set(study, arm, key), metric),
        "95% interval of the mean": Unbroken(
            format_interval(summary.interval if summary else None, metric)
        ),
        "min to max": _range(summary, metric),
        "seeds without result": _seeds_without_result(study, arm),
        **cost_cells(study, arm),
        "id": RowId(row_id(study, [arm], key)),
    }


def _range(summary: Summary | None, metric: Metric) -> str:
    if summary is None:
        return MISSING
    return f"{format_value(summary.minimum, metric)} to {format_value(summary.maximum, metric)}"


def _seeds_without_result(study: Study, arm: str) -> str:
    """The arm's seeds that failed, diverged, or were not run."""
    without = [f"{run.seed} ({run.status})" for run in study.results[arm] if run.status != "ok"]
    without += [f"{seed} (not run)" for seed in study.seeds_not_run(arm)]
    return ", ".join(without) or "none"
