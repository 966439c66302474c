"""A mini deep-learning framework, written by hand: any number of layers and neurons, and no autograd.

It follows the derivation of back-propagation, in its order and its symbols. For neuron j at step n, with inputs y_i,
weights w_ji and expected output d_j (the sum runs from i = 0: y_0 = 1 is a constant input, and its weight is the bias b_j):

    v_j = sum_i w_ji y_i                y_j = phi_j(v_j)                                    (1)
    e_j = d_j - y_j                     E = 1/2 sum_{j in C} e_j^2                          (2)
    dE/dw_ji = dE/dv_j dv_j/dw_ji       dv_j/dw_ji = y_i                                    (3)
    delta_j = -dE/dv_j                  w_ji(n+1) = w_ji(n) + eta delta_j y_i               (4)
    output neuron:                      delta_j = (d_j - y_j) phi'(v_j)                     (5)
    hidden neuron:                      delta_j = phi'(v_j) sum_k delta_k w_kj              (6)

What goes back through the network is -dE/dy_j: d_j - y_j behind the last layer, sum_k delta_k w_kj behind the others. An
activation multiplies it by phi'(v_j), which makes it delta_j; a linear layer turns delta into the change of its weights and
into the sum for the layer before.

Shapes: y and delta are (*S, B, neurons), with a batch of B examples; the update (4) takes the mean over the batch. *S is
nothing for one network, or (S,) for S networks (say, seeds) that are trained at once, each on its own data. A network's
bits do not depend on how many others are trained beside it, if there is at least one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

VECTOR = 64  # floats: a multiple of every vector width, so that no element is left to a kernel's scalar remainder


def _require(what: str, expected: str, got: Tensor, *, holds: bool) -> None:
    if not holds:
        raise ValueError(f"{what}: expected shape {expected}, got {tuple(got.shape)}")


class Parameter:
    """Weights w, and what the last backward pass found for them: delta_j y_i, the mean over the batch, (*S, ...)."""

    def __init__(self, w: Tensor) -> None:
        self.w = w
        self.delta_y = torch.zeros_like(w)


class Linear:
    """Neurons without activation: (1), left half. Weights w (*S, out, in) and bias b (*S, out)."""

    def __init__(self, w: Tensor, b: Tensor) -> None:
        _require("Linear: w", "(*S, out, in)", w, holds=w.ndim >= 2)
        _require(
            "Linear: b",
            f"{tuple(w.shape[:-1])}, the shape of w without its last axis",
            b,
            holds=b.shape == w.shape[:-1],
        )
        self.w, self.b = Parameter(w), Parameter(b)

    def forward(self, y: Tensor) -> Tensor:
        """v_j = sum_i w_ji y_i: (*S, B, in) to (*S, B, out)."""
        *S, _, inputs = self.w.w.shape
        expected = f"({', '.join(str(n) for n in [*S, 'B', inputs])})"
        _require("Linear.forward: y", expected, y, holds=(*y.shape[:-2], y.shape[-1]) == (*S, inputs))
        self.y = y
        return y @ self.w.w.mT + self.b.w.unsqueeze(-2)

    def backward(self, delta: Tensor) -> Tensor:
        """Keeps delta_j y_i (3, 4) and gives sum_k delta_k w_kj (6): (*S, B, out) to (*S, B, in)."""
        batch = self.y.shape[-2]
        expected = (*self.y.shape[:-1], self.w.w.shape[-2])
        _require("Linear.backward: delta", str(expected), delta, holds=delta.shape == expected)
        self.w.delta_y = delta.mT @ self.y / batch
        self.b.delta_y = delta.sum(dim=-2) / batch  # its input is y_0 = 1
        return delta @ self.w.w

    def parameters(self) -> list[Parameter]:
        return [self.w, self.b]


class ReLU:
    """phi(v) = max(0, v); phi'(v) = 1 if v >= 0 else 0."""

    def forward(self, v: Tensor) -> Tensor:
        self.v = v
        return v.clamp(min=0)

    def backward(self, minus_dE_dy: Tensor) -> Tensor:
        return minus_dE_dy * (self.v >= 0)

    def parameters(self) -> list[Parameter]:
        return []


class Sigmoid:
    """phi(v) = 1 / (1 + exp(-v)); phi'(v) = y (1 - y)."""

    def forward(self, v: Tensor) -> Tensor:
        self.y = _elementwise(torch.sigmoid, v)
        return self.y

    def backward(self, minus_dE_dy: Tensor) -> Tensor:
        return minus_dE_dy * (self.y * (1 - self.y))

    def parameters(self) -> list[Parameter]:
        return []


class Tanh:
    """phi(v) = tanh(v); phi'(v) = 1 - y^2."""

    def forward(self, v: Tensor) -> Tensor:
        self.y = _elementwise(torch.tanh, v)
        return self.y

    def backward(self, minus_dE_dy: Tensor) -> Tensor:
        return minus_dE_dy * (1 - self.y * self.y)

    def parameters(self) -> list[Parameter]:
        return []


def _elementwise(phi: Callable[[Tensor], Tensor], v: Tensor) -> Tensor:
    """phi(v), every element by the vector kernel: on CPUs its scalar remainder rounds exp and tanh differently."""
    count = v.numel()
    padded = torch.nn.functional.pad(v.reshape(-1), (0, -count % VECTOR))
    return phi(padded)[:count].reshape(v.shape)


Layer = Linear | ReLU | Sigmoid | Tanh


class HalfSquaredError:
    """E = 1/2 sum_j e_j^2 with e_j = d_j - y_j: (2)."""

    def forward(self, y: Tensor, d: Tensor) -> Tensor:
        """The mean of E over the batch: (*S, B, C) to (*S,)."""
        _require("HalfSquaredError: d", f"{tuple(y.shape)}, the shape of y", d, holds=d.shape == y.shape)
        self.e = d - y
        return self.e.square().sum(dim=(-2, -1)) / (2 * y.shape[-2])

    def backward(self) -> Tensor:
        """-dE/dy_j = d_j - y_j of every example: (*S, B, C)."""
        return self.e


class Network:
    """Layers, one after the other."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)

    def forward(self, y: Tensor) -> Tensor:
        """(*S, B, inputs) to (*S, B, outputs)."""
        for layer in self.layers:
            y = layer.forward(y)
        return y

    def backward(self, minus_dE_dy: Tensor) -> None:
        """Takes -dE/dy of the outputs back to every parameter's delta_j y_i."""
        for layer in reversed(self.layers):
            minus_dE_dy = layer.backward(minus_dE_dy)

    def parameters(self) -> list[Parameter]:
        """In the order of the layers: w before b."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]


class SGD:
    """w_ji(n+1) = w_ji(n) + eta delta_j y_i: (4)."""

    def __init__(self, parameters: Sequence[Parameter], eta: float) -> None:
        self.parameters, self.eta = list(parameters), eta

    def step(self) -> None:
        """Changes the weights in place."""
        for parameter in self.parameters:
            parameter.w.add_(parameter.delta_y, alpha=self.eta)
