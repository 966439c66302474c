"""The table of arms: how good each is, over which seeds, and at what cost."""

from __future__ import annotations

from collections.abc import Iterator

from suite.analysis.study import Study
from suite.analysis.test_sets import deviation_of_test_set
from suite.reports.costs import cost_cells, time_ratio_heading
from suite.reports.numbers import MISSING, format_interval, format_mean_and_spread, format_value
from suite.reports.prose import MetricLabel, RowId, Unbroken
from suite.reports.row_ids import row_id
from suite.reports.table import Row, Table, data_set_cell, make_table
from suite.stats import Summary
from suite.task.components import Metric

MEAN = "mean of the data sets"
OF_MODELS = ("sd of the test set", "parameters", "training GFLOP")  # which commands do not say
SEEDS_SHOWN = 30  # of a cell: as many as most tasks have


def arms_table(study: Study) -> Table:
    """Every arm and metric over its seeds, beside what the arm costs.

    Over several data sets: on each of them, then the mean over them.
    """
    rows = [
        row
        for arm in study.task.arms
        for key, metric in study.task.metrics.items()
        # an arm with results, but none of this metric, does not have it
        if study.values(arm, key) or not study.values(arm, study.primary_metric)
        for row in _rows(study, arm, key, metric)
    ]
    if study.task.is_measured_elsewhere:
        return make_table(rows).without_missing(*OF_MODELS).without(time_ratio_heading(study))
    table = make_table(rows, {time_ratio_heading(study): "time / time of ..."})
    return table.without_missing(*OF_MODELS) if study.task.is_of_commands else table


def _rows(study: Study, arm: str, key: str, metric: Metric) -> Iterator[Row]:
    for part in study.each():
        yield {
            "arm": arm,
            "metric": MetricLabel(key, metric),
            **data_set_cell(part),
            **_summary_cells(part, arm, key, metric),
            "seeds without result": _seeds_without_result(part, arm),
            **cost_cells(part, arm),
            "id": RowId(row_id(part, [arm], key)),
        }
    if study.blocks:
        yield _mean_row(study, arm, key, metric)


def _mean_row(study: Study, arm: str, key: str, metric: Metric) -> Row:
    """The mean over data sets, whose spread and interval are over data sets too."""
    lost = study.runs_without_result(arm) + sum(len(p.seeds_not_run(arm)) for p in study.each())
    return {
        "arm": arm,
        "metric": MetricLabel(key, metric),
        "data set": MEAN,
        **_summary_cells(study, arm, key, metric),
        "seeds without result": f"{lost} run{'s' * (lost != 1)}" if lost else "none",
        **dict.fromkeys(cost_cells(study, arm), MISSING),
        "id": RowId(row_id(study, [arm], key)),
    }


def _summary_cells(study: Study, arm: str, key: str, metric: Metric) -> Row:
    """What the values of an arm come to, over seeds or over data sets."""
    summary = study.summary(arm, key)
    return {
        "n": str(summary.n) if summary else "0",
        "mean ± sd": Unbroken(format_mean_and_spread(summary, metric)),
        "sd of the test set": format_value(deviation_of_test_set(study, arm, key), metric),
        "95% interval of the mean": Unbroken(
            format_interval(summary.interval if summary else None, metric)
        ),
        "min to max": _range(summary, metric),
    }


def _range(summary: Summary | None, metric: Metric) -> str:
    if summary is None:
        return MISSING
    return f"{format_value(summary.minimum, metric)} to {format_value(summary.maximum, metric)}"


def _seeds_without_result(study: Study, arm: str) -> str:
    """The arm's seeds that failed, diverged, or were not run; of many, the first and how many."""
    without = [f"{run.seed} ({run.status})" for run in study.results[arm] if run.status != "ok"]
    without += [f"{seed} (not run)" for seed in study.seeds_not_run(arm)]
    if len(without) > SEEDS_SHOWN:
        without[SEEDS_SHOWN:] = [f"and {len(without) - SEEDS_SHOWN:,} more"]
    return ", ".join(without) or "none"
