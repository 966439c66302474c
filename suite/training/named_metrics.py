"""A task's metrics as functions of outputs and targets by name.

A metric is one of the suite's own, of torchmetrics or of the user's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any

from suite.provenance.references import load
from suite.provenance.signatures import METRICS as METRIC_MODULES
from suite.provenance.signatures import find
from suite.task.components import Metric
from suite.training.metrics import METRICS, OF_SOME_ARMS
from suite.training.named_losses import describe_value, select_pair, without_last_axis_of_one
from suite.training.recipe import MetricFunction, Tensors


def make_metrics(
    keys: Iterable[str], definitions: Mapping[str, Metric]
) -> dict[str, MetricFunction]:
    """The metrics by key, but for those that arms report themselves, and costs.

    `definitions`: of those that are not the suite's own.
    """
    made = {key: _metric(key, definitions.get(key)) for key in keys}
    return {key: metric for key, metric in made.items() if metric is not None}


def required(metrics: Iterable[str], definitions: Mapping[str, Metric]) -> tuple[str, ...]:
    """The metrics that every arm must give: all but costs, and what the task says is optional.

    Of the suite's own, those are optional that only some models have a part for.
    """
    optional = {key for key, metric in definitions.items() if metric.optional or metric.cost}
    return tuple(key for key in metrics if key not in optional and key not in OF_SOME_ARMS)


def require_given(
    required: Iterable[str], given: Collection[str], outputs: Tensors, targets: Tensors
) -> None:
    """Raises ValueError where a required metric is not given, with what the arm gave."""
    for key in required:
        if key not in given:
            raise ValueError(
                f"metrics.{key}: expected a value of every arm, got none; given are"
                f" {_listed('outputs', outputs)}, {_listed('targets', targets)} and"
                f" {_listed('metrics', given)}; name one, or say optional = true"
            )


def _listed(word: str, names: Iterable[str]) -> str:
    return f"{word} {', '.join(names) or 'none'}"


def as_number(field: str, value: Any) -> float:
    """The value as a float. Raises ValueError where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{field}: expected one number, got {describe_value(value)}") from None


def _metric(key: str, metric: Metric | None) -> MetricFunction | None:
    if metric is None or metric.name is None:
        return METRICS[key]
    if metric.name == "reported" or metric.cost is not None:
        return None
    if ":" in metric.name:
        return partial(_users_metric, key, load(metric.name), metric.arguments)
    return partial(_torchmetric, key, metric, load(find(METRIC_MODULES, metric.name)))


def _users_metric(
    key: str,
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    outputs: Tensors,
    targets: Tensors,
) -> float:
    return as_number(f"metrics.{key}", function(outputs, targets, **arguments))


def _torchmetric(
    key: str, metric: Metric, kind: Callable[..., Any], outputs: Tensors, targets: Tensors
) -> float | None:
    """The metric over all items; None where the arm has no such output."""
    try:
        output, target = select_pair(metric, outputs, targets)
    except KeyError:
        return None
    output = without_last_axis_of_one(output, target)
    return as_number(f"metrics.{key}", kind(**metric.arguments)(output, target))
