"""Training by the portable engine (suite.engine), one seed after another.

A run's bits do not depend on the processor, on threads, or on other seeds, as far as its data does
not. Initial weights, dropout and every sum follow the engine's rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from suite.engine.emitting import CannotLowerError
from suite.engine.network import Learner, Network
from suite.errors import SuiteError
from suite.result import Outcome
from suite.training.epochs import tell_epoch
from suite.training.items import items_of
from suite.training.measure import (
    EVALUATION_BATCH,
    autograd_flops,
    finite,
    is_finite,
    measure,
    model_table,
    parameter_count,
    tensors_hash,
)
from suite.training.portable_settings import learning_rates, loss_terms, optimizer_of
from suite.training.portable_weights import PortableDraws
from suite.training.stopwatch import Stopwatch

if TYPE_CHECKING:
    from torch import nn

    from suite.data.dataset import Split
    from suite.training.portable_recipe import PortableRecipe
    from suite.training.recipe import Replicate, Tensors


def train(
    recipe: PortableRecipe, replicates: Sequence[Replicate], device: torch.device
) -> Iterator[Outcome]:
    """One outcome a replicate. Raises SuiteError for what the engine has no kernel for."""
    if device.type != "cpu":
        raise SuiteError(f"trainer portable: expected the device cpu, got {device.type}")
    try:
        network = _lower(recipe, replicates[0])
        rates = _rates(recipe, replicates[0].dataset.train)
    except CannotLowerError as error:
        raise SuiteError(
            f'trainer portable: it has no kernel for {error}; use trainer = "autograd"'
        ) from None
    flops = autograd_flops(recipe.recipe, replicates[0].dataset.train)
    for replicate in replicates:
        yield _Course(recipe, replicate, network).run(rates, flops)


def initial_model(recipe: PortableRecipe, stream_seed: int) -> nn.Module:
    """A model with initial weights from that stream. Raises ValueError without any to train."""
    with torch.random.fork_rng(devices=[]), PortableDraws(stream_seed):
        torch.manual_seed(stream_seed)
        model = recipe.recipe.build()
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(f"model: expected parameters to train, {type(model).__name__} has none")
    return model


def _lower(recipe: PortableRecipe, replicate: Replicate) -> Network:
    """The network with programs for all batches, the last and smaller ones too."""
    train, test = replicate.dataset.train, replicate.dataset.test
    for field in ("transform", "sampler"):
        if getattr(recipe.recipe, field) is not None:
            raise CannotLowerError(field)
    for name, values in train.inputs.items():
        if values.dtype != torch.float32:
            raise CannotLowerError(f"inputs {name} of {values.dtype}")
    network = Network(
        initial_model(recipe, replicate.initialisation),
        _shapes(train.inputs),
        _shapes(train.targets),
        loss_terms(recipe.loss, train),
        optimizer_of(recipe.recipe.optimizer),
    )
    network.prepare(
        _sizes(len(train), recipe.recipe.batch_size), _sizes(len(test), EVALUATION_BATCH)
    )
    return network


def _rates(recipe: PortableRecipe, train: Split) -> np.ndarray:
    settings = recipe.recipe
    steps = math.ceil(len(train) / settings.batch_size)
    return learning_rates(settings.optimizer, settings.schedule, settings.epochs, steps)


class _Course:
    """One seed's training: what it notes on the way, and its outcome."""

    def __init__(self, recipe: PortableRecipe, replicate: Replicate, network: Network) -> None:
        self._recipe, self._replicate = recipe.recipe, replicate
        self._model = initial_model(recipe, replicate.initialisation)
        self._learner: Learner = network.learner(self._model, replicate.noise)
        self._items = _as_items(replicate.dataset.train)
        self._test = _as_items(replicate.dataset.test)
        self._steps = 0
        self._history: dict[str, list[float | None]] = {"loss": []}

    def run(self, rates: np.ndarray, flops: int) -> Outcome:
        """The outcome. A loss or output that is not finite ends the run as diverged."""
        recipe, replicate = self._recipe, self._replicate
        hashes = {"initial_weights": self._weights_hash()}
        stopwatch, first_epoch_s = Stopwatch(torch.device("cpu")), 0.0
        order = torch.Generator().manual_seed(replicate.batch_order)
        outputs, metrics, reason = dict[str, torch.Tensor](), dict[str, float](), None
        for epoch in range(1, recipe.epochs + 1):
            shuffled = torch.randperm(len(self._items), generator=order).numpy()
            with stopwatch.running():
                loss = self._train_epoch(shuffled, rates[epoch - 1])
            first_epoch_s = stopwatch.total_s if epoch == 1 else first_epoch_s
            with (predicting := Stopwatch(torch.device("cpu"))).running():
                outputs = self._predict()
            metrics = measure(recipe, outputs, replicate.dataset.test.targets)
            self._history["loss"].append(finite(loss))
            for name, value in metrics.items():
                self._history.setdefault(name, []).append(value)
            tell_epoch(epoch, recipe.epochs)
            if not math.isfinite(loss) or not is_finite(outputs):
                reason = f"training loss {loss}, or a test output, not finite in epoch {epoch}"
                break
        hashes["final_weights"] = self._weights_hash()
        hashes["test_outputs"] = tensors_hash(sorted(outputs.items()))
        table = model_table(self._model, replicate.dataset.test.inputs)
        items = {} if reason else items_of(recipe.metrics, outputs, replicate.dataset.test)
        return Outcome(
            seed=replicate.seed,
            status="diverged" if reason else "ok",
            reason=reason,
            metrics={} if reason else metrics,
            history={name: tuple(values) for name, values in self._history.items()},
            hashes=hashes,
            parameters=parameter_count(self._model),
            model=table,
            train_time_s=stopwatch.total_s,
            first_epoch_s=first_epoch_s,
            predict_time_s=predicting.total_s,
            train_flops=flops,
            seeds_together=1,
            **items,
        )

    def _train_epoch(self, shuffled: np.ndarray, rates: np.ndarray) -> float:
        """The mean loss of an epoch's items, each before the step that it is part of."""
        size, total = self._recipe.batch_size, 0.0
        whole = len(shuffled) // size * size
        for rows, step in ((shuffled[:whole], size), (shuffled[whole:], len(shuffled) - whole)):
            if len(rows):
                order = np.ascontiguousarray(rows.reshape(-1, step))
                at = 0 if step == size else whole // size
                losses = self._learner.train(self._items, order, rates[at : at + len(order)])
                total += float(losses.sum()) * step
                self._steps += len(order)
        return total / len(shuffled)

    def _predict(self) -> dict[str, torch.Tensor]:
        """The outputs for all test items by name, (N, ...)."""
        parts = [
            self._learner.outputs(self._test[at : at + EVALUATION_BATCH])
            for at in range(0, len(self._test), EVALUATION_BATCH)
        ]
        return {n: torch.from_numpy(np.concatenate([part[n] for part in parts])) for n in parts[0]}

    def _weights_hash(self) -> str:
        """Of all weights and buffers, in the order of the model's definition."""
        weights = self._learner.weights()
        steps = torch.tensor(self._steps)  # what batch normalisation counts
        names = self._model.state_dict()
        return tensors_hash((name, weights.get(name, steps)) for name in names)


def _shapes(tensors: Tensors) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape[1:]) for name, tensor in tensors.items()}


def _sizes(items: int, batch: int) -> set[int]:
    """The sizes of the batches that so many items are divided into."""
    return ({batch} if items >= batch else set()) | ({items % batch} if items % batch else set())


def _as_items(split: Split) -> np.ndarray:
    """A row for each item: its inputs, then its targets, as float32."""
    tensors = [*split.inputs.values(), *split.targets.values()]
    return torch.cat([t.reshape(len(t), -1).float() for t in tensors], dim=1).numpy()
