from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from suite.engine.emitting import CannotLowerError
from suite.engine.network import Adam, Descent, LossTerm, Network
from tests.engine.zoo import BATCH, EXAMPLES, Example, Tensors, as_items, built


def torch_loss(example: Example, outputs: object, targets: Tensors) -> torch.Tensor:
    """The loss as torch computes it, in the outputs' precision."""
    named = outputs if isinstance(outputs, dict) else None
    total = []
    for term in example.terms:
        scores = named[term.output or term.target] if named else outputs
        assert isinstance(scores, torch.Tensor)
        target = targets[term.target]
        if term.kind == "cross_entropy":
            loss = functional.cross_entropy(scores.flatten(0, -2), target.flatten())
        elif term.kind == "squared_one_hot":
            loss = (functional.one_hot(target, scores.shape[-1]) - scores).square().sum(1).mean()
        elif term.kind == "squared":
            loss = functional.mse_loss(scores.squeeze(-1), target.to(scores.dtype))
        else:
            loss = functional.binary_cross_entropy_with_logits(
                scores.squeeze(-1), target.to(scores.dtype)
            )
        total.append(term.factor * loss)
    return torch.stack(total).sum()


@pytest.mark.parametrize("name", EXAMPLES)
def test_gradients_equal_autograds_in_float64(name: str) -> None:
    example = EXAMPLES[name]
    model = built(example)
    inputs, targets = example.data(BATCH)
    network = example.network(model, Descent())
    network.prepare({BATCH}, {BATCH})
    learner = network.learner(model, stream=1)
    losses = learner.train(as_items(inputs, targets), np.arange(BATCH)[None], np.ones(1))
    after = learner.weights()

    before = {name: value.clone() for name, value in model.state_dict().items()}
    exact = model.double().train()
    loss = torch_loss(example, exact(inputs["inputs"].double()), targets)
    loss.backward()
    assert losses[0] == pytest.approx(loss.item(), rel=2e-6)
    for weight, value in exact.named_parameters():
        assert value.grad is not None
        step = before[weight].double() - after[weight].double()
        size = float(value.grad.abs().max()) + 1e-3
        assert torch.allclose(step, value.grad, rtol=2e-5, atol=2e-6 * size + 1e-7), weight
    for buffer, statistic in exact.named_buffers():
        if statistic.is_floating_point():
            assert torch.allclose(after[buffer].double(), statistic, rtol=1e-5, atol=1e-6), buffer


@pytest.mark.parametrize("name", EXAMPLES)
def test_outputs_equal_torchs_in_float64(name: str) -> None:
    example = EXAMPLES[name]
    model = built(example)
    inputs, targets = example.data(BATCH)
    network = example.network(model, Descent())
    network.prepare(set(), {BATCH})
    got = network.learner(model, stream=1).outputs(as_items(inputs, targets))
    expected = model.double().eval()(inputs["inputs"].double())
    named = expected if isinstance(expected, dict) else {"label": expected}
    assert got.keys() == named.keys()
    for name, value in named.items():
        assert np.allclose(got[name], value.detach().numpy(), rtol=1e-5, atol=2e-6)


OPTIMIZERS: dict[str, tuple[Descent | Adam, Callable[[Any], torch.optim.Optimizer]]] = {
    "plain": (Descent(), lambda w: torch.optim.SGD(w, lr=0.05)),
    "momentum": (
        Descent(0.9, 0.02),
        lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.9, weight_decay=0.02),
    ),
    "nesterov": (
        Descent(0.8, 0.0, nesterov=True),
        lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.8, nesterov=True),
    ),
    "adam": (Adam(decay=0.01), lambda w: torch.optim.Adam(w, lr=0.05, weight_decay=0.01)),
    "adamw": (
        Adam(0.8, 0.99, 1e-6, 0.1, decoupled=True),
        lambda w: torch.optim.AdamW(w, lr=0.05, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1),
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimisers_take_torchs_steps(name: str) -> None:
    ours, make = OPTIMIZERS[name]
    example = EXAMPLES["disc"]
    model = built(example)
    inputs, targets = example.data(4 * BATCH)
    network = example.network(model, ours)
    network.prepare({BATCH}, set())
    learner = network.learner(model, stream=1)
    order, rates = np.arange(4 * BATCH).reshape(4, BATCH), np.array([0.05, 0.05, 0.02, 0.02])
    losses = learner.train(as_items(inputs, targets), order, rates)

    exact = model.double()
    optimizer = make(exact.parameters())
    for step, rows in enumerate(order):
        optimizer.param_groups[0]["lr"] = rates[step]
        loss = torch_loss(
            example,
            exact(inputs["inputs"][rows].double()),
            {n: t[rows] for n, t in targets.items()},
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert losses[step] == pytest.approx(loss.item(), rel=1e-5)
    for weight, value in learner.weights().items():
        assert torch.allclose(value.double(), exact.state_dict()[weight], rtol=1e-4, atol=1e-5)


def test_seeds_together_equal_seeds_alone() -> None:
    example = EXAMPLES["lenet"]
    model = built(example)
    items = as_items(*example.data(BATCH))
    network = example.network(model, Adam())
    network.prepare({BATCH}, set())

    def trained(streams: list[int]) -> list[dict[str, torch.Tensor]]:
        learners = [network.learner(model, stream) for stream in streams]
        order, rates = np.tile(np.arange(BATCH), (2, 1)), np.full(2, 0.01)
        for _ in range(2):
            for learner in learners:
                learner.train(items, order, rates)
        return [learner.weights() for learner in learners]

    (alone,), together = trained([5]), trained([4, 5, 6])
    assert all(torch.equal(alone[name], together[1][name]) for name in alone)


def test_dropout_keeps_its_share_scales_it_and_follows_its_stream_alone() -> None:
    width, kept = 4000, 0.7
    linear = nn.Linear(3, width, bias=False)
    nn.init.ones_(linear.weight)
    model = nn.Sequential(linear, nn.Dropout(1 - kept))
    network = Network(model, {"x": (3,)}, {"y": (width,)}, [LossTerm("squared", "y")], Descent())
    network.prepare({2}, set())
    items = np.concatenate(
        [np.full((2, 3), 1 / 3, np.float32), np.zeros((2, width), np.float32)], 1
    )

    def change(stream: int) -> torch.Tensor:
        learner = network.learner(model, stream)
        learner.train(items, np.array([[0, 1]]), np.array([float(width)]))
        return (1 - learner.weights()["0.weight"]).sum(1)  # 0, or more the more often it was kept

    drawn = change(7)
    # a unit of two items: its output y is 0 or 1 / kept, and the step 2 y / kept / 2 for each
    counts = (drawn * kept**2).round(decimals=4)
    assert set(counts.tolist()) == {0.0, 1.0, 2.0}
    assert float(counts.mean()) / 2 == pytest.approx(kept, abs=4 * (0.21 / 8000) ** 0.5)
    assert torch.equal(drawn, change(7))
    assert not torch.equal(drawn, change(8))


class Softmaxed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.scale = nn.Linear(3, 4), nn.Parameter(torch.ones(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.first(x), 1)


class Wandering(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.first(x)
        return y if x.sum() > 0 else -y


REFUSED = [
    (lambda: nn.Sequential(nn.Linear(3, 4), nn.Softmax(1)), "^1: Softmax of 2 axes$"),
    (lambda: nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4)), "^1.weight: a weight of LayerNorm$"),
    (Softmaxed, "^scale: a weight of Softmaxed$"),
    (Wandering, "^Wandering.forward: symbolically traced variables cannot be used as inputs to control flow"),
    (lambda: nn.Sequential(nn.Linear(3, 4), nn.Unflatten(1, (1, 2, 2)), nn.Conv2d(1, 4, 3)), "^2: images .* kernel"),
    (lambda: nn.Sequential(nn.Linear(3, 4), nn.Unflatten(1, (2, 2, 1)), nn.Conv2d(2, 4, 1, groups=2)), "^2: Conv2d with groups"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "message"), REFUSED)
def test_what_has_no_kernel_is_refused_by_its_name(
    build: Callable[[], nn.Module], message: str
) -> None:
    with pytest.raises(CannotLowerError, match=message):
        Network(
            build(), {"x": (3,)}, {"y": ()}, [LossTerm("cross_entropy", "y")], Descent()
        ).prepare({2}, set())
