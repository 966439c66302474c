"""Makes what a trainer is given from a job whose losses, metrics or data are named after torch,
torchmetrics or users' code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from suite.data.sampling import ManyInputs
from suite.errors import SuiteError
from suite.provenance.references import load
from suite.provenance.signatures import METRICS as METRIC_MODULES
from suite.provenance.signatures import find
from suite.task.arms import one_after_another
from suite.task.components import Metric, Term
from suite.training import prepare
from suite.training.losses import LOSSES
from suite.training.metrics import METRICS
from suite.training.recipe import Recipe, Replicate, Tensors

if TYPE_CHECKING:
    from suite.plan.job import Job
    from suite.task.components import Schedule

# Losses of torch.nn that compare numbers one by one: outputs and targets have one shape and one
# type.
ONE_BY_ONE = {
    "L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss",
    "PoissonNLLLoss", "KLDivLoss", "HingeEmbeddingLoss",
}  # fmt: skip


@dataclass(frozen=True)
class NamedRecipe(Recipe):
    """A recipe with a schedule of the learning rate."""

    schedule: Schedule | None = None


def make_recipe(job: Job) -> NamedRecipe:
    """The job's settings with every name replaced by what it names. Raises SuiteError for what its
    trainer cannot do."""
    settings = job.settings
    if settings.trainer == "vectorized" and (why := one_after_another(settings)):
        raise SuiteError(f"trainer vectorized: {why}")
    return NamedRecipe(
        build=partial(prepare._build, load(job.references.model), settings.arguments),
        loss=partial(_scalar_sum, [_term(label, one) for label, one in settings.loss.items()]),
        metrics=make_metrics(job),
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        optimizer=settings.optimizer,
        schedule=settings.schedule,
    )


def make_metrics(job: Job) -> dict[str, Callable[[Tensors, Tensors], float | None]]:
    """The job's metrics by key, but for those that arms report themselves."""
    made = {key: _metric(key, job.measures.get(key)) for key in job.metrics}
    return {key: metric for key, metric in made.items() if metric is not None}


def make_replicate(job: Job, seed: int) -> Replicate:
    """The job's data and streams under one seed. Raises SuiteError where its trainer cannot take
    the data."""
    made = prepare.make_replicate(job, seed)
    if job.settings.trainer == "vectorized" and isinstance(made.dataset.train, ManyInputs):
        names = ", ".join(made.dataset.train.named)
        raise SuiteError(
            f'trainer vectorized: expected one input, got {names}; trainer = "autograd" trains it'
        )
    return made


def _term(label: str, value: float | Term) -> tuple[float, prepare.Term]:
    """The weight of a term, and its function of outputs and targets by name."""
    if not isinstance(value, Term):
        return (
            (value, LOSSES[label])
            if label in LOSSES
            else _term(label, Term(name=label, factor=value))
        )
    if value.name in LOSSES:
        return value.factor, LOSSES[value.name]
    if ":" in value.name:
        return value.factor, partial(load(value.name), **value.arguments)
    arguments = {
        name: torch.tensor(one) if isinstance(one, list) else one
        for name, one in value.arguments.items()
    }
    return value.factor, partial(_torch_loss, value, getattr(torch.nn, value.name)(**arguments))


def _torch_loss(
    term: Term, loss: torch.nn.Module, outputs: Tensors, targets: Tensors
) -> torch.Tensor:
    output, target = picked(term, outputs, targets)
    if term.name in ONE_BY_ONE:
        output, target = _alike(term.name, output, target)
    found: torch.Tensor = loss.to(output.device)(output, target)
    return found


def _scalar_sum(
    terms: list[tuple[float, prepare.Term]], outputs: Tensors, targets: Tensors
) -> torch.Tensor:
    """As `prepare._weighted_sum`, of terms that may not be scalars: those are refused by name."""

    def checked(term: prepare.Term, outputs: Tensors, targets: Tensors) -> torch.Tensor:
        found = term(outputs, targets)
        if not isinstance(found, torch.Tensor) or found.ndim:
            raise ValueError(
                f"loss: expected a scalar tensor, the mean over the batch, got {_form(found)}"
            )
        return found

    return prepare._weighted_sum(
        [(weight, partial(checked, term)) for weight, term in terms], outputs, targets
    )


def picked(
    named: Term | Metric, outputs: Tensors, targets: Tensors
) -> tuple[torch.Tensor, torch.Tensor]:
    """The output and the target that a loss or a metric is of. Raises KeyError with the output that
    is not there, and ValueError with the target."""
    target = named.target or next(iter(targets))
    if target not in targets:
        raise ValueError(
            f"{named.name}: expected a target of the data, {', '.join(targets)}, got {target!r}"
        )
    if named.output is None and target not in outputs and len(outputs) == 1:
        return next(iter(outputs.values())), targets[target]
    return outputs[named.output or target], targets[target]


def _alike(
    name: str, output: torch.Tensor, target: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both in one shape and type; a last axis of one output is taken off. Raises ValueError where
    shapes differ."""
    if output.ndim == target.ndim + 1 and output.shape[-1] == 1:
        output = output.squeeze(-1)
    if output.shape != target.shape:
        raise ValueError(
            f"{name}: expected outputs of the targets' shape"
            f" (N{''.join(f', {n}' for n in target.shape[1:])}), got"
            f" (N{''.join(f', {n}' for n in output.shape[1:])})"
        )
    return output, target.to(output.dtype)


def _metric(key: str, named: Metric | None) -> Callable[[Tensors, Tensors], float | None] | None:
    if named is None or named.name is None:
        return METRICS[key]
    if named.name == "reported":
        return None
    if ":" in named.name:
        return partial(_own_metric, key, load(named.name), named.arguments)
    return partial(_torchmetric, key, named, load(find(METRIC_MODULES, named.name)))


def _own_metric(
    key: str,
    metric: Callable[..., Any],
    arguments: Mapping[str, Any],
    outputs: Tensors,
    targets: Tensors,
) -> float:
    return number(f"metrics.{key}", metric(outputs, targets, **arguments))


def _torchmetric(
    key: str, named: Metric, metric: Callable[..., Any], outputs: Tensors, targets: Tensors
) -> float | None:
    """The metric over all items; None where the arm has no such output."""
    try:
        output, target = picked(named, outputs, targets)
    except KeyError:
        return None
    if output.ndim == target.ndim + 1 and output.shape[-1] == 1:
        output = output.squeeze(-1)
    return number(f"metrics.{key}", metric(**named.arguments)(output, target))


def number(place: str, value: Any) -> float:
    """The value as a float. Raises ValueError where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{place}: expected one number, got {_form(value)}") from None


def _form(value: Any) -> str:
    return (
        f"a tensor of shape {tuple(value.shape)}"
        if isinstance(value, torch.Tensor)
        else type(value).__name__
    )
