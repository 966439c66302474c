"""Checks of the code that a task names: models, losses, metrics, optimisers, training loops.

Nothing is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from suite.data.registry import Source, source_of
from suite.errors import SuiteError
from suite.models.registry import MODELS
from suite.plan.job import EVERY_OWN_LOOP, TRAINERS, CommandReferences, References
from suite.provenance.references import check
from suite.provenance.signatures import (
    LOSSES,
    METRICS,
    OPTIMIZERS,
    SCHEDULES,
    find,
    require_call,
    takes,
)
from suite.task.arms import ResolvedArm
from suite.task.components import Metric, Term
from suite.task.schema import Task

# what says of a declared metric whether it is a cost, which records fill in
OF_DECLARED_METRICS = (
    "suite.task.components:Metric.cost",
    "suite.task.components:Metric.is_measured_cost",
)
# What loops, estimators and functions of the user's reach, directly or not.
NUMBERS = ("numpy", "scipy")
COMPILERS = ("llvmlite", "numba")
READERS = ("pandas", "sklearn.datasets")  # what they give of a file may be another


def arm_references(task: Task, settings: ResolvedArm, block: str = "") -> References:
    """The code behind the names of an arm on a data set, named by its label.

    Raises SuiteError, with the field, for what does not exist or cannot be called so.
    """
    if settings.command is not None:
        reader = TRAINERS["command"].train
        return CommandReferences(reader, settings.model, reader)
    with _in("model"):
        model = MODELS.get(settings.model, settings.model)
        if model == settings.model and ":" not in model:
            raise SuiteError(
                f'expected one of {", ".join(MODELS)} or "package.module:factory", got {model!r}'
            )
        check(model)
    source, trainer = source_of(task.data_sets[block]), TRAINERS[settings.trainer].train
    _check_names(settings, model)
    for reference in source.users:
        with _in("data"):
            check(reference)
    named = [*source.users, *_named_losses(settings), *_named_metrics(task)]
    named += _named_updates(settings)
    named += _number_packages(settings, source)
    references = References(trainer, model, source.load, tuple(sorted(named)))
    if settings.trainer == "portable":
        return replace(references, recipe="suite.training.portable_recipe:make_recipe")
    if settings.train is None:
        return references
    return replace(
        references,
        named=tuple(sorted([*named, settings.train])),
        recipe="suite.training.custom:make_recipe",
        every_run=EVERY_OWN_LOOP,
    )


def _number_packages(settings: ResolvedArm, source: Source) -> Iterator[str]:
    """The packages beside torch that make numbers of the arm: their versions count."""
    yield from ((name.partition(".")[0]) for name in source.imports if name in READERS)
    if settings.train is not None or source.users:
        yield from NUMBERS
    if settings.trainer == "portable":
        yield from COMPILERS


def measures_of(task: Task) -> dict[str, Metric]:
    """The definitions of the metrics that are not the suite's own, by key."""
    return {key: metric for key, metric in task.metrics.items() if metric.name is not None}


def _check_names(settings: ResolvedArm, model: str) -> None:
    """Raises SuiteError, with the field, for an unknown name or arguments that it does not take."""
    if settings.train is not None:
        with _in("train"):
            check(settings.train)
            takes_run = takes(settings.train, "run", given=4)
            require_call(settings.train, ("run",) if takes_run else (), given=4)
        return
    with _in("arguments"):
        require_call(model, settings.arguments)
    optimizer = settings.optimizer
    groups = [group.arguments for group in optimizer.groups or ()]
    if optimizer.arguments is not None or groups:
        with _in("optimizer"):
            reference = _reference(OPTIMIZERS, optimizer.name)
            require_call(reference, {"lr", *(optimizer.arguments or {})}, given=1)
            for arguments in groups:
                require_call(reference, {"lr", *arguments}, given=1)
    for schedule in settings.schedule.chain if settings.schedule else ():
        with _in("schedule"):
            require_call(_reference(SCHEDULES, schedule.name), schedule.arguments, given=1)

    for field in ("transform", "sampler"):
        if ":" in (reference := getattr(settings, field) or ""):
            with _in(field):
                require_call(reference, (), given=1)


def _reference(modules: Sequence[str], name: str) -> str:
    """The code that a name of one of these modules, or "package.module:function", stands for."""
    return name if ":" in name else find(modules, name)


def _named_updates(settings: ResolvedArm) -> Iterator[str]:
    """The user's code of an optimiser, of schedules, a transform and a sampler."""
    if settings.train is None:
        schedules = settings.schedule.chain if settings.schedule else ()
        names = (settings.optimizer.name, *(schedule.name for schedule in schedules))
        names += tuple(filter(None, (settings.transform, settings.sampler)))
        yield from (name for name in names if ":" in name)


def _named_losses(settings: ResolvedArm) -> Iterator[str]:
    """The code of the losses that is not torch's, which counts in the environment."""
    for label, value in settings.loss.items() if settings.train is None else ():
        term = value if isinstance(value, Term) else Term(name=label)
        with _in(f"loss.{label}"):
            if ":" in term.name:
                require_call(term.name, term.arguments, given=2)
                yield term.name
            elif term.name[:1].isupper():
                require_call(find(LOSSES, term.name), term.arguments)
            else:
                yield _own_loss(term.name)


def _named_metrics(task: Task) -> Iterator[str]:
    if measures_of(task):
        yield from OF_DECLARED_METRICS
    for key, metric in task.metrics.items():
        with _in(f"metrics.{key}"):
            if metric.name is None:
                yield _own_metric(key)
            elif ":" in metric.name:
                require_call(metric.name, metric.arguments, given=2)
                yield metric.name
            elif metric.name != "reported" and metric.cost is None:
                reference = find(METRICS, metric.name)
                require_call(reference, metric.arguments)
                yield reference


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
