"""The optimiser that a task names, with the schedule of its learning rate."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.lr_scheduler import LRScheduler, SequentialLR

from suite.provenance.references import load

if TYPE_CHECKING:
    from suite.task.updates import Optimizer, Schedule
    from suite.training.recipe import Recipe


class Updates:
    """The steps of a recipe's optimiser on `parameters`, and of its learning-rate schedule.

    `parameters` by name. An epoch is one pass over `items` items.
    """

    def __init__(self, recipe: Recipe, parameters: Mapping[str, torch.Tensor], items: int) -> None:
        self.optimizer = make_optimizer(recipe.optimizer, parameters)
        self._parameters, self._clip = list(parameters.values()), recipe.optimizer.clip_grad_norm
        self._schedule = make_schedule(recipe.schedule, self.optimizer)
        self._items, self._batch_size = items, recipe.batch_size
        self._batches_a_step = recipe.optimizer.accumulate or 1
        self._is_every_step = recipe.schedule is not None and recipe.schedule.every == "step"
        self._item = 0  # of the epoch: how many were in batches before
        # in a CUDA graph; other optimisers keep numbers outside of tensors, which a graph repeats
        self.can_be_captured = recipe.optimizer.arguments is None and recipe.schedule is None

    def begin(self) -> float:
        """Clears the gradients where a step begins; the share of the next batch in its step."""
        of_a_step = self._batches_a_step * self._batch_size
        first = self._item - self._item % of_a_step
        if self._item == first:
            self.optimizer.zero_grad(set_to_none=True)
        size = min(self._batch_size, self._items - self._item)
        return size / min(of_a_step, self._items - first)

    def step(self, evaluate: Callable[[], torch.Tensor]) -> torch.Tensor:
        """The loss of a batch before the step, if one is due after it.

        `evaluate` gives the loss and computes the gradients.
        """
        if isinstance(self.optimizer, torch.optim.LBFGS):  # evaluates as often as it likes
            loss: torch.Tensor = self.optimizer.step(evaluate)
        else:
            loss = evaluate()
        self._item = min(self._item + self._batch_size, self._items)
        is_due = self._item % (self._batches_a_step * self._batch_size) == 0
        if is_due or self._item == self._items:
            self._update()
        return loss.detach()

    def _update(self) -> None:
        if self._clip is not None:
            torch.nn.utils.clip_grad_norm_(self._parameters, self._clip)
        if not isinstance(self.optimizer, torch.optim.LBFGS):
            self.optimizer.step()
        is_end = self._item == self._items
        if self._schedule is not None and (self._is_every_step or is_end):
            self._schedule.step()
        self._item = 0 if is_end else self._item


def make_optimizer(
    settings: Optimizer, parameters: Mapping[str, torch.Tensor]
) -> torch.optim.Optimizer:
    """The optimiser of that name on parameters by name: torch's, or the user's.

    Of Adam and SGD with their usual arguments alone the fused implementation (it rounds otherwise
    than the others, so there is no choice). Raises TypeError where the user's gives no optimiser.
    """
    groups = _groups(settings, parameters)
    if settings.arguments is not None:
        is_users = ":" in settings.name
        kind = load(settings.name) if is_users else getattr(torch.optim, settings.name)
        named = kind(groups, lr=settings.lr, **settings.arguments)
        if not isinstance(named, torch.optim.Optimizer):
            raise TypeError(
                f"optimizer: {settings.name}: expected a torch.optim.Optimizer, got"
                f" {type(named).__name__}"
            )
        return named
    lr, decay = settings.lr, settings.weight_decay
    if settings.name == "SGD":
        return torch.optim.SGD(
            groups, lr=lr, momentum=settings.momentum, weight_decay=decay, fused=True
        )
    captured = next(iter(parameters.values())).is_cuda  # its step may become part of a CUDA graph
    return torch.optim.Adam(groups, lr=lr, weight_decay=decay, fused=True, capturable=captured)


def _groups(settings: Optimizer, parameters: Mapping[str, torch.Tensor]) -> list[Any]:
    """The parameters, or groups of them with their arguments where the settings have groups.

    Raises ValueError for a group without a parameter.
    """
    if settings.groups is None:
        return list(parameters.values())
    rest, groups = dict(parameters), list[dict[str, Any]]()
    for group in settings.groups:
        matching = [name for name in rest if re.search(group.match, name)]
        if not matching:
            raise ValueError(
                f"optimizer.groups: {group.match!r} matches no parameter that is left; these are"
                f" {', '.join(rest) or 'none'}"
            )
        groups.append({"params": [rest.pop(name) for name in matching], **group.arguments})
    return [*groups, {"params": list(rest.values())}] if rest else groups


def make_schedule(
    schedule: Schedule | None, optimizer: torch.optim.Optimizer
) -> LRScheduler | None:
    """The schedule of that name for the optimiser: torch's, the user's, or a chain of them."""
    if schedule is None:
        return None
    made = [_make_one(part, optimizer) for part in schedule.chain]
    until = [part.until for part in schedule.chain if part.until is not None]
    return SequentialLR(optimizer, made, until) if until else made[0]


def _make_one(schedule: Schedule, optimizer: torch.optim.Optimizer) -> LRScheduler:
    is_users = ":" in schedule.name
    kind = load(schedule.name) if is_users else getattr(torch.optim.lr_scheduler, schedule.name)
    made = kind(optimizer, **schedule.arguments)
    if not isinstance(made, LRScheduler):
        raise TypeError(
            f"schedule: {schedule.name}: expected a torch.optim.lr_scheduler.LRScheduler, got"
            f" {type(made).__name__}"
        )
    return made
