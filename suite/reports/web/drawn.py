"""What the page draws, as plain data: every run in columns, and for each study its means, curves,
verdicts and claims."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from suite.analysis.claims import Adjudication
from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
from suite.analysis.summary import Findings
from suite.reports.costs import train_flops
from suite.reports.labels import label
from suite.result import Result
from suite.stats import Interval, summarize

EPOCHS_DRAWN = 200  # of a curve at most: a page has no more pixels for it


def drawing(found: Sequence[Findings]) -> dict[str, Any]:
    """All that the page's script needs, ready for JSON: nothing in it is infinite or not a number."""
    studies = [one.study for one in found]
    return {"studies": [_study(one) for one in found], "runs": _columns(studies)}


def study_id(study: Study) -> str:
    """What a study is called in the page's addresses."""
    return f"{study.task.name}-{study.device}"


def _study(found: Findings) -> dict[str, Any]:
    study = found.study
    metrics = [
        {
            "name": name,
            "label": label(name, metric),
            "scale": 100 if metric.unit == "ratio" else 1,
            "margin": metric.margin,
            "direction": metric.direction,
            "means": {arm: _mean(study, arm, name) for arm in study.task.arms},
            "reported": {
                arm: claim.reported[arm]
                for claim in study.task.claims
                if claim.metric == name
                for arm in claim.reported
            },
            "pairs": [_pair(found, one) for one in found.comparisons if one.metric == name],
        }
        for name, metric in study.task.metrics.items()
    ]
    return {
        "id": study_id(study),
        "task": study.task.name,
        "device": study.device,
        "arms": list(study.task.arms),
        "metrics": metrics,
        "curves": {name: _curves(study, name) for name in ("loss", *study.task.metrics)},
        "costs": {arm: _costs(study, arm) for arm in study.task.arms},
    }


def _mean(study: Study, arm: str, metric: str) -> dict[str, Any] | None:
    summary = study.summary(arm, metric)
    if summary is None:
        return None
    return {"n": summary.n, "mean": summary.mean, "interval": _bounds(summary.interval)}


def _pair(found: Findings, one: Comparison) -> dict[str, Any]:
    """The gap a - b; `claimed`: the same gap between the reported values, where both were reported."""
    gap = one.gap
    return {
        "a": one.first,
        "b": one.second,
        "mean": gap.mean,
        "interval": _bounds(gap.interval),
        "claimed": next(
            (
                _claimed(each, one)
                for each in found.adjudications
                if _claimed(each, one) is not None
            ),
            None,
        ),
    }


def _claimed(claim: Adjudication, one: Comparison) -> float | None:
    if claim.reported_gap is None or claim.claim.metric != one.metric:
        return None
    if (claim.better, claim.worse) == (one.first, one.second):
        return claim.reported_gap
    return -claim.reported_gap if (claim.better, claim.worse) == (one.second, one.first) else None


def _curves(study: Study, name: str) -> dict[str, Any]:
    """For each arm that has it: the mean over good seeds, the lowest and the highest seed, an epoch
    each, and the epochs."""
    found = {}
    for arm in study.task.arms:
        curves = [
            one.history[name]
            for one in study.results[arm]
            if one.status == "ok" and name in one.history
        ]
        curves = [curve for curve in curves if None not in curve]
        if not curves:
            continue
        values = np.array(curves, dtype=np.float64)  # (seeds, epochs)
        last = values.shape[1] - 1
        shown = np.unique(np.linspace(0, last, min(last + 1, EPOCHS_DRAWN)).round().astype(int))
        parts = {"mean": values.mean(axis=0), "low": values.min(axis=0), "high": values.max(axis=0)}
        rounded = {
            part: [float(f"{one:.6g}") for one in array[shown]] for part, array in parts.items()
        }
        found[arm] = {"epochs": [int(one) + 1 for one in shown], "n": len(curves), **rounded}
    return found


def _costs(study: Study, arm: str) -> dict[str, float | None]:
    """What one seed of the arm costs."""
    flops, parameters = (
        train_flops(study, arm),
        next(iter(study.values(arm, "parameters").values()), None),
    )
    times = [
        one.train_time_s / one.seeds_together
        for one in study.results[arm]
        if one.status == "ok" and one.train_time_s is not None
    ]
    return {
        "parameters": parameters,
        "gflop": None if flops is None else flops / 1e9,
        "seconds": summarize(times).mean if times else None,
    }


def _columns(studies: Sequence[Study]) -> dict[str, list[Any]]:
    """Every run, a column a field; study and arm by their places."""
    rows = [
        (place, index, run)
        for place, study in enumerate(studies)
        for index, arm in enumerate(study.task.arms)
        for run in sorted(study.results[arm], key=lambda one: one.seed)
    ]
    runs = [run for _, _, run in rows]
    names = sorted({name for run in runs for name in run.metrics})
    return {
        "study": [place for place, _, _ in rows],
        "arm": [index for _, index, _ in rows],
        **{
            name: [getattr(run, name) for run in runs]
            for name in ("seed", "status", "key", "seeds_together")
        },
        **{
            name: [getattr(run, name) for run in runs]
            for name in ("parameters", "train_time_s", "train_flops")
        },
        "environment": [run.environment for run in runs],
        "reason": [_reason(run) for run in runs],
        "metrics": [[run.metrics.get(name) for run in runs] for name in names],
        "metric_names": names,
    }


def _reason(run: Result) -> str | None:
    return None if run.reason is None else " ".join(run.reason.split())


def _bounds(interval: Interval | None) -> list[float] | None:
    """None also for an interval without end, which cannot be drawn."""
    if interval is None or not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return None
    return [interval.low, interval.high]
