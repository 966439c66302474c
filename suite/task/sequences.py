"""Which confidence sequence judges a task's seeds that are added until there is a verdict."""

from __future__ import annotations

from suite.errors import SuiteError
from suite.task.choices import SequenceName
from suite.task.schema import Task

SHARE = (0.0, 1.0)


def bounds_of(task: Task, key: str) -> tuple[float, float] | None:
    """The least and the largest value of a metric; None where nothing says them.

    The suite's own accuracies are shares.
    """
    metric = task.metrics[key]
    if metric.bounds is not None:
        return metric.bounds
    has_commands = any(arm.command for arm in task.arms.values())
    return None if has_commands or metric.name is not None else SHARE


def with_sequence(task: Task, sequence: SequenceName | None, *, is_share: bool = False) -> Task:
    """The task with that sequence, if one is given; `is_share`: its first metric is in [0, 1] then.

    Raises SuiteError for betting on a first metric without bounds.
    """
    primary = next(iter(task.metrics))
    if sequence is not None:
        protocol = task.protocol.model_copy(update={"sequence": sequence})
        task = task.model_copy(update={"protocol": protocol})
    if sequence == "betting" and is_share and task.metrics[primary].bounds is None:
        metric = task.metrics[primary].model_copy(update={"bounds": SHARE})
        task = task.model_copy(update={"metrics": {**task.metrics, primary: metric}})
    if task.protocol.sequence == "betting" and bounds_of(task, primary) is None:
        raise SuiteError(
            f"{task.name}: sequence betting: expected bounds of {primary}, got none: write bounds ="
            f" [0, 1] into [metrics.{primary}], if it can have no other value"
        )
    return task
