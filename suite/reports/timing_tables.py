"""Tables of times: of training, of pairs of arms, and of the samples of pytest-benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import quantiles
from typing import Any

from suite.analysis.study import Study
from suite.reports.costs import parameters
from suite.reports.numbers import format_bounds, format_value
from suite.reports.prose import RowId, Unbroken
from suite.reports.row_ids import row_id
from suite.reports.table import Row, Table, data_set_cell, make_table
from suite.stats import Summary, summarize


def times_table(study: Study) -> Table:
    """Training times of good runs; of a task of commands the times of these.

    Seeds that trained together are one job with one time; only equal numbers compare.
    """
    if study.task.is_of_commands:
        return _command_times_table(study)
    rows = [
        row for arm in study.task.arms for part in study.each() for row in _rows_of_arm(part, arm)
    ]
    return make_table(rows)


def _command_times_table(study: Study) -> Table:
    """Times of the whole commands of good runs."""
    rows = [
        {
            "arm": arm,
            **data_set_cell(part),
            "runs": str(times.n),
            "time of a run, s, mean ± sd": Unbroken(_seconds(times)),
            "id": RowId(row_id(part, [arm], "time")),
        }
        for arm in study.task.arms
        for part in study.each()
        if (times := _run_times(part, arm)) is not None
    ]
    return make_table(rows)


def _run_times(study: Study, arm: str) -> Summary | None:
    times_s = [
        run.run_time_s
        for run in study.results[arm]
        if run.status == "ok" and run.run_time_s is not None
    ]
    return summarize(times_s) if times_s else None


def _rows_of_arm(study: Study, arm: str) -> list[Row]:
    """A row for each number of seeds that the arm trained together."""
    times: dict[int, list[float]] = {}
    for run in study.results[arm]:
        if run.status == "ok" and run.train_time_s is not None:
            times.setdefault(run.seeds_together, []).append(run.train_time_s)
    rows: list[Row] = []
    for together, times_s in sorted(times.items()):
        jobs = summarize(times_s if together == 1 else sorted(set(times_s)))
        rows.append(
            {
                "arm": arm,
                **data_set_cell(study),
                "device": study.device,
                "seeds trained together": str(together),
                "jobs": str(jobs.n),
                "training time of a job, s, mean ± sd": Unbroken(_seconds(jobs)),
                "per seed, s": f"{jobs.mean / together:.3g}",
                "parameters": format_value(parameters(study, arm), None),
                "id": RowId(row_id(study, [arm], "time")),
            }
        )
    return rows


def _seconds(jobs: Summary) -> str:
    spread = "" if jobs.deviation is None else f" ± {jobs.deviation:.2g}"
    return f"{jobs.mean:.3g}{spread}"


def ratios_table(study: Study) -> Table:
    """The training time of A divided by that of B, for each pair of arms, paired by seed.

    Empty where no pair compares.
    """
    rows: list[Row] = [
        {
            "A": first,
            "B": second,
            **data_set_cell(part),
            "time of A / time of B": f"{times.ratio:.3g}",
            "95% interval": Unbroken(format_bounds(times.interval, ".3g")),
            "n": str(times.n),
            "id": RowId(row_id(part, (first, second), "time")),
        }
        for first, second in study.pairs()
        for part in study.each()
        if (times := part.time_ratio(first, second)) is not None
    ]
    return make_table(rows)


def timings_table(timings: Mapping[str, Any]) -> Table:
    """Raw samples of pytest-benchmark (seconds), summarised by us: median and quartiles."""
    rows: list[Row] = []
    for samples in timings["benchmarks"]:
        times = sorted(samples["seconds"])
        low, median, high = (
            quantiles(times, n=4, method="inclusive") if len(times) > 1 else times * 3
        )
        rows.append(
            {
                **{name: samples[name] for name in ("task", "arm", "what", "device")},
                "samples": str(len(times)),
                "median, ms": f"{1e3 * median:.3f}",
                "quartiles, ms": f"{1e3 * low:.3f} to {1e3 * high:.3f}",
            }
        )
    return make_table(rows)
