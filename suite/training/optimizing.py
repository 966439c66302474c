"""The optimiser that a task names, with the schedule of its learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch.optim.lr_scheduler import LRScheduler

if TYPE_CHECKING:
    from suite.task.components import Optimizer, Schedule
    from suite.training.recipe import Recipe


class Updates:
    """The steps of a recipe's optimiser on `parameters`, and of its learning-rate schedule.

    An epoch is one pass over `items` items.
    """

    def __init__(self, recipe: Recipe, parameters: Sequence[torch.Tensor], items: int) -> None:
        self.optimizer = make_optimizer(recipe.optimizer, parameters)
        self._schedule = make_schedule(recipe.schedule, self.optimizer)
        of_an_epoch = math.ceil(items / recipe.batch_size)
        self._interval = 1 if recipe.schedule and recipe.schedule.every == "step" else of_an_epoch
        self._steps = 0
        # in a CUDA graph; other optimisers keep numbers outside of tensors, which a graph repeats
        self.can_be_captured = recipe.optimizer.arguments is None and recipe.schedule is None

    def step(self, evaluate: Callable[[], torch.Tensor]) -> torch.Tensor:
        """The loss before the step. `evaluate` gives the loss and computes the gradients."""
        if isinstance(self.optimizer, torch.optim.LBFGS):  # evaluates as often as it likes
            loss: torch.Tensor = self.optimizer.step(evaluate)
        else:
            loss = evaluate()
            self.optimizer.step()
        self._steps += 1
        if self._schedule is not None and self._steps % self._interval == 0:
            self._schedule.step()
        return loss.detach()


def make_optimizer(
    settings: Optimizer, parameters: Sequence[torch.Tensor]
) -> torch.optim.Optimizer:
    """Torch's optimiser of that name.

    Of Adam and SGD with their usual arguments alone the fused implementation (it rounds otherwise
    than the others, so there is no choice).
    """
    if settings.arguments is not None:
        kind = getattr(torch.optim, settings.name)
        named: torch.optim.Optimizer = kind(parameters, lr=settings.lr, **settings.arguments)
        return named
    lr, decay = settings.lr, settings.weight_decay
    if settings.name == "SGD":
        return torch.optim.SGD(
            parameters, lr=lr, momentum=settings.momentum, weight_decay=decay, fused=True
        )
    captured = parameters[0].is_cuda  # its step may become part of a CUDA graph
    return torch.optim.Adam(parameters, lr=lr, weight_decay=decay, fused=True, capturable=captured)


def make_schedule(
    schedule: Schedule | None, optimizer: torch.optim.Optimizer
) -> LRScheduler | None:
    """Torch's schedule of that name, for the optimiser."""
    if schedule is None:
        return None
    kind = getattr(torch.optim.lr_scheduler, schedule.name)
    made: LRScheduler = kind(optimizer, **schedule.arguments)
    return made
