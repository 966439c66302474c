"""Training by torch's autograd, one seed after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from suite.result import Outcome
from suite.training.loop import train_together
from suite.training.measure import autograd_flops, model_table, named_outputs

if TYPE_CHECKING:
    from suite.task.components import Optimizer
    from suite.training.recipe import Recipe, Replicate, Tensors


def train(
    recipe: Recipe, replicates: Sequence[Replicate], device: torch.device
) -> Iterator[Outcome]:
    """One outcome a replicate. Streams are drawn on the CPU and moved, so CPU and CUDA start alike."""
    for replicate in replicates:
        model = initial_model(recipe, replicate.initialisation).to(device)
        table = model_table(model, replicate.dataset.test.inputs.to(device))
        flops = autograd_flops(recipe, replicate.dataset.train)
        learner = OneModel(recipe, model, replicate.dataset.first_target)
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(replicate.noise)
            outcomes = train_together(
                recipe, [replicate], learner, device, table=table, flops=flops, places=[0]
            )
        yield from outcomes


class OneModel:
    """One model as a learner of one seed: the axis of seeds is taken off and put back."""

    def __init__(self, recipe: Recipe, model: nn.Module, first_target: str) -> None:
        self._loss, self._model, self._name = recipe.loss, model, first_target
        self._optimizer = make_optimizer(recipe.optimizer, list(model.parameters()))

    def step(self, inputs: torch.Tensor, targets: Tensors) -> torch.Tensor:
        """As `Learner.step`."""
        expected = {name: target[0] for name, target in targets.items()}
        self._model.train()
        loss = self._loss(named_outputs(self._model(inputs[0]), self._name), expected)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        return loss.detach().unsqueeze(0)

    @torch.no_grad()
    def outputs(self, inputs: torch.Tensor) -> Tensors:
        """As `Learner.outputs`."""
        self._model.eval()
        outputs = named_outputs(self._model(inputs[0]), self._name)
        return {name: output.unsqueeze(0) for name, output in outputs.items()}

    # there is one
    def weights(self, place: int) -> Iterable[tuple[str, torch.Tensor]]:  # noqa: ARG002
        """As `Learner.weights`."""
        return self._model.state_dict().items()


def initial_model(recipe: Recipe, stream_seed: int) -> nn.Module:
    """A model on the CPU with its initial weights: layers draw them from torch's global generator,
    which is seeded for this and put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_seed)
        model = recipe.build()
    # oneDNN's convolutions and torch's max-pooling are faster with the channels last
    return model.to(memory_format=torch.channels_last)


def make_optimizer(
    settings: Optimizer, parameters: Sequence[torch.Tensor]
) -> torch.optim.Optimizer:
    """torch's fused implementation (it rounds otherwise than the others, so there is no choice)."""
    lr, decay = settings.lr, settings.weight_decay
    if settings.name == "SGD":
        return torch.optim.SGD(
            parameters, lr=lr, momentum=settings.momentum, weight_decay=decay, fused=True
        )
    captured = parameters[0].is_cuda  # its step may become part of a CUDA graph
    return torch.optim.Adam(parameters, lr=lr, weight_decay=decay, fused=True, capturable=captured)
