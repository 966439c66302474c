"""What every dataset gives a trainer.

`inputs` and `targets` are tensors by name, each with a row for each item. A single input is named
"inputs", unless its source names it; being the only one, a model is given it by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Split:
    """`inputs` and `targets` by name, each (N, ...).

    `rows` (N,): which row of its source's part each item is, so that another draw of the part can
    be seen to have the same items; None where items have no such number.
    """

    inputs: dict[str, torch.Tensor]
    targets: dict[str, torch.Tensor]
    rows: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(next(iter(self.targets.values())))

    def first(self, count: int) -> Split:
        """The first `count` items."""
        rows = None if self.rows is None else self.rows[:count]
        return Split(_first(self.inputs, count), _first(self.targets, count), rows)

    def to(self, device: torch.device) -> Split:
        """The same on another device."""
        return Split(_moved(self.inputs, device), _moved(self.targets, device), self.rows)


@dataclass(frozen=True)
class Dataset:
    """One replicate: what is trained on and what is tested on."""

    train: Split
    test: Split

    @property
    def first_target(self) -> str:
        """The name of the first target: what a model with one output predicts."""
        return next(iter(self.train.targets))

    def to(self, device: torch.device) -> Dataset:
        """The same on another device."""
        return Dataset(self.train.to(device), self.test.to(device))


def _first(tensors: Tensors, count: int) -> dict[str, torch.Tensor]:
    return {name: tensor[:count] for name, tensor in tensors.items()}


def _moved(tensors: Tensors, device: torch.device) -> dict[str, torch.Tensor]:
    return {name: tensor.to(device) for name, tensor in tensors.items()}
