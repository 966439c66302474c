"""Dropout for many seeds side by side, each with a random stream of its own.

Masks are drawn outside the step and handed in. torch's own dropout would draw one mask for all
seeds from one generator, so that a seed's bits would depend on the others.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from suite.training.calling import call
from suite.training.recipe import Tensors

WHOLE_CHANNELS = (nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)


class _Masked(nn.Module):
    """Multiplies its input by `mask` while training: zero with probability p, else 1 / (1 - p)."""

    mask: torch.Tensor

    def __init__(self, replaced: nn.Dropout | nn.Dropout1d | nn.Dropout2d | nn.Dropout3d) -> None:
        super().__init__()
        self.kept, self.whole_channels = 1.0 - replaced.p, isinstance(replaced, WHOLE_CHANNELS)
        self.shape: tuple[int, ...] | None = None  # of a mask, seen in a forward pass
        self.register_buffer("mask", torch.ones(()), persistent=False)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return values
        self.shape = tuple(values.shape)
        if self.whole_channels:
            self.shape = self.shape[:2] + (1,) * (values.ndim - 2)
        return values * self.mask


class Dropouts:
    """Replacements for the dropout layers of `model`, and one random generator per seed.

    The generators are seeded with `streams`.
    """

    def __init__(self, model: nn.Module, streams: Sequence[int], device: torch.device) -> None:
        self._model, self._device = model, device
        self._generators = [torch.Generator().manual_seed(stream) for stream in streams]
        self._shapes: dict[tuple[torch.Size, ...], dict[str, tuple[int, ...]]] = {}
        for name, layer in list(model.named_modules()):
            if isinstance(layer, (nn.Dropout, *WHOLE_CHANNELS)) and layer.p > 0:
                model.set_submodule(name, _Masked(layer))
        self._layers = {
            name: layer for name, layer in model.named_modules() if isinstance(layer, _Masked)
        }

    def draw(self, inputs: Tensors) -> dict[str, torch.Tensor]:
        """The masks (S, ...) of a step on `inputs`, each (S, B, ...), by their buffer's name."""
        if not self._layers:
            return {}
        form = tuple(values.shape for values in inputs.values())
        if form not in self._shapes:
            self._shapes[form] = self._shapes_for(inputs)
        shapes = self._shapes[form]
        # seed by seed and layer by layer: what a seed draws does not depend on the others
        drawn = [
            {name: self._mask(name, shape, generator) for name, shape in shapes.items()}
            for generator in self._generators
        ]
        return {
            f"{name}.mask": torch.stack([masks[name] for masks in drawn]).to(self._device)
            for name in shapes
        }

    @torch.no_grad()
    def _shapes_for(self, inputs: Tensors) -> dict[str, tuple[int, ...]]:
        """The shape of each layer's mask, seen in a pass of one seed's inputs."""
        call(self._model.train(), {name: values[0] for name, values in inputs.items()}, "")
        return {name: layer.shape or () for name, layer in self._layers.items()}

    def _mask(self, name: str, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        kept = self._layers[name].kept
        if kept == 0:
            return torch.zeros(shape)
        return torch.bernoulli(torch.full(shape, kept), generator=generator) / kept
