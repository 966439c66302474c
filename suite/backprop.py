"""A mini deep-learning framework written by hand: any number of layers and neurons, no autograd.

It follows the derivation of back-propagation, in its order and its symbols. For neuron j at step n,
with inputs y_i, weights w_ji and expected output d_j (the sum runs from i = 0: y_0 = 1 is a
constant input, and its weight is the bias b_j):

    v_j = sum_i w_ji y_i                y_j = phi_j(v_j)                                    (1)
    e_j = d_j - y_j                     E = 1/2 sum_{j in C} e_j^2                          (2)
    dE/dw_ji = dE/dv_j dv_j/dw_ji       dv_j/dw_ji = y_i                                    (3)
    delta_j = -dE/dv_j                  w_ji(n+1) = w_ji(n) + eta delta_j y_i               (4)
    output neuron:                      delta_j = (d_j - y_j) phi'(v_j)                     (5)
    hidden neuron:                      delta_j = phi'(v_j) sum_k delta_k w_kj              (6)

What goes back through the network is -dE/dy_j: d_j - y_j behind the last layer, sum_k delta_k w_kj
behind the others. An activation multiplies it by phi'(v_j), which makes it delta_j; a linear layer
turns delta into the sum for the layer before, and keeps it for the change of its weights.

Shapes: S networks (say, seeds) are trained at once, each on its own data: y and delta are (S, B,
neurons), with a batch of B examples; the update (4) takes the mean over the batch. A network's bits
do not depend on how many others are trained beside it, if there is at least one, and its position
modulo 16 stays the same. Results are written into buffers that are made once for a shape, and
weights change in place: a result holds until the next call. What is there for speed and for equal
bits, and is no mathematics, stands at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


class Linear:
    """Neurons without activation: (1), left half. Weights w (S, out, in) and bias b (S, out)."""

    def __init__(self, w: Tensor, b: Tensor) -> None:
        _require("Linear: w", "(S, out, in)", w, holds=w.ndim == 3)
        _require(
            "Linear: b",
            f"{tuple(w.shape[:-1])}, the shape of w without its last axis",
            b,
            holds=b.shape == w.shape[:-1],
        )
        self.w, self.b = w, b
        self._buffers = Buffers()

    def forward(self, y: Tensor) -> Tensor:
        """v_j = sum_i w_ji y_i: (S, B, in) to (S, B, out)."""
        seeds, _, inputs = self.w.shape
        _require(
            "Linear.forward: y",
            f"({seeds}, B, {inputs}) with B >= 1",
            y,
            holds=y.ndim == 3 and y.shape == (seeds, max(y.shape[1], 1), inputs),
        )
        self.y = y
        v = self._buffers.of("v", (*y.shape[:-1], self.w.shape[1]), y)
        return torch.baddbmm(self.b.unsqueeze(1), y, self.w.mT, out=v)

    def backward(self, delta: Tensor) -> Tensor:
        """Keep delta_j for `update`, give sum_k delta_k w_kj (6): (S, B, out) to (S, B, in)."""
        expected = (*self.y.shape[:-1], self.w.shape[1])
        _require("Linear.backward: delta", str(expected), delta, holds=delta.shape == expected)
        self.delta = delta
        return torch.bmm(delta, self.w, out=self._buffers.of("sum", self.y.shape, delta))

    def update(self, eta: float) -> None:
        """w_ji += eta delta_j y_i, the mean over the batch, in place: (4).

        The input of b_j is y_0 = 1.
        """
        mean = eta / self.y.shape[1]
        self.w.baddbmm_(self.delta.mT, self.y, alpha=mean)
        self.b.add_(self.delta.sum(dim=1), alpha=mean)


class ReLU:
    """phi(v) = max(0, v); phi'(v) = 1 if v >= 0 else 0."""

    def __init__(self) -> None:
        self._buffers = Buffers()

    def forward(self, v: Tensor) -> Tensor:
        """phi(v): (S, B, neurons)."""
        _require_batch("ReLU.forward: v", v)
        self.slope = torch.ge(v, 0, out=self._buffers.of("slope", v.shape, v))
        return torch.clamp(v, min=0, out=self._buffers.of("y", v.shape, v))

    def backward(self, minus_dE_dy: Tensor) -> Tensor:
        """delta_j = phi'(v_j) (-dE/dy_j): (5), (6)."""
        _require_shape_of("ReLU.backward: -dE/dy", "v", self.slope, minus_dE_dy)
        return minus_dE_dy.mul_(self.slope)


class Sigmoid:
    """phi(v) = 1 / (1 + exp(-v)); phi'(v) = y (1 - y)."""

    def forward(self, v: Tensor) -> Tensor:
        """phi(v): (S, B, neurons)."""
        _require_batch("Sigmoid.forward: v", v)
        self.y = _elementwise(torch.sigmoid, v)
        return self.y

    def backward(self, minus_dE_dy: Tensor) -> Tensor:
        """delta_j = phi'(v_j) (-dE/dy_j): (5), (6)."""
        _require_shape_of("Sigmoid.backward: -dE/dy", "v", self.y, minus_dE_dy)
        return minus_dE_dy * (self.y * (1 - self.y))


class Tanh:
    """phi(v) = tanh(v); phi'(v) = 1 - y^2."""

    def forward(self, v: Tensor) -> Tensor:
        """phi(v): (S, B, neurons)."""
        _require_batch("Tanh.forward: v", v)
        self.y = _elementwise(torch.tanh, v)
        return self.y

    def backward(self, minus_dE_dy: Tensor) -> Tensor:
        """delta_j = phi'(v_j) (-dE/dy_j): (5), (6)."""
        _require_shape_of("Tanh.backward: -dE/dy", "v", self.y, minus_dE_dy)
        return minus_dE_dy * (1 - self.y * self.y)


Layer = Linear | ReLU | Sigmoid | Tanh


class HalfSquaredError:
    """E = 1/2 sum_j e_j^2 with e_j = d_j - y_j: (2)."""

    def forward(self, y: Tensor, d: Tensor) -> Tensor:
        """The mean of E over the batch: (S, B, C) to (S,)."""
        _require_batch("HalfSquaredError: y", y, neurons="C")
        _require_shape_of("HalfSquaredError: d", "y", y, d)
        self.e = d - y
        return self.e.square().sum(dim=(1, 2)) / (2 * y.shape[1])

    def backward(self) -> Tensor:
        """-dE/dy_j = d_j - y_j of every example: (S, B, C)."""
        return self.e


class Network:
    """Layers, one after the other."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)
        self.linear = [layer for layer in self.layers if isinstance(layer, Linear)]

    def forward(self, y: Tensor) -> Tensor:
        """(S, B, inputs) to (S, B, outputs)."""
        for layer in self.layers:
            y = layer.forward(y)
        return y

    def backward(self, minus_dE_dy: Tensor) -> None:
        """Takes -dE/dy of the outputs back to every layer's delta."""
        for layer in reversed(self.layers):
            minus_dE_dy = layer.backward(minus_dE_dy)

    def update(self, eta: float) -> None:
        """w_ji(n+1) = w_ji(n) + eta delta_j y_i in every layer: (4)."""
        for layer in self.linear:
            layer.update(eta)

    def weights(self) -> list[Tensor]:
        """In the order of the layers: w before b."""
        return [weight for layer in self.linear for weight in (layer.w, layer.b)]


# --- Not mathematics: checks of shapes, and what makes it fast and its bits the same ---

# floats: a multiple of every vector width, so that no element is left to a kernel's scalar
# remainder
VECTOR = 64


def _require(what: str, expected: str, got: Tensor, *, holds: bool) -> None:
    """Raises ValueError with the shape that is expected, unless it `holds`."""
    if not holds:
        raise ValueError(f"{what}: expected shape {expected}, got {tuple(got.shape)}")


def _require_batch(what: str, got: Tensor, *, neurons: str = "neurons") -> None:
    """Raises ValueError unless `got` is (S, B, neurons) with an example: nothing is broadcast."""
    holds = got.ndim == 3 and got.shape[1] > 0
    _require(what, f"(S, B, {neurons}) with B >= 1", got, holds=holds)


def _require_shape_of(what: str, name: str, of: Tensor, got: Tensor) -> None:
    """Raises ValueError unless both have one shape: nothing is broadcast."""
    _require(what, f"{tuple(of.shape)}, the shape of {name}", got, holds=got.shape == of.shape)


class Buffers:
    """Tensors to write results into, one for each name and shape, made when first asked for."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, tuple[int, ...]], Tensor] = {}

    def of(self, name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """The buffer `name` of a shape, with the type of `like`."""
        if (name, shape) not in self._made:
            self._made[name, shape] = torch.zeros(shape, dtype=like.dtype, device=like.device)
        return self._made[name, shape]


def _elementwise(phi: Callable[[Tensor], Tensor], v: Tensor) -> Tensor:
    """phi(v), with every element computed by the vector kernel.

    On CPUs the scalar kernel, used for what is left after whole vectors, rounds exp and tanh
    differently.
    """
    count = v.numel()
    padded = torch.nn.functional.pad(v.reshape(-1), (0, -count % VECTOR))
    return phi(padded)[:count].reshape(v.shape)
