"""Small networks that between them have every layer of the engine, and how they are trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from suite.engine.network import Adam, Descent, LossTerm, Network
from suite.models.cnn import DigitCNN
from suite.models.mlp import DigitMLP, SigmoidMLP
from suite.models.siamese import SeparateCNNs, SiameseCNN, UnsharedCNNs

Tensors = dict[str, torch.Tensor]
BATCH = 9


class Residual(nn.Module):
    """Normalised convolutions around which the input goes, as in a ResNet, and functions for layers."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.second, self.norm_2 = nn.Conv2d(6, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.short = nn.Conv2d(3, 6, 1)
        self.head = nn.Linear(6, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.relu(self.norm(self.first(x)))
        y = self.norm_2(self.second(y)) + self.short(x)
        y = functional.adaptive_avg_pool2d(torch.relu(y), 1)
        scores: torch.Tensor = self.head(y.view(y.size(0), -1))
        return scores


class Branches(nn.Module):
    """One value in three places: whole, in part, and twice through the same layer; two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.shared, self.left, self.right = nn.Linear(5, 20), nn.Linear(8, 3), nn.Linear(40, 1)

    def forward(self, x: torch.Tensor) -> Tensors:
        h = torch.tanh(self.shared(x[:, 0]))
        k = self.shared(x[:, 1]).relu()
        both = torch.cat([h, k], dim=1)
        return {"label": self.left(h[:, 2:10]), "value": self.right(both)}


class Twice(nn.Module):
    """The same convolutions for two images, of which a pooling alone takes the outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.base, self.conv = nn.Conv2d(1, 16, 3), nn.Conv2d(16, 20, (3, 2))
        self.relu, self.pool, self.head = nn.ReLU(), nn.MaxPool2d((2, 3)), nn.Linear(40, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        left, right = (
            self.pool(self.relu(self.conv(torch.tanh(self.base(x[:, n : n + 1]))))) for n in (0, 1)
        )
        scores: torch.Tensor = self.head((left + right).flatten(1))
        return scores


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 6, (3, 2), stride=(2, 1)), nn.Tanh(), nn.AvgPool2d(2, stride=1, padding=1), nn.Conv2d(6, 18, 3, padding=1),
        nn.GELU(), nn.MaxPool2d(3, stride=2, padding=1), nn.Flatten(), nn.LazyLinear(21), nn.LeakyReLU(0.1), nn.Linear(21, 4),
    )  # fmt: skip


def dense() -> nn.Module:
    return nn.Sequential(
        nn.Linear(7, 70), nn.BatchNorm1d(70), nn.ReLU(), nn.Linear(70, 33), nn.GELU(approximate="tanh"), nn.Sigmoid(), nn.ReLU(),
        nn.Linear(33, 4, bias=False),
    )  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A network, the shapes of its inputs, its targets' kinds, and its loss."""

    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    terms: tuple[LossTerm, ...]
    sides: int = 1

    def data(self, count: int) -> tuple[Tensors, Tensors]:
        draw = torch.Generator().manual_seed(3)
        inputs = {"inputs": torch.randn(count, *self.shape, generator=draw)}
        sides = () if self.sides == 1 else (self.sides,)
        return inputs, {
            "label": torch.randint(4, (count,), generator=draw) % (2 if self.build is disc else 4),
            "digits": torch.randint(10, (count, *sides), generator=draw),
            "target": torch.randint(2, (count,), generator=draw),
            "value": torch.randn(count, generator=draw).abs().clamp(max=1),
        }

    def network(self, model: nn.Module, optimizer: Descent | Adam) -> Network:
        inputs, targets = self.data(1)
        of_inputs, of_targets = (
            {n: tuple(v.shape[1:]) for n, v in group.items()} for group in (inputs, targets)
        )
        return Network(model, of_inputs, of_targets, list(self.terms), optimizer)


def disc() -> nn.Module:
    return SigmoidMLP([2, 25, 25, 25, 2])


CLASSES = (LossTerm("cross_entropy", "label"),)
DIGITS = LossTerm("cross_entropy", "digits", factor=2.0)
HEAD = LossTerm("cross_entropy", "target", "comparison")
TWO = (
    LossTerm("cross_entropy", "label"), LossTerm("binary", "value", factor=0.3), LossTerm("squared", "value", factor=0.7),
)  # fmt: skip
EXAMPLES = {
    "mlp": Example(DigitMLP, (1, 14, 14), (LossTerm("cross_entropy", "digits"),)),
    "cnn": Example(DigitCNN, (1, 14, 14), (LossTerm("cross_entropy", "digits"),)),
    "siamese": Example(SiameseCNN, (2, 14, 14), (HEAD, DIGITS), sides=2),
    "separate": Example(SeparateCNNs, (2, 14, 14), (DIGITS,), sides=2),
    "unshared": Example(UnsharedCNNs, (2, 14, 14), (HEAD, DIGITS), sides=2),
    "disc": Example(disc, (2,), (LossTerm("squared_one_hot", "label", factor=0.5),)),
    "residual": Example(Residual, (3, 8, 7), CLASSES),
    "branches": Example(Branches, (2, 5), TWO),
    "twice": Example(Twice, (2, 9, 7), CLASSES),
    "lenet": Example(lenet, (3, 11, 8), CLASSES),
    "dense": Example(dense, (7,), CLASSES),
}


def built(example: Example) -> nn.Module:
    """The network with initial weights of torch's, the same each time."""
    with torch.random.fork_rng():
        torch.manual_seed(11)
        model = example.build()
        model.eval()(*example.data(2)[0].values())
    return model


def as_items(inputs: Tensors, targets: Tensors) -> np.ndarray:
    """A row for each item: its inputs, then its targets."""
    rows = [v.reshape(len(v), -1).float() for v in (*inputs.values(), *targets.values())]
    return torch.cat(rows, dim=1).numpy()
