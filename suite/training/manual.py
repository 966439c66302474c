"""Training by the hand-written framework (suite.backprop), all seeds at once.

The model is a torch.nn.Sequential of Linear, ReLU, Sigmoid and Tanh; only its initial weights are used, so it starts
where an autograd run of the same stream starts.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from suite import backprop
from suite.errors import SuiteError
from suite.result import Outcome
from suite.timing import Stopwatch
from suite.training.autograd import initial_model
from suite.training.measure import finite, is_finite, measure, model_table, tensors_hash, training_flops

if TYPE_CHECKING:
    from suite.training.recipe import Recipe, Replicate

ACTIVATIONS: dict[type[nn.Module], Callable[[], backprop.Layer]] = {
    nn.ReLU: backprop.ReLU,
    nn.Sigmoid: backprop.Sigmoid,
    nn.Tanh: backprop.Tanh,
}


def train(recipe: Recipe, replicates: Sequence[Replicate], device: torch.device) -> Iterator[Outcome]:
    """One outcome a replicate. Plain stochastic gradient descent on the half squared error of a one-hot "label"."""
    if recipe.optimizer.name != "SGD" or recipe.optimizer.momentum or recipe.optimizer.weight_decay:
        raise SuiteError("trainer manual: expected the optimiser SGD without momentum or weight decay")
    wanted, replicates = len(replicates), beside_another(replicates)
    models = [initial_model(recipe, replicate.initialisation) for replicate in replicates]
    table = model_table(models[0], replicates[0].dataset.test.inputs)
    names = [name for name, _ in models[0].named_parameters()]
    network = stacked_network(models, device)
    outputs_count = network.parameters()[-1].w.shape[-1]
    train_inputs = torch.stack([one.dataset.train.inputs for one in replicates]).to(device)  # (S, N, in)
    train_labels = torch.stack([one.dataset.train.targets["label"] for one in replicates]).to(device)  # (S, N)
    expected = nn.functional.one_hot(train_labels, outputs_count).to(train_inputs.dtype)
    flops = manual_flops(recipe, copy.deepcopy(network), train_inputs, expected)
    tests = [replicate.dataset.test for replicate in replicates]
    test_inputs = torch.stack([test.inputs for test in tests]).to(device)

    def seed_hashes() -> list[str]:
        parameters = [parameter.w for parameter in network.parameters()]
        return [tensors_hash(zip(names, [w[s] for w in parameters], strict=True)) for s in range(len(replicates))]

    initial_hashes = seed_hashes()
    orders = [torch.Generator().manual_seed(replicate.batch_order) for replicate in replicates]
    histories: list[dict[str, list[float | None]]] = [{"loss": []} for _ in replicates]
    metrics: list[dict[str, float]] = [{} for _ in replicates]
    stopwatch = Stopwatch(device)
    for _ in range(recipe.epochs):
        shuffled = torch.stack([torch.randperm(train_inputs.shape[1], generator=order) for order in orders]).to(device)
        with stopwatch.running():
            losses = train_epoch(recipe, network, train_inputs, expected, shuffled)
        outputs = network.forward(test_inputs).cpu()
        for s, (history, test) in enumerate(zip(histories, tests, strict=True)):
            history["loss"].append(finite(losses[s]) if is_finite({"label": outputs[s]}) else None)
            metrics[s] = measure(recipe, {"label": outputs[s]}, test.targets)
            for name, value in metrics[s].items():
                history.setdefault(name, []).append(value)
    for s, (replicate, weights) in enumerate(zip(replicates[:wanted], seed_hashes()[:wanted], strict=True)):
        diverged = [epoch for epoch, loss in enumerate(histories[s]["loss"], start=1) if loss is None]
        yield Outcome(
            seed=replicate.seed,
            status="diverged" if diverged else "ok",
            reason=f"the training loss or a test output was not finite in epoch {diverged[0]}" if diverged else None,
            metrics={} if diverged else metrics[s],
            history={name: tuple(values) for name, values in histories[s].items()},
            hashes={
                "initial_weights": initial_hashes[s],
                "final_weights": weights,
                "test_outputs": tensors_hash([("label", outputs[s])]),
            },
            parameters=sum(parameter.w[s].numel() for parameter in network.parameters()),
            model=table,
            train_time_s=stopwatch.total_s,
            train_flops=flops,
            seeds_together=wanted,
        )


def beside_another(replicates: Sequence[Replicate]) -> Sequence[Replicate]:
    """At least two replicates: a lone one beside itself. A batched product of one matrix takes other kernels, which round
    otherwise (seen for layers of one neuron, and with two threads)."""
    return replicates if len(replicates) > 1 else [*replicates, *replicates]


def stacked_network(models: Sequence[nn.Module], device: torch.device) -> backprop.Network:
    """The hand-written network whose S sets of weights are those of `models`."""
    if type(models[0]).forward is not nn.Sequential.forward:
        raise SuiteError(f"trainer manual: expected a torch.nn.Sequential, got {type(models[0]).__name__}")
    layers: list[backprop.Layer] = []
    for same in zip(*(list(model.children()) for model in models), strict=True):
        if isinstance(same[0], nn.Linear) and same[0].bias is not None:
            w = torch.stack([module.weight.detach() for module in same]).to(device)
            layers.append(backprop.Linear(w, torch.stack([module.bias.detach() for module in same]).to(device)))
        elif type(same[0]) in ACTIVATIONS:
            layers.append(ACTIVATIONS[type(same[0])]())
        else:
            raise SuiteError(
                f"trainer manual: expected layers Linear (with a bias), ReLU, Sigmoid, Tanh, got {type(same[0]).__name__}"
            )
    return backprop.Network(layers)


def manual_flops(recipe: Recipe, trial: backprop.Network, inputs: torch.Tensor, expected: torch.Tensor) -> int:
    """`training_flops` of one of the S networks in `trial`, a copy: inputs (S, N, in), expected (S, N, out)."""
    error = backprop.HalfSquaredError()

    def step(batch: int) -> None:
        error.forward(trial.forward(inputs[:, :batch]), expected[:, :batch])
        trial.backward(error.backward())

    return training_flops(recipe, inputs.shape[1], step) // len(inputs)


def train_epoch(
    recipe: Recipe, network: backprop.Network, inputs: torch.Tensor, expected: torch.Tensor, shuffled: torch.Tensor
) -> list[float]:
    """Steps through one epoch: inputs (S, N, in), expected (S, N, out), each seed in its order `shuffled` (S, N).

    Gives each seed's loss, the mean over its examples.
    """
    error, optimizer = backprop.HalfSquaredError(), backprop.SGD(network.parameters(), recipe.optimizer.lr)
    seeds, count = shuffled.shape
    rows = torch.arange(seeds, device=inputs.device).unsqueeze(1)
    inputs, expected = inputs[rows, shuffled], expected[rows, shuffled]
    total = torch.zeros(seeds, device=inputs.device)
    for y, d in zip(inputs.split(recipe.batch_size, dim=1), expected.split(recipe.batch_size, dim=1), strict=True):
        total += error.forward(network.forward(y), d) * y.shape[1]
        network.backward(error.backward())
        optimizer.step()
    return [float(loss) for loss in total / count]
