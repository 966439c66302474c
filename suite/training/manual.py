"""Training by the hand-written framework (suite.backprop), all seeds at once.

The model is a torch.nn.Sequential of Linear, ReLU, Sigmoid and Tanh; only its initial weights are
used, so it starts where an autograd run of the same stream starts.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from suite import backprop
from suite.errors import SuiteError
from suite.result import Outcome
from suite.training.autograd import initial_model
from suite.training.loop import one_thread, side_by_side, train_together
from suite.training.measure import model_table, parameter_count, training_flops

if TYPE_CHECKING:
    from suite.data.dataset import Split
    from suite.training.recipe import Recipe, Replicate, Tensors

ACTIVATIONS: dict[type[nn.Module], Callable[[], backprop.Layer]] = {
    nn.ReLU: backprop.ReLU,
    nn.Sigmoid: backprop.Sigmoid,
    nn.Tanh: backprop.Tanh,
}


def train(
    recipe: Recipe, replicates: Sequence[Replicate], device: torch.device
) -> Iterator[Outcome]:
    """One outcome per replicate, from plain stochastic gradient descent.

    The loss is the half squared error of a one-hot "label". Raises SuiteError where the recipe has
    another optimiser, momentum or weight decay, or where there are several inputs.
    """
    if recipe.optimizer.name != "SGD" or recipe.optimizer.momentum or recipe.optimizer.weight_decay:
        raise SuiteError(
            "trainer manual: expected the optimiser SGD without momentum or weight decay"
        )
    inputs = replicates[0].dataset.train.inputs
    if len(inputs) > 1:
        raise SuiteError(f"trainer manual: expected one input, got {', '.join(inputs)}")
    in_lanes, lanes = side_by_side(replicates, device)
    models = [initial_model(recipe, replicate.initialisation) for replicate in in_lanes]
    parameters = parameter_count(models[0])
    table = model_table(models[0], in_lanes[0].dataset.test.inputs)
    names = [name for name, _ in models[0].named_parameters()]
    learner = Networks(stacked_network(models, device), names, eta=recipe.optimizer.lr)
    labels = torch.stack([replicate.dataset.train.targets["label"] for replicate in in_lanes])
    d = nn.functional.one_hot(labels, learner.outputs_count).float()
    with one_thread():
        flops = learner.flops(recipe, in_lanes[0].dataset.train)
        outcomes = train_together(
            recipe,
            in_lanes,
            learner,
            device,
            table=table,
            parameters=parameters,
            flops=flops,
            lanes=lanes,
            train_targets={"d": d},
        )
    yield from outcomes


class Networks:
    """S hand-written networks that learn side by side.

    The targets of a step are "d" (S, B, C), the expected outputs.
    """

    def __init__(self, network: backprop.Network, names: Sequence[str], *, eta: float) -> None:
        self._network, self._names, self._eta = network, list(names), eta
        self._error = backprop.HalfSquaredError()
        self.outputs_count = network.linear[-1].w.shape[1]

    def step(self, inputs: Tensors, targets: Tensors) -> torch.Tensor:
        """As `Learner.step`."""
        (y,) = inputs.values()
        losses = self._error.forward(self._network.forward(y), targets["d"])
        self._network.backward(self._error.backward())
        self._network.update(self._eta)
        return losses

    def outputs(self, inputs: Tensors) -> Tensors:
        """As `Learner.outputs`."""
        (y,) = inputs.values()
        return {"label": self._network.forward(y).clone()}

    def flops(self, recipe: Recipe, train: Split) -> int:
        """`training_flops` of one network on its one input (N, in), counted on a copy."""
        trial, (inputs,) = copy.deepcopy(self), train.inputs.values()
        w = self._network.linear[0].w

        def step(batch: int) -> None:
            y = inputs[:batch].to(w.device).expand(len(w), batch, -1)
            d = torch.zeros(len(w), batch, self.outputs_count, device=w.device)
            trial.step({"y": y}, {"d": d})

        return training_flops(recipe, len(train), step) // len(w)

    def weights(self, lane: int) -> Iterable[tuple[str, torch.Tensor]]:
        """As `Learner.weights`."""
        return [
            (name, w[lane]) for name, w in zip(self._names, self._network.weights(), strict=True)
        ]


def stacked_network(models: Sequence[nn.Module], device: torch.device) -> backprop.Network:
    """The hand-written network whose S sets of weights are those of `models`."""
    if type(models[0]).forward is not nn.Sequential.forward:
        raise SuiteError(
            f"trainer manual: expected a torch.nn.Sequential, got {type(models[0]).__name__}"
        )
    layers: list[backprop.Layer] = []
    for same in zip(*(list(model.children()) for model in models), strict=True):
        if isinstance(same[0], nn.Linear) and same[0].bias is not None:
            w = torch.stack([module.weight.detach() for module in same]).to(device)
            layers.append(
                backprop.Linear(
                    w, torch.stack([module.bias.detach() for module in same]).to(device)
                )
            )
        elif type(same[0]) in ACTIVATIONS:
            layers.append(ACTIVATIONS[type(same[0])]())
        else:
            raise SuiteError(
                "trainer manual: expected layers Linear (with a bias), ReLU, Sigmoid, Tanh, got"
                f" {type(same[0]).__name__}"
            )
    return backprop.Network(layers)
