"""The hand-written framework against autograd, central differences, and its own derivation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from suite import backprop
from suite.backprop import SGD, HalfSquaredError, Linear, Network, ReLU, Sigmoid, Tanh

TORCH: dict[type, Callable[[Tensor], Tensor]] = {ReLU: torch.relu, Sigmoid: torch.sigmoid, Tanh: torch.tanh}


def random_network(
    widths: list[int], activations: list[type], seeds: tuple[int, ...], generator: torch.Generator
) -> tuple[Network, list[Tensor]]:
    layers: list[backprop.Layer] = []
    weights = []
    for inputs, outputs, activation in zip(widths, widths[1:], activations, strict=False):
        w = torch.randn(*seeds, outputs, inputs, dtype=torch.float64, generator=generator)
        b = torch.randn(*seeds, outputs, dtype=torch.float64, generator=generator)
        layers += [Linear(w, b), activation()]
        weights += [w.clone().requires_grad_(), b.clone().requires_grad_()]
    return Network(layers), weights


def by_autograd(weights: list[Tensor], activations: list[type], y: Tensor, d: Tensor) -> Tensor:
    """E of each network, summed over networks and averaged over the batch, in torch's own words."""
    for w, b, activation in zip(weights[::2], weights[1::2], activations, strict=True):
        y = TORCH[activation](torch.einsum("...oi,...bi->...bo", w, y) + b.unsqueeze(-2))
    return ((d - y) ** 2).sum(dim=-1).mean(dim=-1).sum() / 2


@settings(max_examples=40, deadline=None)
@given(
    widths=st.lists(st.integers(1, 9), min_size=2, max_size=6),
    kinds=st.lists(st.sampled_from([ReLU, Sigmoid, Tanh]), min_size=5, max_size=5),
    batch=st.integers(1, 7),
    seeds=st.sampled_from([(), (1,), (3,)]),
    draw=st.integers(0, 10**6),
)
def test_what_is_learnt_equals_autograds_gradient(
    widths: list[int], kinds: list[type], batch: int, seeds: tuple[int, ...], draw: int
) -> None:
    generator = torch.Generator().manual_seed(draw)
    activations = kinds[: len(widths) - 1]
    network, weights = random_network(widths, activations, seeds, generator)
    y = torch.randn(*seeds, batch, widths[0], dtype=torch.float64, generator=generator)
    d = torch.rand(*seeds, batch, widths[-1], dtype=torch.float64, generator=generator)
    error = HalfSquaredError()
    value = error.forward(network.forward(y), d)
    network.backward(error.backward())
    expected = by_autograd(weights, activations, y, d)
    torch.testing.assert_close(value.sum(), expected, rtol=1e-12, atol=1e-12)
    gradients = torch.autograd.grad(expected, weights)
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        torch.testing.assert_close(parameter.delta_y, -gradient, rtol=1e-12, atol=1e-12)


def test_what_is_learnt_equals_central_differences() -> None:
    generator = torch.Generator().manual_seed(5)
    network, _ = random_network([4, 6, 3], [Tanh, Sigmoid], (2,), generator)
    y = torch.randn(2, 5, 4, dtype=torch.float64, generator=generator)
    d = torch.rand(2, 5, 3, dtype=torch.float64, generator=generator)
    error = HalfSquaredError()
    error.forward(network.forward(y), d)
    network.backward(error.backward())
    h = 1e-6
    for parameter in network.parameters():
        found, w = parameter.delta_y.clone(), parameter.w.view(-1)
        for index in range(w.numel()):
            start = w[index].item()
            w[index] = start + h
            above = error.forward(network.forward(y), d).sum()
            w[index] = start - h
            below = error.forward(network.forward(y), d).sum()
            w[index] = start
            assert found.view(-1)[index].item() == pytest.approx(-(above - below).item() / (2 * h), abs=1e-8)


def test_one_neuron_by_hand() -> None:
    """v = 0.5 * 1 + 0.25 * 2 - 1 = 0, y = sigmoid(0) = 0.5, d = 1: delta = 0.5 * 0.25 = 0.125."""
    neuron = Linear(torch.tensor([[0.5, 0.25]]), torch.tensor([-1.0]))
    network, error = Network([neuron, Sigmoid()]), HalfSquaredError()
    assert error.forward(network.forward(torch.tensor([[1.0, 2.0]])), torch.tensor([[1.0]])).item() == 0.125
    network.backward(error.backward())
    SGD(network.parameters(), eta=8.0).step()
    assert neuron.w.w.tolist() == [[0.5 + 8 * 0.125 * 1, 0.25 + 8 * 0.125 * 2]]
    assert neuron.b.w.tolist() == [-1 + 8 * 0.125]


def test_the_derivative_of_relu_is_one_at_zero() -> None:
    relu = ReLU()
    relu.forward(torch.tensor([[-1.0, 0.0, 2.0]]))
    assert relu.backward(torch.ones(1, 3)).tolist() == [[0.0, 1.0, 1.0]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linear(torch.zeros(3), torch.zeros(3)), r"Linear: w: expected shape \(\*S, out, in\), got \(3,\)"),
        (lambda: Linear(torch.zeros(3, 5), torch.zeros(5)), r"Linear: b: expected shape \(3,\), .* got \(5,\)"),
        (
            lambda: Linear(torch.zeros(2, 3, 5), torch.zeros(2, 3)).forward(torch.zeros(2, 9, 3)),
            r"Linear.forward: y: expected shape \(2, B, 5\), got \(2, 9, 3\)",
        ),
        (
            lambda: HalfSquaredError().forward(torch.zeros(9, 3), torch.zeros(9)),
            r"HalfSquaredError: d: expected shape \(9, 3\), the shape of y, got \(9,\)",
        ),
    ],
)
def test_a_wrong_shape_is_refused_by_name(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_wrong_delta_is_refused_by_name() -> None:
    layer = Linear(torch.zeros(3, 5), torch.zeros(3))
    layer.forward(torch.zeros(9, 5))
    with pytest.raises(ValueError, match=r"Linear.backward: delta: expected shape \(9, 3\), got \(9, 5\)"):
        layer.backward(torch.zeros(9, 5))


def weights_after_training(seeds: int, *, total: int = 20, steps: int = 60) -> list[str]:
    """Hashes of the first network's weights after training it beside `seeds` - 1 others, in float32."""
    generator = torch.Generator().manual_seed(3)
    widths, batch = [2, 25, 7, 3], 5
    layers: list[backprop.Layer] = []
    for inputs, outputs in pairwise(widths):
        w = torch.randn(total, outputs, inputs, generator=generator)
        layers += [Linear(w[:seeds].clone(), torch.randn(total, outputs, generator=generator)[:seeds].clone()), Tanh()]
    layers[-1] = Sigmoid()
    network, error = Network(layers), HalfSquaredError()
    optimizer = SGD(network.parameters(), eta=0.2)
    y = torch.randn(total, steps * batch, 2, generator=generator)[:seeds].split(batch, dim=1)
    d = torch.rand(total, steps * batch, 3, generator=generator)[:seeds].split(batch, dim=1)
    for inputs_, expected in zip(y, d, strict=True):
        error.forward(network.forward(inputs_), expected)
        network.backward(error.backward())
        optimizer.step()
    return [hashlib.sha256(parameter.w[0].numpy().tobytes()).hexdigest() for parameter in network.parameters()]


@pytest.mark.parametrize("seeds", [2, 3, 7, 20])
def test_a_networks_bits_do_not_depend_on_its_neighbours(seeds: int) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert weights_after_training(seeds) == weights_after_training(1)
    finally:
        torch.set_num_threads(threads)
