"""Checks of the code that a task names: models, losses, metrics, optimisers, training loops.
Nothing is imported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from suite.data.registry import DATASETS, source_of
from suite.errors import SuiteError
from suite.models.registry import MODELS
from suite.plan.job import TRAINERS, References
from suite.provenance.references import check
from suite.provenance.signatures import LOSSES, METRICS, OPTIMIZERS, SCHEDULES, find, require_call
from suite.task.arms import ResolvedArm
from suite.task.components import Metric, Term
from suite.task.schema import Task


def arm_references(task: Task, settings: ResolvedArm) -> References:
    """The code behind the names of an arm. Raises SuiteError, with the field, for what does not
    exist or cannot be called so."""
    with _in("model"):
        model = MODELS.get(settings.model, settings.model)
        if model == settings.model and ":" not in model:
            raise SuiteError(
                f'expected one of {", ".join(MODELS)} or "package.module:factory", got {model!r}'
            )
        check(model)
    source, trainer = source_of(task.data), TRAINERS[settings.trainer].train
    if is_plain(task, settings):
        with _in("arguments"):
            require_call(model, settings.arguments)
        named = [*map(_own_loss, settings.loss), *map(_own_metric, task.metrics)]
        return References(trainer, model, source.load, tuple(sorted(named)))
    _check_names(settings, model)
    users = [*source.users, *_named_losses(settings), *_named_metrics(task)]
    for reference in source.users:
        with _in("data"):
            check(reference)
    recipe, replicate = "suite.training.named:make_recipe", "suite.training.named:make_replicate"
    if settings.train is not None:
        users, recipe = [*users, settings.train], "suite.training.custom:make_recipe"
    elif settings.trainer == "autograd":
        trainer = "suite.training.general:train"
    return References(trainer, model, source.load, tuple(sorted(users)), recipe, replicate)


def is_plain(task: Task, settings: ResolvedArm) -> bool:
    """Whether an arm is made of the suite's own data, losses and metrics and a usual optimiser
    alone (suite.training.prepare)."""
    names_its_own = any(
        isinstance(term, Term) or _is_named(name) for name, term in settings.loss.items()
    )
    return not (
        task.data.name not in DATASETS
        or names_its_own
        or settings.train
        or settings.schedule
        or settings.optimizer.arguments is not None
        or measures_of(task)
    )


def _is_named(loss: str) -> bool:
    return ":" in loss or loss[:1].isupper()


def measures_of(task: Task) -> dict[str, Metric]:
    """The definitions of the metrics that are not the suite's own, by key."""
    return {key: metric for key, metric in task.metrics.items() if metric.name is not None}


def _check_names(settings: ResolvedArm, model: str) -> None:
    """Raises SuiteError, with the field, for a name that is not there or arguments that it does not
    take."""
    if settings.train is not None:
        with _in("train"):
            require_call(settings.train, (), given=4)
        return
    with _in("arguments"):
        require_call(model, settings.arguments)
    with _in("optimizer"):
        arguments = settings.optimizer.arguments or {}
        require_call(find(OPTIMIZERS, settings.optimizer.name), {"lr": 0, **arguments}, given=1)
    if settings.schedule is not None:
        with _in("schedule"):
            require_call(
                find(SCHEDULES, settings.schedule.name), settings.schedule.arguments, given=1
            )


def _named_losses(settings: ResolvedArm) -> Iterator[str]:
    """The code of the losses that is not torch's, which counts in the environment."""
    for label, value in settings.loss.items() if settings.train is None else ():
        term = value if isinstance(value, Term) else Term(name=label)
        with _in(f"loss.{label}"):
            if ":" in term.name:
                require_call(term.name, term.arguments, given=2)
                yield term.name
            elif _is_named(term.name):
                require_call(find(LOSSES, term.name), term.arguments)
            else:
                yield _own_loss(term.name)


def _named_metrics(task: Task) -> Iterator[str]:
    for key, metric in task.metrics.items():
        with _in(f"metrics.{key}"):
            if metric.name is None:
                yield _own_metric(key)
            elif ":" in metric.name:
                require_call(metric.name, metric.arguments, given=2)
                yield metric.name
            elif metric.name != "reported":
                require_call(found := find(METRICS, metric.name), metric.arguments)
                yield found


def _own_loss(name: str) -> str:
    """The code of a loss of the suite's own: what its table says."""
    return f"suite.training.losses:LOSSES[{name}]"


def _own_metric(name: str) -> str:
    """The code of a metric of the suite's own: what its table says."""
    return f"suite.training.metrics:METRICS[{name}]"


@contextmanager
def _in(field: str) -> Iterator[None]:
    """Puts the field before the message of a SuiteError."""
    try:
        yield
    except SuiteError as error:
        raise SuiteError(f"{field}: {error}") from None
