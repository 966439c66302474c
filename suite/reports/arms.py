"""The table of arms: how good each is, over which seeds, and at what cost."""

from __future__ import annotations

import pandas as pd

from suite.analysis.study import Study
from suite.reports.costs import cost_cells
from suite.reports.labels import label
from suite.reports.rows import row_id
from suite.reports.tables import MISSING, interval, mean_and_spread, value


def arms_table(study: Study) -> pd.DataFrame:
    """Every arm and metric over its seeds, beside what the arm costs."""
    rows = []
    for arm in study.task.arms:
        for name, metric in study.task.metrics.items():
            summary = study.summary(arm, name)
            if summary is None and study.values(arm, study.primary_metric):
                continue  # the arm does not have this metric
            rows.append(
                {
                    "arm": arm,
                    "metric": label(name, metric),
                    "n": str(summary.n) if summary else "0",
                    "mean ± sd": mean_and_spread(summary, metric),
                    "95% interval of the mean": (
                        interval(summary.interval, metric) if summary else MISSING
                    ),
                    "min to max": (
                        f"{value(summary.minimum, metric)} to {value(summary.maximum, metric)}"
                        if summary
                        else MISSING
                    ),
                    "seeds without result": without_result(study, arm),
                    **cost_cells(study, arm),
                    "id": row_id(study, [arm], name),
                }
            )
    return pd.DataFrame(rows)


def without_result(study: Study, arm: str) -> str:
    """The arm's seeds that failed, diverged, or were not run."""
    said = [f"{r.seed} ({r.status})" for r in study.results[arm] if r.status != "ok"]
    return ", ".join(said + [f"{seed} (not run)" for seed in study.seeds_not_run(arm)]) or "none"
