"""Training of any torch.nn.Module, one seed after another: several inputs and outputs, any
optimiser of torch, schedules.

The epochs are those of every trainer (suite.training.loop). What it shuffles and batches here are
the numbers of rows; the rows themselves are looked up for each step, in as many inputs as there
are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from suite.data.dataset import Dataset, Split
from suite.data.sampling import ManyInputs
from suite.result import Outcome
from suite.training.autograd import make_optimizer
from suite.training.loop import train_together
from suite.training.measure import model_table, named_outputs, training_flops

if TYPE_CHECKING:
    from suite.result import ModelTable
    from suite.task.components import Optimizer, Schedule
    from suite.training.named import NamedRecipe
    from suite.training.recipe import Replicate, Tensors


def train(
    recipe: NamedRecipe, replicates: Sequence[Replicate], device: torch.device
) -> Iterator[Outcome]:
    """One outcome a replicate. Streams are drawn on the CPU and moved, so CPU and CUDA start alike."""
    for replicate in replicates:
        dataset = replicate.dataset
        model = initial_model(recipe, replicate.initialisation)
        flops = _flops(recipe, dataset.train)
        table = _table(model, dataset.test)
        learner = AnyModel(recipe, model.to(device), dataset, device)
        by_row = replace(
            replicate, dataset=Dataset(_row_numbers(dataset.train), _row_numbers(dataset.test))
        )
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(replicate.noise)
            outcomes = train_together(
                recipe, [by_row], learner, device, table=table, flops=flops, places=[0]
            )
        yield from outcomes


def initial_model(recipe: NamedRecipe, stream_seed: int) -> nn.Module:
    """A model on the CPU with its initial weights, drawn from torch's global generator, which is
    put back. Raises ValueError where there is nothing to train."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_seed)
        model = recipe.build()
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(f"model: expected parameters to train, {type(model).__name__} has none")
    return model


def inputs_of(split: Split) -> Mapping[str, torch.Tensor]:
    """The inputs of a split by name; a single one has the name ""."""
    return split.named if isinstance(split, ManyInputs) else {"": split.inputs}


def call(model: nn.Module, inputs: Mapping[str, torch.Tensor], first_target: str) -> Tensors:
    """A model's outputs by name. Several inputs are given by name. Raises TypeError where it gives
    no tensors, and ValueError where they have no row for each item."""
    given = model(inputs[""]) if "" in inputs else model(**inputs)
    is_named = isinstance(given, Mapping) and all(
        isinstance(each, torch.Tensor) for each in given.values()
    )
    if not is_named and not isinstance(given, torch.Tensor):
        raise TypeError(
            "model: expected a tensor, or a dict of tensors by name, from forward, got"
            f" {type(given).__name__}"
        )
    outputs = named_outputs(given, first_target)
    count = len(next(iter(inputs.values())))
    for name, output in outputs.items():
        if output.ndim == 0 or len(output) != count:
            raise ValueError(
                f"model: output {name}: expected a row for each of {count} items, got shape"
                f" {tuple(output.shape)}"
            )
    return outputs


class AnyModel:
    """One model as a learner of one seed, on rows of its dataset."""

    def __init__(
        self, recipe: NamedRecipe, model: nn.Module, dataset: Dataset, device: torch.device
    ) -> None:
        self._loss, self._model, self._name = recipe.loss, model, dataset.first_target
        self._train, self._test = (
            {n: t.to(device) for n, t in inputs_of(one).items()}
            for one in (dataset.train, dataset.test)
        )
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._optimizer = _optimizer(recipe.optimizer, trained)
        steps = -(-len(dataset.train.inputs) // recipe.batch_size)
        self._every = 1 if recipe.schedule and recipe.schedule.every == "step" else steps
        self._schedule, self._steps = _schedule(recipe.schedule, self._optimizer), 0

    def step(self, inputs: torch.Tensor, targets: Tensors) -> torch.Tensor:
        """As `Learner.step`; `inputs` are numbers of rows (1, B)."""
        expected = {name: target[0] for name, target in targets.items()}
        self._model.train()
        loss = self._loss(self._called(self._train, inputs[0]), expected)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self._steps += 1
        if self._schedule is not None and self._steps % self._every == 0:
            self._schedule.step()
        return loss.detach().unsqueeze(0)

    @torch.no_grad()
    def outputs(self, inputs: torch.Tensor) -> Tensors:
        """As `Learner.outputs`; `inputs` are numbers of test rows (1, B)."""
        self._model.eval()
        outputs = self._called(self._test, inputs[0])
        return {name: output.unsqueeze(0) for name, output in outputs.items()}

    # there is one
    def weights(self, place: int) -> Iterable[tuple[str, torch.Tensor]]:  # noqa: ARG002
        """As `Learner.weights`."""
        return self._model.state_dict().items()

    def _called(self, inputs: Mapping[str, torch.Tensor], rows: torch.Tensor) -> Tensors:
        return call(
            self._model, {name: values[rows] for name, values in inputs.items()}, self._name
        )


def _optimizer(settings: Optimizer, parameters: Sequence[torch.Tensor]) -> torch.optim.Optimizer:
    if settings.arguments is None and settings.name in ("Adam", "SGD"):
        return make_optimizer(settings, parameters)
    made: torch.optim.Optimizer = getattr(torch.optim, settings.name)(
        parameters, lr=settings.lr, **(settings.arguments or {})
    )
    return made


def _schedule(
    named: Schedule | None, optimizer: torch.optim.Optimizer
) -> torch.optim.lr_scheduler.LRScheduler | None:
    if named is None:
        return None
    made: torch.optim.lr_scheduler.LRScheduler = getattr(torch.optim.lr_scheduler, named.name)(
        optimizer, **named.arguments
    )
    return made


def _row_numbers(split: Split) -> Split:
    return Split(torch.arange(len(split.inputs)), split.targets)


def _table(model: nn.Module, test: Split) -> ModelTable:
    """The layers of a model for one item; random numbers are put back."""
    inputs: Any = inputs_of(test)
    with torch.random.fork_rng(devices=[]):
        return model_table(_ByRow(model, inputs) if "" not in inputs else model, test.inputs)


def _flops(recipe: NamedRecipe, train: Split) -> int:
    """`training_flops`, counted on the CPU on a model of its own; random numbers are put back."""
    inputs, name = inputs_of(train), next(iter(train.targets))
    with torch.random.fork_rng(devices=[]):
        trial = recipe.build()

        def step(batch: int) -> None:
            expected = {key: target[:batch] for key, target in train.targets.items()}
            recipe.loss(
                call(trial, {key: values[:batch] for key, values in inputs.items()}, name), expected
            ).backward()

        return training_flops(recipe, len(train.inputs), step)


class _ByRow(nn.Module):
    """A model of several inputs as one of row numbers, for torchinfo."""

    def __init__(self, model: nn.Module, inputs: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.model, self._inputs = model, inputs

    def forward(self, rows: torch.Tensor) -> object:
        return self.model(**{name: values[rows] for name, values in self._inputs.items()})
