"""The models of this comparison: any torch.nn.Module. A task names one as "my_models:Net"."""

from __future__ import annotations

import torch
from torch import nn


class Net(nn.Module):
    """Scores of ten digits (B, 10) from images (B, 1, 8, 8)."""

    def __init__(self, width: int = 32, batch_norm: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64, width),
            nn.BatchNorm1d(width) if batch_norm else nn.Identity(),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, 10),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """One output needs no name. With several heads: return a dict of tensors by name."""
        scores: torch.Tensor = self.layers(images)
        return scores
