"""A layer's weights in memory."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from suite.engine import products
from suite.engine.assembly import Buffer, Places, padded


@dataclass
class Matrix:
    """A weight matrix (inputs, outputs) in panels, and its bias.

    `order`: for each row which of torch's inputs it is; None until the first use decides.
    """

    buffer: Buffer
    inputs: int
    outputs: int
    bias: Buffer | None
    order: torch.Tensor | None = None

    def places(self) -> Places:
        """Of the weights, (outputs, inputs in torch's order)."""
        k, n = torch.arange(self.inputs), torch.arange(self.outputs).unsqueeze(1)
        panel = n // products.PANEL * products.PANEL
        width = (padded(self.outputs) - panel).clamp(max=products.PANEL)
        places = self.buffer.start + panel * padded(self.inputs) + k * width + n - panel
        order = torch.arange(self.inputs) if self.order is None else self.order
        return places[:, torch.argsort(order)]


@dataclass(frozen=True)
class Norm:
    """Batch normalisation: its scale, bias and running statistics; those are two rows."""

    scale: Buffer
    bias: Buffer
    running: Buffer
    epsilon: float
    momentum: float
