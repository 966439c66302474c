"""Networks for pairs of digits: one trunk for both, or one for each. Inputs (B, 2, 14, 14)."""

import torch
from torch import nn

from suite.models.cnn import DigitCNN


class SiameseCNN(nn.Module):
    """One digit classifier for both digits (shared weights), and a head that compares its two outputs.

    Gives "digits" (B, 2, 10), scores, and "comparison" (B, 2), scores of target 0 and 1.
    """

    def __init__(self, comparison_width: int = 64) -> None:
        super().__init__()
        self.trunk = DigitCNN()
        self.head = nn.Sequential(nn.Linear(20, comparison_width), nn.ReLU(), nn.Linear(comparison_width, 2))

    def forward(self, pairs: torch.Tensor) -> dict[str, torch.Tensor]:
        digits = self.trunk(pairs.flatten(0, 1).unsqueeze(1)).unflatten(0, (-1, 2))
        return {"digits": digits, "comparison": self.head(digits.flatten(1))}


class SeparateCNNs(nn.Module):
    """Two digit classifiers, one for each side of the pair, that share nothing. Gives "digits" (B, 2, 10), scores.

    Their losses add up and no parameter sees both, so a step on the sum is a step on each alone: both optimisers in
    use here (Adam, SGD) treat every parameter by itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = DigitCNN()
        self.second = DigitCNN()

    def forward(self, pairs: torch.Tensor) -> dict[str, torch.Tensor]:
        first, second = self.first(pairs[:, :1]), self.second(pairs[:, 1:])
        return {"digits": torch.stack((first, second), dim=1)}
