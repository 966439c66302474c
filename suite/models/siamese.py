"""Networks for pairs of digits: one trunk for both, or one for each. Inputs (B, 2, 14, 14)."""

import torch
from torch import nn

from suite.models.cnn import DigitCNN


class ComparisonHead(nn.Sequential):
    """Two digits' scores (B, 20) to scores of target 0 and 1 (B, 2), by one hidden layer."""

    def __init__(self, width: int) -> None:
        super().__init__(nn.Linear(20, width), nn.ReLU(), nn.Linear(width, 2))


class SiameseCNN(nn.Module):
    """One digit classifier for both digits (shared weights), and a head that compares its outputs.

    Gives "digits" (B, 2, 10), scores, and "comparison" (B, 2), scores of target 0 and 1.
    """

    def __init__(self, comparison_width: int = 64) -> None:
        super().__init__()
        self.trunk = DigitCNN()
        self.head = ComparisonHead(comparison_width)

    def forward(self, pairs: torch.Tensor) -> dict[str, torch.Tensor]:
        """The outputs for `pairs` (B, 2, 14, 14), by name."""
        digits = self.trunk(pairs.flatten(0, 1).unsqueeze(1)).unflatten(0, (-1, 2))
        return {"digits": digits, "comparison": self.head(digits.flatten(1))}


class SeparateCNNs(nn.Module):
    """Two digit classifiers, one for each side of the pair, that share nothing.

    Gives "digits" (B, 2, 10), scores.

    Their losses add up and no parameter sees both, so a step on the sum is a step on each alone:
    both optimisers in use here (Adam, SGD) treat every parameter by itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = DigitCNN()
        self.second = DigitCNN()

    def forward(self, pairs: torch.Tensor) -> dict[str, torch.Tensor]:
        """The outputs for `pairs` (B, 2, 14, 14), by name."""
        first, second = self.first(pairs[:, :1]), self.second(pairs[:, 1:])
        return {"digits": torch.stack((first, second), dim=1)}


class UnsharedCNNs(nn.Module):
    """As SiameseCNN, but each side has a digit classifier of its own.

    The outputs are the same; no weights are shared.
    """

    def __init__(self, comparison_width: int = 64) -> None:
        super().__init__()
        self.trunks = SeparateCNNs()
        self.head = ComparisonHead(comparison_width)

    def forward(self, pairs: torch.Tensor) -> dict[str, torch.Tensor]:
        """The outputs for `pairs` (B, 2, 14, 14), by name."""
        digits = self.trunks(pairs)["digits"]
        return {"digits": digits, "comparison": self.head(digits.flatten(1))}
