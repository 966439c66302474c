"""Training by torch's autograd, one seed after another.

Takes models of one or several inputs, any optimiser of torch, and schedules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from suite.result import Outcome
from suite.training.calling import call
from suite.training.feeding import Transform
from suite.training.loop import train_together
from suite.training.measure import autograd_flops, model_table, parameter_count
from suite.training.optimizing import Updates

if TYPE_CHECKING:
    from suite.data.dataset import Dataset
    from suite.training.recipe import Recipe, Replicate, Tensors


def train(
    recipe: Recipe, replicates: Sequence[Replicate], device: torch.device
) -> Iterator[Outcome]:
    """One outcome a replicate. Streams are drawn on the CPU, so CPU and CUDA start alike."""
    for replicate in replicates:
        model = initial_model(recipe, replicate.initialisation)
        flops = autograd_flops(recipe, replicate.dataset.train)
        parameters = parameter_count(model)
        table = model_table(model, replicate.dataset.test.inputs)
        changed = recipe.transform and Transform(recipe.transform, replicate.batch_order, device)
        learner = OneModel(recipe, model.to(device), replicate.dataset, changed or None)
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(replicate.noise)
            outcomes = train_together(
                recipe,
                [replicate],
                learner,
                device,
                table=table,
                parameters=parameters,
                flops=flops,
                lanes=[0],
            )
        yield from outcomes


def initial_model(recipe: Recipe, stream_seed: int) -> nn.Module:
    """A model on the CPU with its initial weights.

    Layers draw them from torch's global generator, which is seeded with `stream_seed` for this and
    put back afterwards. Raises ValueError where there is nothing to train.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_seed)
        model = recipe.build()
    if not trainable_parameters(model):
        raise ValueError(f"model: expected parameters to train, {type(model).__name__} has none")
    return model.to(memory_format=torch.channels_last) if recipe.channels_last else model


def trainable_parameters(model: nn.Module) -> dict[str, torch.Tensor]:
    """The parameters that are not frozen, by name."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


class OneModel:
    """One model as a learner of one seed: the axis of seeds is taken off and put back."""

    def __init__(
        self,
        recipe: Recipe,
        model: nn.Module,
        dataset: Dataset,
        transform: Transform | None = None,
    ) -> None:
        self._transform = transform
        self._loss, self._model, self._first_target = recipe.loss, model, dataset.first_target
        self._updates = Updates(recipe, trainable_parameters(model), len(dataset.train))

    def step(self, inputs: Tensors, targets: Tensors) -> torch.Tensor:
        """As `Learner.step`."""
        batch, expected = _of_the_seed(inputs), _of_the_seed(targets)
        if self._transform is not None:
            batch = self._transform(batch)

        def evaluate() -> torch.Tensor:
            loss = self._loss(call(self._model, batch, self._first_target), expected)
            share = self._updates.begin()
            (loss if share == 1 else loss * share).backward()
            return loss

        self._model.train()
        return self._updates.step(evaluate).unsqueeze(0)

    @torch.no_grad()
    def outputs(self, inputs: Tensors) -> Tensors:
        """As `Learner.outputs`."""
        self._model.eval()
        outputs = call(self._model, _of_the_seed(inputs), self._first_target)
        return {name: output.unsqueeze(0) for name, output in outputs.items()}

    # there is one
    def weights(self, lane: int) -> Iterable[tuple[str, torch.Tensor]]:  # noqa: ARG002
        """As `Learner.weights`."""
        return self._model.state_dict().items()


def _of_the_seed(tensors: Tensors) -> dict[str, torch.Tensor]:
    return {name: tensor[0] for name, tensor in tensors.items()}
