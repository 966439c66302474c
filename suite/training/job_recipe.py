"""Makes what a trainer is given from a job: every name becomes what it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from torch import nn

from suite.errors import SuiteError
from suite.plan.job import streams_of, users_seed
from suite.provenance.references import load
from suite.task.arms import one_after_another
from suite.task.datasets import FunctionData
from suite.training.feeding import make_sampler
from suite.training.named_losses import make_loss
from suite.training.named_metrics import make_metrics, required
from suite.training.recipe import Recipe, Replicate

if TYPE_CHECKING:
    from suite.plan.job import Job

# oneDNN's convolutions and torch's max-pooling are faster with the channels last. Models of users
# are left as they were built.
CHANNELS_LAST = "suite.models."


def make_recipe(job: Job) -> Recipe:
    """The job's settings with every name replaced by what it names.

    Raises SuiteError for what its trainer cannot do.
    """
    settings, model = job.settings, job.references.model
    if settings.trainer == "vectorized" and (reason := one_after_another(settings)):
        raise SuiteError(f"trainer vectorized: {reason}")
    return Recipe(
        build=partial(_build, load(model), settings.arguments),
        loss=make_loss(settings.loss),
        metrics=make_metrics(job.metrics, job.measures),
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        optimizer=settings.optimizer,
        schedule=settings.schedule,
        required=required(job.metrics, job.measures),
        transform=settings.transform,
        sampler=make_sampler(settings.sampler),
        channels_last=model.startswith(CHANNELS_LAST),
    )


def make_replicate(job: Job, seed: int) -> Replicate:
    """The job's data and streams under one seed."""
    streams = streams_of(job, seed)
    is_users = isinstance(job.data, FunctionData)
    drawn_with = users_seed(job, seed, "data") if is_users else streams["data"]
    dataset = load(job.references.data)(job.data, drawn_with)
    return Replicate(
        seed, dataset, streams["initialisation"], streams["batch_order"], streams["noise"]
    )


def _build(factory: Callable[..., object], arguments: Mapping[str, Any]) -> nn.Module:
    model = factory(**arguments)
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"model: expected a torch.nn.Module from the factory, got {type(model).__name__}"
        )
    return model
