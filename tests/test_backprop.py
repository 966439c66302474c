"""The hand-written framework against autograd, central differences, and its own derivation."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from itertools import pairwise, product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from suite import backprop
from suite.backprop import HalfSquaredError, Linear, Network, ReLU, Sigmoid, Tanh

TORCH: dict[type, Callable[[Tensor], Tensor]] = {
    ReLU: torch.relu,
    Sigmoid: torch.sigmoid,
    Tanh: torch.tanh,
}


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


def changes(network: Network) -> list[Tensor]:
    """What an update with eta = 1 adds to each weight."""
    before = [w.clone() for w in network.weights()]
    network.update(1.0)
    return [w - old for w, old in zip(network.weights(), before, strict=True)]


@settings(max_examples=40, deadline=None)
@given(
    widths=st.lists(st.integers(1, 9), min_size=2, max_size=6),
    kinds=st.lists(st.sampled_from([ReLU, Sigmoid, Tanh]), min_size=5, max_size=5),
    batch=st.integers(1, 7),
    seeds=st.sampled_from([(1,), (2,), (3,)]),
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
    for change, gradient in zip(changes(network), gradients, strict=True):
        torch.testing.assert_close(change, -gradient, rtol=1e-12, atol=1e-12)


def test_what_is_learnt_equals_central_differences() -> None:
    generator = torch.Generator().manual_seed(5)
    network, _ = random_network([4, 6, 3], [Tanh, Sigmoid], (2,), generator)
    y = torch.randn(2, 5, 4, dtype=torch.float64, generator=generator)
    d = torch.rand(2, 5, 3, dtype=torch.float64, generator=generator)
    error = HalfSquaredError()
    error.forward(network.forward(y), d)
    network.backward(error.backward())
    h = 1e-6
    before = [w.clone() for w in network.weights()]
    learnt = changes(network)
    for w, old in zip(network.weights(), before, strict=True):
        w.copy_(old)
    for found, w in zip(learnt, network.weights(), strict=True):
        for index in product(*map(range, w.shape)):
            start = w[index].item()
            w[index] = start + h
            above = error.forward(network.forward(y), d).sum()
            w[index] = start - h
            below = error.forward(network.forward(y), d).sum()
            w[index] = start
            assert found[index].item() == pytest.approx(-(above - below).item() / (2 * h), abs=1e-8)


def test_one_neuron_by_hand() -> None:
    """V = 0.5 * 1 + 0.25 * 2 - 1 = 0, y = sigmoid(0) = 0.5, d = 1: delta = 0.5 * 0.25 = 0.125."""
    neuron = Linear(torch.tensor([[[0.5, 0.25]]]), torch.tensor([[-1.0]]))
    network, error = Network([neuron, Sigmoid()]), HalfSquaredError()
    assert (
        error.forward(network.forward(torch.tensor([[[1.0, 2.0]]])), torch.tensor([[[1.0]]])).item()
        == 0.125
    )
    network.backward(error.backward())
    network.update(eta=8.0)
    assert neuron.w.tolist() == [[[0.5 + 8 * 0.125 * 1, 0.25 + 8 * 0.125 * 2]]]
    assert neuron.b.tolist() == [[-1 + 8 * 0.125]]


def test_the_derivative_of_relu_is_one_at_zero() -> None:
    relu = ReLU()
    relu.forward(torch.tensor([[[-1.0, 0.0, 2.0]]]))
    assert relu.backward(torch.ones(1, 1, 3)).tolist() == [[[0.0, 1.0, 1.0]]]


def layer() -> Linear:
    return Linear(torch.zeros(2, 3, 5), torch.zeros(2, 3))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Linear(torch.zeros(3, 5), torch.zeros(3)),
            r"Linear: w: expected shape \(S, out, in\), got \(3, 5\)",
        ),
        (
            lambda: Linear(torch.zeros(2, 3, 5), torch.zeros(5)),
            r"Linear: b: expected shape \(2, 3\), .* got \(5,\)",
        ),
        (
            lambda: layer().forward(torch.zeros(2, 9, 3)),
            r"Linear.forward: y: expected shape \(2, B, 5\) with B >= 1, got \(2, 9, 3\)",
        ),
        (
            lambda: layer().forward(torch.zeros(5)),
            r"Linear.forward: y: expected shape \(2, B, 5\) with B >= 1, got \(5,\)",
        ),
        (
            lambda: layer().forward(torch.zeros(2, 4, 9, 5)),
            r"Linear.forward: y: expected shape \(2, B, 5\) with B >= 1, got \(2, 4, 9, 5\)",
        ),
        (
            lambda: layer().forward(torch.zeros(1, 9, 5)),
            r"Linear.forward: y: expected shape \(2, B, 5\) with B >= 1, got \(1, 9, 5\)",
        ),
        (
            lambda: layer().forward(torch.zeros(2, 0, 5)),
            r"Linear.forward: y: expected shape \(2, B, 5\) with B >= 1, got \(2, 0, 5\)",
        ),
        (
            lambda: HalfSquaredError().forward(torch.zeros(2, 9, 3), torch.zeros(9)),
            r"HalfSquaredError: d: expected shape \(2, 9, 3\), the shape of y, got \(9,\)",
        ),
        (
            lambda: HalfSquaredError().forward(torch.zeros(2, 9, 3), torch.zeros(2, 9, 1)),
            r"HalfSquaredError: d: expected shape \(2, 9, 3\), the shape of y, got \(2, 9, 1\)",
        ),
        (
            lambda: HalfSquaredError().forward(torch.zeros(9, 3), torch.zeros(9, 3)),
            r"HalfSquaredError: y: expected shape \(S, B, C\) with B >= 1, got \(9, 3\)",
        ),
        (
            lambda: HalfSquaredError().forward(torch.zeros(2, 0, 3), torch.zeros(2, 0, 3)),
            r"HalfSquaredError: y: expected shape \(S, B, C\) with B >= 1, got \(2, 0, 3\)",
        ),
    ],
)
def test_a_wrong_shape_is_refused_by_name(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("activation", [ReLU, Sigmoid, Tanh])
def test_an_activation_broadcasts_nothing(activation: type[ReLU | Sigmoid | Tanh]) -> None:
    made = activation()
    made.forward(torch.zeros(2, 9, 3))
    with pytest.raises(
        ValueError,
        match=rf"{activation.__name__}.backward: -dE/dy: expected shape \(2, 9, 3\), the shape of v,"
        r" got \(2, 9, 1\)",
    ):
        made.backward(torch.zeros(2, 9, 1))


@pytest.mark.parametrize("shape", [(3,), (9, 3), (2, 4, 9, 3), (2, 0, 3)])
@pytest.mark.parametrize("activation", [ReLU, Sigmoid, Tanh])
def test_an_activation_refuses_a_wrong_rank_and_an_empty_batch(
    activation: type[ReLU | Sigmoid | Tanh], shape: tuple[int, ...]
) -> None:
    expected = (
        f"{activation.__name__}.forward: v: expected shape (S, B, neurons) with B >= 1, got {shape}"
    )
    with pytest.raises(ValueError, match=re.escape(expected)):
        activation().forward(torch.zeros(shape))


def test_a_wrong_delta_is_refused_by_name() -> None:
    made = layer()
    made.forward(torch.zeros(2, 9, 5))
    with pytest.raises(
        ValueError, match=r"Linear.backward: delta: expected shape \(2, 9, 3\), got \(2, 9, 5\)"
    ):
        made.backward(torch.zeros(2, 9, 5))


def weights_after_training(places: list[int], *, batch: int, steps: int = 30) -> list[list[str]]:
    """Hashes of the weights of each of these networks after training them side by side, in float32."""
    generator = torch.Generator().manual_seed(3)
    widths, total = [2, 25, 9, 2], 20
    layers: list[backprop.Layer] = []
    for inputs, outputs in pairwise(widths):
        w = torch.randn(total, outputs, inputs, generator=generator)[places]
        layers += [Linear(w, torch.randn(total, outputs, generator=generator)[places]), Tanh()]
    layers[-1] = Sigmoid()
    network, error = Network(layers), HalfSquaredError()
    y = torch.randn(total, steps * batch, 2, generator=generator)[places].split(batch, dim=1)
    d = torch.rand(total, steps * batch, 2, generator=generator)[places].split(batch, dim=1)
    for inputs_, expected in zip(y, d, strict=True):
        error.forward(network.forward(inputs_), expected)
        network.backward(error.backward())
        network.update(eta=0.2)
    return [
        [hashlib.sha256(w[place].numpy().tobytes()).hexdigest() for w in network.weights()]
        for place in range(len(places))
    ]


@pytest.mark.parametrize("batch", [1, 3, 5, 10, 100])
def test_a_networks_bits_do_not_depend_on_its_neighbours(batch: int) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        whole = weights_after_training(list(range(20)), batch=batch)
        for together in (2, 3, 7, 19):
            assert weights_after_training(list(range(together)), batch=batch) == whole[:together]
        moved = [16, 17, 18, 19, *range(4, 16), 0, 1]  # by 16 places
        assert weights_after_training(moved, batch=batch) == [whole[place] for place in moved]
    finally:
        torch.set_num_threads(threads)
