"""Where a model's weights are in memory: a matrix or a normalisation for each of its layers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from suite.engine.assembly import Buffer, Places, Space
from suite.engine.emitting import CannotLowerError
from suite.engine.weights import Matrix, Norm

BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


@dataclass
class Parameters:
    """The weights of `model`. `learnt`: what the optimiser changes, in the model's order."""

    model: nn.Module
    space: Space
    matrices: dict[nn.Module, Matrix] = field(default_factory=dict)
    norms: dict[nn.Module, Norm] = field(default_factory=dict)
    learnt: list[Buffer] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = set[str]()
        for name, layer in self.model.named_modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                self._add_matrix(name, layer)
            elif isinstance(layer, BATCH_NORMS):
                self._add_norm(name, layer)
            else:
                continue
            known.update(f"{name}.{inner}" if name else inner for inner in layer.state_dict())
        for name in self.model.state_dict():
            if name not in known:
                raise CannotLowerError(f"{name}: a weight of {_kind_of_owner(self.model, name)}")

    def places(self) -> dict[str, Places]:
        """The places of all weights and statistics by name, in torch's shapes; counts are none."""
        found = dict[str, Places]()
        for name, layer in self.model.named_modules(remove_duplicate=False):
            begin = f"{name}." if name else ""
            if (matrix := self.matrices.get(layer)) is not None:
                found[f"{begin}weight"] = _in_torchs_shape(layer, matrix)
                if matrix.bias is not None:
                    found[f"{begin}bias"] = matrix.bias.places()[0]
            elif (norm := self.norms.get(layer)) is not None:
                found[f"{begin}weight"] = norm.scale.places()[0]
                found[f"{begin}bias"] = norm.bias.places()[0]
                mean, variance = norm.running.places()
                found |= {f"{begin}running_mean": mean, f"{begin}running_var": variance}
        return found

    def write(self, memory: np.ndarray, weights: nn.Module) -> None:
        """Writes a model's weights to memory."""
        state = weights.state_dict()
        for name, places in self.places().items():
            memory[places.numpy()] = state[name].detach().to(torch.float32).numpy()

    def _add_matrix(self, name: str, layer: nn.Linear | nn.Conv2d) -> None:
        inputs = layer.weight[0].numel()
        if isinstance(layer, nn.Conv2d):
            _require_plain(name, layer)
        matrix = self._learnt(-(-inputs // 16) * 16, layer.weight.shape[0], layer.weight)
        bias = None if layer.bias is None else self._learnt(1, len(layer.bias), layer.bias)
        order = None
        if isinstance(layer, nn.Conv2d):  # rows are (tap, channel), torch's inputs (channel, tap)
            of_torch = torch.arange(inputs).reshape(layer.weight.shape[1], -1)
            order = of_torch.T.reshape(-1)
        self.matrices[layer] = Matrix(matrix, inputs, layer.weight.shape[0], bias, order)

    def _add_norm(self, name: str, layer: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
        if not layer.affine or not layer.track_running_stats or layer.momentum is None:
            raise CannotLowerError(
                f"{name}: {type(layer).__name__} without scale, running statistics or momentum"
            )
        scale, bias = (self._learnt(1, len(w), w) for w in (layer.weight, layer.bias))
        running = self.space.allocate(2, len(layer.weight), learns=False)
        self.norms[layer] = Norm(scale, bias, running, layer.eps, layer.momentum)

    def _learnt(self, rows: int, columns: int, weight: torch.Tensor) -> Buffer:
        if weight.dtype != torch.float32:
            raise CannotLowerError(f"weights of {weight.dtype}")
        buffer = self.space.allocate(rows, columns, learns=weight.requires_grad)
        if weight.requires_grad:
            self.learnt.append(buffer)
        return buffer


def _require_plain(name: str, layer: nn.Conv2d) -> None:
    if layer.groups != 1 or layer.dilation != (1, 1) or layer.padding_mode != "zeros":
        raise CannotLowerError(f"{name}: Conv2d with groups, dilation or another border than zeros")


def _in_torchs_shape(layer: nn.Module, matrix: Matrix) -> Places:
    places = matrix.places()
    return places.reshape(layer.weight.shape) if isinstance(layer, nn.Conv2d) else places


def _kind_of_owner(model: nn.Module, name: str) -> str:
    owner = model.get_submodule(name.rpartition(".")[0])
    return type(owner).__name__
