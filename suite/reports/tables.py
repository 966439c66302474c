"""Tables of a study, as pandas frames of printed text. A ratio is printed in percent; what is
missing is a dash."""

from __future__ import annotations

from statistics import quantiles
from typing import Any

import pandas as pd

from suite.analysis.study import Study
from suite.reports.rows import row_id
from suite.result import ModelTable
from suite.stats import Interval, Summary, summarize
from suite.task.components import Metric

MISSING = "-"
MEGABYTE = 2**20  # as the source counts


def value(number: float | None, metric: Metric | None, *, signed: bool = False) -> str:
    """A metric's value as text: percent with two digits for a ratio, a count with separators where
    there is no metric."""
    if number is None:
        return MISSING
    sign = "+" if signed else ""
    if metric is None:
        return f"{number:{sign},.0f}"
    return f"{100 * number:{sign}.2f}" if metric.unit == "ratio" else f"{number:{sign}.4g}"


def mean_and_spread(summary: Summary | None, metric: Metric | None) -> str:
    """mean ± standard deviation."""
    if summary is None:
        return MISSING
    if metric is None or summary.deviation is None:
        return value(summary.mean, metric)
    return f"{value(summary.mean, metric)} ± {value(summary.deviation, metric)}"


def interval(of: Interval | None, metric: Metric | None, *, signed: bool = False) -> str:
    """[low, high]."""
    return (
        MISSING
        if of is None
        else f"[{value(of.low, metric, signed=signed)}, {value(of.high, metric, signed=signed)}]"
    )


def times_table(study: Study) -> pd.DataFrame:
    """Training times of good runs. Seeds that trained together are one job with one time; only
    equal numbers compare."""
    rows = []
    for arm in study.task.arms:
        good = [r for r in study.results[arm] if r.status == "ok" and r.train_time_s is not None]
        for together in sorted({r.seeds_together for r in good}):
            mine = [
                r.train_time_s
                for r in good
                if r.seeds_together == together and r.train_time_s is not None
            ]
            jobs = summarize(mine if together == 1 else sorted(set(mine)))
            rows.append(
                {
                    "arm": arm,
                    "device": study.device,
                    "seeds trained together": str(together),
                    "jobs": str(jobs.n),
                    "training time of a job, s, mean ± sd": (
                        f"{jobs.mean:.3g}"
                        + (f" ± {jobs.deviation:.2g}" if jobs.deviation is not None else "")
                    ),
                    "per seed, s": f"{jobs.mean / together:.3g}",
                    "parameters": value(study.values(arm, "parameters").get(good[0].seed), None),
                    "id": row_id(study, [arm], "time"),
                }
            )
    return pd.DataFrame(rows)


def ratios_table(study: Study) -> pd.DataFrame:
    """How many times the training time of B that of A is, paired by seed; empty where no pair
    compares."""
    rows = []
    for first, second in study.task.pairs():
        found = study.time_ratio(first, second)
        if found is not None:
            around = (
                MISSING
                if found.interval is None
                else f"[{found.interval.low:.3g}, {found.interval.high:.3g}]"
            )
            rows.append(
                {
                    "A": first,
                    "B": second,
                    "time of A / time of B": f"{found.ratio:.3g}",
                    "95% interval": around,
                    "n": str(found.n),
                    "id": row_id(study, (first, second), "time"),
                }
            )
    return pd.DataFrame(rows)


def layers_table(model: ModelTable) -> pd.DataFrame:
    """Type, output shape and parameters of every layer."""
    rows = [
        {
            "layer": layer.kind,
            "output shape": "x".join(map(str, layer.output_shape)),
            "parameters": f"{layer.parameters:,}",
        }
        for layer in model.layers
    ]
    return pd.DataFrame(rows)


def memory_line(model: ModelTable) -> str:
    """Totals and torchinfo's estimate of the memory for one item."""
    sizes = (model.input_bytes, model.forward_backward_bytes, model.parameter_bytes)
    inputs, passes, weights, total = (f"{size / MEGABYTE:.2f} MB" for size in (*sizes, sum(sizes)))
    frozen = model.total_parameters - model.trainable_parameters
    return (
        f"{model.total_parameters:,} parameters,"
        f" {'all trainable' if not frozen else f'{frozen:,} of them frozen'}. Estimated memory:"
        f" input {inputs}, forward and backward pass {passes}, parameters {weights}, total {total}."
    )


def timings_table(timings: dict[str, Any]) -> pd.DataFrame:
    """Raw samples of pytest-benchmark (seconds), summarised by us: median and quartiles."""
    rows = []
    for samples in timings["benchmarks"]:
        times = sorted(samples["seconds"])
        low, median, high = (
            quantiles(times, n=4, method="inclusive") if len(times) > 1 else times * 3
        )
        rows.append(
            {
                "task": samples["task"],
                "arm": samples["arm"],
                "what": samples["what"],
                "device": samples["device"],
                "samples": str(len(times)),
                "median, ms": f"{1e3 * median:.3f}",
                "quartiles, ms": f"{1e3 * low:.3f} to {1e3 * high:.3f}",
            }
        )
    return pd.DataFrame(rows)
