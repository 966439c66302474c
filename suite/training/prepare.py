"""Makes what a trainer is given from a job: numerics, recipe, replicates. Every name becomes what
it names."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from suite.provenance.references import load
from suite.training.losses import LOSSES
from suite.training.metrics import METRICS
from suite.training.recipe import Recipe, Replicate, Tensors

if TYPE_CHECKING:
    from suite.plan.job import Job

Term = Callable[[Tensors, Tensors], torch.Tensor]
# cuBLAS is deterministic only with a fixed workspace (its manual, "Results reproducibility")
CUBLAS_WORKSPACE = ":4096:8"


def fix_numerics(threads: int) -> None:
    """What decides bits and is global to the process: threads, deterministic kernels, no TF32."""
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = CUBLAS_WORKSPACE
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    # a safeguard that costs a write of every buffer
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    torch.backends.fp32_precision = "ieee"  # type: ignore[attr-defined]


def make_recipe(job: Job) -> Recipe:
    """The job's settings with every name replaced by what it names."""
    settings = job.settings
    return Recipe(
        build=partial(_build, load(job.references.model), settings.arguments),
        loss=partial(
            _weighted_sum,
            # numbers: see is_plain
            [(weight, LOSSES[name]) for name, weight in settings.loss.items()],  # type: ignore[misc]
        ),
        metrics={name: METRICS[name] for name in job.metrics},
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        optimizer=settings.optimizer,
    )


def make_replicate(job: Job, seed: int) -> Replicate:
    """The job's data and streams under one seed."""
    streams = job.streams(seed)
    dataset = load(job.references.data)(job.data, streams["data"])
    return Replicate(
        seed, dataset, streams["initialisation"], streams["batch_order"], streams["noise"]
    )


def _build(factory: Callable[..., object], arguments: dict[str, Any]) -> nn.Module:
    model = factory(**arguments)
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"model: expected a torch.nn.Module from the factory, got {type(model).__name__}"
        )
    return model


def _weighted_sum(
    terms: list[tuple[float, Term]], outputs: Tensors, targets: Tensors
) -> torch.Tensor:
    try:
        return torch.stack([weight * term(outputs, targets) for weight, term in terms]).sum()
    except KeyError as missing:
        raise ValueError(
            f"loss: expected an output {missing} of the model, got {', '.join(outputs)}"
        ) from None
