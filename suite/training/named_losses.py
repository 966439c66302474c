"""A task's loss as one function: a weighted sum of named terms.

A term names one of the suite's own losses, a function of torch's or a user's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch

from suite.provenance.references import load
from suite.task.components import Loss, Metric, Term
from suite.training.losses import LOSSES
from suite.training.recipe import LossFunction, Tensors

# Losses of torch.nn that compare numbers one by one: outputs and targets have one shape and type.
ONE_BY_ONE = {
    "L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss",
    "PoissonNLLLoss", "KLDivLoss", "HingeEmbeddingLoss",
}  # fmt: skip


def make_loss(loss: Loss) -> LossFunction:
    """The weighted sum of the terms, of outputs and targets by name."""
    terms = [
        value if isinstance(value, Term) else Term(name=label, factor=value)
        for label, value in loss.items()
    ]
    return partial(_weighted_sum, [(term.factor, _term_function(term)) for term in terms])


def select_pair(
    named: Term | Metric, outputs: Tensors, targets: Tensors
) -> tuple[torch.Tensor, torch.Tensor]:
    """The output and the target that a loss or a metric is of.

    Raises KeyError with the output that is not there, and ValueError with the target.
    """
    target = named.target or next(iter(targets))
    if target not in targets:
        raise ValueError(
            f"{named.name}: expected a target of the data, {', '.join(targets)}, got {target!r}"
        )
    if named.output is None and target not in outputs and len(outputs) == 1:
        return next(iter(outputs.values())), targets[target]
    return outputs[named.output or target], targets[target]


def without_last_axis_of_one(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """`output` (N, ...) in place of (N, ..., 1), where the target has no such axis."""
    has_one_more = output.ndim == target.ndim + 1 and output.shape[-1] == 1
    return output.squeeze(-1) if has_one_more else output


def describe_value(value: object) -> str:
    """What a value is, in words for a message."""
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    return type(value).__name__


def _weighted_sum(
    terms: Sequence[tuple[float, LossFunction]], outputs: Tensors, targets: Tensors
) -> torch.Tensor:
    try:
        values = [weight * _scalar(term(outputs, targets)) for weight, term in terms]
    except KeyError as missing:
        raise ValueError(
            f"loss: expected an output {missing} of the model, got {', '.join(outputs)}"
        ) from None
    return torch.stack(values).sum()


def _scalar(value: object) -> torch.Tensor:
    """`value`. Raises ValueError where it is no scalar tensor."""
    if not isinstance(value, torch.Tensor) or value.ndim:
        raise ValueError(
            f"loss: expected a scalar tensor, the mean over the batch, got {describe_value(value)}"
        )
    return value


def _term_function(term: Term) -> LossFunction:
    if term.name in LOSSES:
        return LOSSES[term.name]
    if ":" in term.name:
        return partial(load(term.name), **term.arguments)
    arguments = {
        name: torch.tensor(value) if isinstance(value, list) else value
        for name, value in term.arguments.items()
    }
    return partial(_torch_loss, term, getattr(torch.nn, term.name)(**arguments))


def _torch_loss(
    term: Term, loss: torch.nn.Module, outputs: Tensors, targets: Tensors
) -> torch.Tensor:
    output, target = select_pair(term, outputs, targets)
    if term.name in ONE_BY_ONE:
        output, target = _of_one_form(term.name, output, target)
    value: torch.Tensor = loss.to(output.device)(output, target)
    return value


def _of_one_form(
    name: str, output: torch.Tensor, target: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both in one shape and type; a last axis of one output is taken off.

    Raises ValueError where shapes differ.
    """
    output = without_last_axis_of_one(output, target)
    if output.shape != target.shape:
        raise ValueError(
            f"{name}: expected outputs of the targets' shape {_shape(target)}, got {_shape(output)}"
        )
    return output, target.to(output.dtype)


def _shape(values: torch.Tensor) -> str:
    return f"(N{''.join(f', {size}' for size in values.shape[1:])})"
