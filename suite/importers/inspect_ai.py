"""Logs of the UK AI Security Institute's inspect_ai: an EvalLog as JSON, or an `.eval` archive.

Fields as in inspect_ai.log.EvalLog, version 2 of the format (0.3.285).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.importers.contents import name_items
from suite.importers.inspect_reducers import MEAN, find_reducer, is_certain
from suite.importers.inspect_samples import (
    Sample,
    is_scored,
    read_samples,
    read_share,
    scores_by_metric,
)
from suite.importers.measured import MeasuredArm, choose_metric


def is_inspect_log(document: object) -> bool:
    """Whether a JSON document is such a log."""
    return isinstance(document, dict) and {"status", "eval"} <= document.keys()


def arms_of_inspect_log(
    path: Path,
    log: Mapping[str, Any],
    metric: str | None,
    *,
    average: bool = False,
    cluster: str | None = None,
) -> dict[str, MeasuredArm]:
    """The samples' scores by one scorer, as one arm that has the model's name.

    A sample's value is what the log's reducer makes of its epochs; of several reducers, each gives
    a metric "scorer [reducer]". `average`: the mean, where the log says that nothing reduces them.
    A scorer with several values gives a metric scorer.key for each. Samples that were not scored
    (an error, a score of nan, invalidated) have no value. `cluster`: a field of the samples'
    metadata. Raises SuiteError for a log that is not finished, because the samples that it lacks
    are not a random choice.
    """
    if log.get("status") != "success":
        raise SuiteError(f"{path}: expected a log with status success, got {log.get('status')!r}")
    samples = read_samples(path, _objects(log.get("samples"), f"{path}: samples"), cluster)
    evaluation = _object(log.get("eval"), f"{path}: eval")
    reducers = _reducers(path, evaluation, samples, average=average)
    scored = [score for one in samples.values() for score in one.scores.values()]
    names = list(dict.fromkeys(name for by_metric in scored for name in by_metric))
    wanted = {
        f"{name} [{reducer}]" if len(reducers) > 1 else name: (name, reducer)
        for name in names
        for reducer in reducers
    }
    chosen = choose_metric(metric, list(wanted), str(path))
    reduced = _reduce(path, log, samples, *wanted[chosen])
    model = str(evaluation.get("model") or path.stem)
    return {model: _arm(model, chosen, samples, reduced, _condition(evaluation, wanted[chosen][1]))}


def _arm(
    name: str,
    metric: str,
    samples: Mapping[str, Sample],
    reduced: Mapping[str, float],
    condition: str,
) -> MeasuredArm:
    items = {number: (sample.content, number) for number, sample in samples.items()}
    names = name_items(items.values())
    values = {names[items[number]]: value for number, value in reduced.items()}
    clusters = {names[items[n]]: one.cluster for n, one in samples.items() if one.cluster}
    invalidated = sum(sample.invalidated for sample in samples.values())
    return MeasuredArm(
        name,
        metric,
        values,
        without_value=len(samples) - len(values),
        unit="item",
        clusters=clusters or None,
        valueless=tuple(name for name in names.values() if name not in values),
        condition=condition,
        notes=(f"invalidated and left out: {invalidated} samples",) * bool(invalidated),
    )


def _condition(evaluation: Mapping[str, Any], reducer: str) -> str:
    """What two logs must have in common: the task, its data set, and how epochs are reduced."""
    task, version = str(evaluation.get("task") or ""), evaluation.get("task_version")
    data = _optional(evaluation, "dataset").get("name")
    once = _optional(evaluation, "config").get("epochs", 1) == 1 and is_certain(reducer)
    parts = [f"task {task.rpartition('/')[2]}"]  # with or without the package that has it
    parts += [f"version {version}"] * bool(version)
    parts += [f"data set {data}"] * bool(data)
    parts += [f"epochs reduced by {reducer}"] * (reducer != MEAN and not once)
    return ", ".join(parts)


def _reducers(
    path: Path, evaluation: Mapping[str, Any], samples: Mapping[str, Sample], *, average: bool
) -> list[str]:
    """The names of the log's reducers of epochs."""
    named = _optional(evaluation, "config").get("epochs_reducer")
    if named is None:
        return [MEAN]
    if not named and not average and any(len(one.scores) > 1 for one in samples.values()):
        raise SuiteError(
            f"{path}: samples have several epochs that the log does not reduce to one value:"
            " --average takes their mean"
        )
    return [str(name) for name in named] or [MEAN]


def _reduce(
    path: Path, log: Mapping[str, Any], samples: Mapping[str, Sample], metric: str, reducer: str
) -> dict[str, float]:
    """The value of every sample that has one, by id.

    The log's own where the reducer's name does not say all of it; but not of samples with
    invalidated epochs, which it still counts.
    """
    reduce, reductions = find_reducer(reducer), _reductions(log, metric, reducer)
    if reduce is None and not reductions:
        raise SuiteError(
            f"{path}: expected a known reducer of epochs, or `reductions` in the log, got"
            f" {reducer!r}"
        )
    values = {}
    for number, sample in samples.items():
        share = partial(read_share, location=f"{path}: sample {number}: {metric}")
        scores = [one.get(metric, math.nan) for one in sample.scores.values()]
        scores = [score for score in scores if is_scored(score)]
        for score in scores:
            share(score)  # for its refusals: inspect_ai counts what is no number as 0
        value: object = reduce(scores, share) if reduce and scores else math.nan
        if not is_certain(reducer) and not sample.invalidated:
            value = reductions.get(number, value)
        if is_scored(value):
            values[number] = share(value)
    return values


def _reductions(log: Mapping[str, Any], metric: str, reducer: str) -> dict[str, object]:
    """The log's own reduced scores by id of the sample."""
    values: dict[str, object] = {}
    for reduction in _optional_objects(log, "reductions"):
        if (reduction.get("reducer") or MEAN) != reducer:
            continue
        for sample in _optional_objects(reduction, "samples"):
            by_metric = scores_by_metric({str(reduction.get("scorer")): sample})
            if metric in by_metric:
                values[str(sample.get("sample_id"))] = by_metric[metric]
    return values


def _optional(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object in the log that may be missing."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _optional_objects(fields: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    value = fields.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(value: object, location: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise SuiteError(f"{location}: expected an object, got {type(value).__name__}")
    return value


def _objects(value: object, location: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list) or not value:
        raise SuiteError(f"{location}: expected a list of objects, at least one")
    return [_object(item, location) for item in value]
