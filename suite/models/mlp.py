"""Multi-layer perceptrons: the source's digit classifier, and the mini framework's network."""

from collections.abc import Sequence
from itertools import pairwise

from torch import nn


class DigitMLP(nn.Sequential):
    """196-500-500-128-10 with ReLU: 414,418 parameters. (B, 1, 14, 14) to digit scores (B, 10)."""

    def __init__(self) -> None:
        super().__init__(
            nn.Flatten(),
            nn.Linear(196, 500),
            nn.ReLU(),
            nn.Linear(500, 500),
            nn.ReLU(),
            nn.Linear(500, 128),
            nn.ReLU(),
            nn.Linear(128, 10),
        )


class SigmoidMLP(nn.Sequential):
    """Linear layers of the widths in `layers`, ReLU between them, a sigmoid at the end.

    (B, layers[0]) to (B, layers[-1]).
    """

    def __init__(self, layers: Sequence[int]) -> None:
        if len(layers) < 2:
            raise ValueError(
                f"layers: expected at least an input and an output width, got {list(layers)}"
            )
        modules: list[nn.Module] = []
        for inputs, outputs in pairwise(layers):
            modules += [nn.Linear(inputs, outputs), nn.ReLU()]
        super().__init__(*modules[:-1], nn.Sigmoid())
