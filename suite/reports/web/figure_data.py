"""What the page draws, as plain data.

Every run in columns, and for each study its means, curves, verdicts and claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from suite.analysis.adjudications import Adjudication, ClaimedOrder
from suite.analysis.analyse import Analysis, analyse
from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
from suite.reports.claim_records import claim_record
from suite.reports.costs import parameters, train_flops
from suite.reports.numbers import finite_bounds, metric_heading, scale_of
from suite.result import Result
from suite.stats import summarize
from suite.task.components import Metric

EPOCHS_DRAWN = 200  # of a curve at most: a page has no more pixels for it


def figure_data(analyses: Sequence[Analysis]) -> dict[str, Any]:
    """All that the page's script needs, ready for JSON: every number in it is finite.

    A study over several data sets is followed by its parts, which have the runs and the curves.
    """
    drawn = [part for analysis in analyses for part in _with_parts(analysis)]
    return {
        "studies": [_study(analysis) for analysis in drawn],
        "runs": _runs([analysis.study for analysis in drawn]),
    }


def _with_parts(analysis: Analysis) -> list[Analysis]:
    """The analysis, and of a study over several data sets those of its parts.

    Their first verdicts are those that hold for all data sets together, as in the table of them.
    """
    study = analysis.study
    parts = (analyse(part) for part in study.each() if study.blocks)
    return [analysis, *(replace(part, comparisons=_held(part, analysis)) for part in parts)]


def _held(part: Analysis, whole: Analysis) -> tuple[Comparison, ...]:
    within = whole.within.get(part.study.block, ())
    held = {(pair.first, pair.second, pair.metric): pair for pair in within}
    return tuple(
        held.get((pair.first, pair.second, pair.metric), pair) for pair in part.comparisons
    )


def study_id(study: Study) -> str:
    """What a study is called in the page's addresses."""
    return f"{study.task.name}-{study.device}" + (f"@{study.block}" if study.block else "")


def _study(analysis: Analysis) -> dict[str, Any]:
    study = analysis.study
    return {
        "id": study_id(study),
        "task": study.task.name,
        "device": study.device,
        "arms": list(study.task.arms),
        "metrics": [_metric(analysis, key, metric) for key, metric in study.task.metrics.items()],
        "curves": {name: _curves(study, name) for name in ("loss", *study.task.metrics)},
        "costs": {arm: _costs(study, arm) for arm in study.task.arms},
        "claims": [claim_record(adjudication) for adjudication in analysis.adjudications],
    }


def _metric(analysis: Analysis, key: str, metric: Metric) -> dict[str, Any]:
    study = analysis.study
    return {
        "name": key,
        "label": metric_heading(key, metric),
        "scale": scale_of(metric),
        "margin": metric.margin,
        "direction": metric.direction,
        "means": {arm: _mean(study, arm, key) for arm in study.task.arms},
        "reported": {
            arm: value
            for claim in study.task.claims
            if claim.metric == key
            for arm, value in claim.reported.items()
        },
        "pairs": [_pair(analysis, pair) for pair in analysis.comparisons if pair.metric == key],
    }


def _mean(study: Study, arm: str, key: str) -> dict[str, Any] | None:
    summary = study.summary(arm, key)
    if summary is None:
        return None
    return {"n": summary.n, "mean": summary.mean, "interval": finite_bounds(summary.interval)}


def _pair(analysis: Analysis, pair: Comparison) -> dict[str, Any]:
    """The gap a - b; `claimed`: the same gap between the reported values, where there are both."""
    claimed = (_claimed_gap(adjudication, pair) for adjudication in analysis.adjudications)
    return {
        "a": pair.first,
        "b": pair.second,
        "mean": pair.gap.mean,
        "interval": finite_bounds(pair.gap.interval),
        "claimed": next((gap for gap in claimed if gap is not None), None),
    }


def _claimed_gap(adjudication: Adjudication, pair: Comparison) -> float | None:
    """The reported gap a - b of a pair; None where the statement is on something else."""
    if not isinstance(adjudication, ClaimedOrder) or adjudication.claim.metric != pair.metric:
        return None
    gap = adjudication.reported_gap
    if gap is None or set(adjudication.arms) != {pair.first, pair.second}:
        return None
    return gap if adjudication.better == pair.first else -gap


def _curves(study: Study, name: str) -> dict[str, Any]:
    """The curves of each arm that has the metric: mean, lowest and highest over good seeds.

    Each has one number for each drawn epoch; the epochs are there too. None over several data sets.
    """
    by_arm = {arm: _histories(study, arm, name) for arm in study.task.arms if not study.blocks}
    return {arm: _curve(histories) for arm, histories in by_arm.items() if histories}


def _histories(study: Study, arm: str, name: str) -> list[tuple[float | None, ...]]:
    """The values by epoch of each good seed; those with a gap, or that end early, are left out."""
    histories = [
        result.history[name]
        for result in study.results[arm]
        if result.status == "ok" and name in result.history
    ]
    epochs = max(map(len, histories), default=0)
    return [history for history in histories if None not in history and len(history) == epochs]


def _curve(histories: Sequence[Sequence[float | None]]) -> dict[str, Any]:
    values = np.array(histories, dtype=np.float64)  # (seeds, epochs)
    last = values.shape[1] - 1
    epochs = np.unique(np.linspace(0, last, min(last + 1, EPOCHS_DRAWN)).round().astype(int))
    parts = {"mean": values.mean(axis=0), "low": values.min(axis=0), "high": values.max(axis=0)}
    return {
        "epochs": [int(epoch) + 1 for epoch in epochs],
        "n": len(histories),
        **{
            part: [float(f"{value:.6g}") for value in array[epochs]]
            for part, array in parts.items()
        },
    }


def _costs(study: Study, arm: str) -> dict[str, float | None]:
    """What one seed of the arm costs."""
    flops = train_flops(study, arm)
    times = [
        result.train_time_s / result.seeds_together
        for result in study.results[arm]
        if result.status == "ok" and result.train_time_s is not None
    ]
    return {
        "parameters": parameters(study, arm),
        "gflop": None if flops is None else flops / 1e9,
        "seconds": summarize(times).mean if times else None,
    }


def _runs(studies: Sequence[Study]) -> dict[str, list[Any]]:
    """Every run, a column a field; study and arm by their indices."""
    rows = [
        (study_index, arm_index, run)
        for study_index, study in enumerate(studies)
        if not study.blocks
        for arm_index, arm in enumerate(study.task.arms)
        for run in sorted(study.results[arm], key=lambda run: run.seed)
    ]
    runs = [run for _, _, run in rows]
    names = sorted({name for run in runs for name in run.metrics})
    return {
        "study": [study_index for study_index, _, _ in rows],
        "arm": [arm_index for _, arm_index, _ in rows],
        **({"data_set": [run.block for run in runs]} if any(run.block for run in runs) else {}),
        "seed": [run.seed for run in runs],
        "status": [run.status for run in runs],
        "key": [run.key for run in runs],
        "seeds_together": [run.seeds_together for run in runs],
        "parameters": [run.parameters for run in runs],
        "train_time_s": [run.train_time_s for run in runs],
        "train_flops": [run.train_flops for run in runs],
        "environment": [run.environment for run in runs],
        "reason": [_reason(run) for run in runs],
        "metrics": [[run.metrics.get(name) for run in runs] for name in names],
        "metric_names": names,
    }


def _reason(run: Result) -> str | None:
    """Why there is no result, on one line."""
    return None if run.reason is None else " ".join(run.reason.split())
