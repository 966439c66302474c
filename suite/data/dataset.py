"""What every dataset gives a trainer."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Split:
    """`inputs` (N, ...) and named `targets`, each (N, ...)."""

    inputs: torch.Tensor
    targets: dict[str, torch.Tensor]

    def to(self, device: torch.device) -> "Split":
        """The same on another device."""
        return Split(
            self.inputs.to(device),
            {name: target.to(device) for name, target in self.targets.items()},
        )


@dataclass(frozen=True)
class Dataset:
    """One replicate: what is trained on and what is tested on."""

    train: Split
    test: Split

    @property
    def first_target(self) -> str:
        """The name of the first target: what a model with one output predicts."""
        return next(iter(self.train.targets))

    def to(self, device: torch.device) -> "Dataset":
        """The same on another device."""
        return Dataset(self.train.to(device), self.test.to(device))
