"""Training by torch's autograd, one seed after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from suite.result import Outcome
from suite.timing import Stopwatch
from suite.training.measure import (
    autograd_flops,
    finite,
    is_finite,
    measure,
    model_table,
    named_outputs,
    predict,
    tensors_hash,
    weights_hash,
)

if TYPE_CHECKING:
    from suite.data.dataset import Split
    from suite.task import Optimizer
    from suite.training.recipe import Recipe, Replicate


def train(recipe: Recipe, replicates: Sequence[Replicate], device: torch.device) -> Iterator[Outcome]:
    """One outcome a replicate. Streams are drawn on the CPU and moved, so CPU and CUDA start alike."""
    for replicate in replicates:
        yield train_one(recipe, replicate, device)


def train_one(recipe: Recipe, replicate: Replicate, device: torch.device) -> Outcome:
    """Trains one model. A loss that is not finite ends the run as diverged, with the history up to there."""
    data = replicate.dataset.to(device)
    model = initial_model(recipe, replicate.initialisation).to(device)
    table = model_table(model, data.test.inputs)
    flops = autograd_flops(recipe, data.train)
    hashes = {"initial_weights": weights_hash(model)}
    optimizer = make_optimizer(recipe.optimizer, model)
    order = torch.Generator().manual_seed(replicate.batch_order)
    history: dict[str, list[float | None]] = {"loss": []}
    stopwatch, status, reason = Stopwatch(device), "ok", None
    metrics: dict[str, float] = {}
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(replicate.noise)
        for epoch in range(1, recipe.epochs + 1):
            shuffled = torch.randperm(len(data.train.inputs), generator=order).to(device)
            with stopwatch.running():
                loss = train_epoch(recipe, model, optimizer, data.train, shuffled)
            history["loss"].append(finite(loss))
            outputs = predict(model, data.test)
            metrics = measure(recipe, outputs, data.test.targets)
            for name, value in metrics.items():
                history.setdefault(name, []).append(value)
            if history["loss"][-1] is None or not is_finite(outputs):
                status, reason = (
                    "diverged",
                    f"training loss {loss}, or a test output, not finite in epoch {epoch}",
                )
                break
    hashes |= {"final_weights": weights_hash(model), "test_outputs": tensors_hash(sorted(outputs.items()))}
    return Outcome(
        seed=replicate.seed,
        status=status,
        reason=reason,
        metrics=metrics if status == "ok" else {},
        history={name: tuple(values) for name, values in history.items()},
        hashes=hashes,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        model=table,
        train_time_s=stopwatch.total_s,
        train_flops=flops,
    )


def initial_model(recipe: Recipe, stream_seed: int) -> nn.Module:
    """A model on the CPU with its initial weights: layers draw them from torch's global generator, which is seeded for
    this and put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_seed)
        model = recipe.build()
    # oneDNN's convolutions and torch's max-pooling are faster with the channels last
    return model.to(memory_format=torch.channels_last)


def make_optimizer(settings: Optimizer, model: nn.Module) -> torch.optim.Optimizer:
    """torch's fused implementation (it rounds otherwise than the others, so there is no choice)."""
    weights, lr, decay = model.parameters(), settings.lr, settings.weight_decay
    if settings.name == "SGD":
        return torch.optim.SGD(weights, lr=lr, momentum=settings.momentum, weight_decay=decay, fused=True)
    return torch.optim.Adam(weights, lr=lr, weight_decay=decay, fused=True)


def train_epoch(
    recipe: Recipe, model: nn.Module, optimizer: torch.optim.Optimizer, train: Split, shuffled: torch.Tensor
) -> float:
    """Steps through one epoch in the order `shuffled` (N,). Gives the loss, the mean over its examples."""
    inputs = train.inputs[shuffled].split(recipe.batch_size)
    targets = {name: target[shuffled].split(recipe.batch_size) for name, target in train.targets.items()}
    total = torch.zeros((), device=shuffled.device)
    for index, batch in enumerate(inputs):
        expected = {name: parts[index] for name, parts in targets.items()}
        loss = recipe.loss(named_outputs(model(batch), expected), expected)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
    return float(total / len(shuffled))
