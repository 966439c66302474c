"""What a trainer is given: how to train (a recipe), and on what and from where (a replicate).

suite.training.job_recipe makes both from a job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from suite.data.dataset import Tensors as Tensors  # noqa: PLC0414

if TYPE_CHECKING:
    from suite.data.dataset import Dataset
    from suite.task.updates import Optimizer, Schedule

LossFunction = Callable[[Tensors, Tensors], torch.Tensor]
MetricFunction = Callable[[Tensors, Tensors], float | None]


@dataclass(frozen=True)
class Recipe:
    """`build` makes a model with torch's global generator as it stands.

    `loss` gives a scalar, the mean over a batch; a metric gives None where the arm does not have
    it, which those in `required` may not. `channels_last`: the memory format of the model's
    convolutions. `transform`: a function of the user's that changes the inputs of a batch;
    `sampler`: gives each item's weight (N,), of the targets (suite.training.feeding).
    """

    build: Callable[[], nn.Module]
    loss: LossFunction
    metrics: Mapping[str, MetricFunction]
    epochs: int
    batch_size: int
    optimizer: Optimizer
    schedule: Schedule | None = None
    channels_last: bool = False
    required: tuple[str, ...] = ()
    transform: str | None = None
    sampler: Callable[[Tensors], torch.Tensor] | None = None


@dataclass(frozen=True)
class Replicate:
    """One seed: its data, and the seeds of its streams.

    `noise` is for layers that draw while training (dropout).
    """

    seed: int
    dataset: Dataset
    initialisation: int
    batch_order: int
    noise: int
