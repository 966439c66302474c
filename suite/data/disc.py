"""Points in the unit square, labelled 1 inside the disc of area 1/2 around the centre, else 0.

The disc's radius is 1 / sqrt(2 pi), so that both classes are equally likely.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from suite.data.dataset import Dataset, Split

if TYPE_CHECKING:
    from suite.task.datasets import Disc

RADIUS = 1 / math.sqrt(2 * math.pi)


def load_disc(data: Disc, stream_seed: int) -> Dataset:
    """The training and test points with their labels.

    Inputs (N, 2), scaled to mean 0 and standard deviation 1 of the training draw; targets "label"
    (N,).
    """
    generator = torch.Generator().manual_seed(stream_seed)
    train = torch.rand(data.train_points, 2, generator=generator)
    test = torch.rand(data.test_points, 2, generator=generator)
    if data.split == "validation":
        test = torch.rand(
            data.test_points, 2, generator=generator
        )  # the next draw: the test points are never looked at
    mean, deviation = train.mean(dim=0), train.std(dim=0)
    return Dataset(
        Split({"inputs": (train - mean) / deviation}, {"label": inside(train)}),
        Split({"inputs": (test - mean) / deviation}, {"label": inside(test)}),
    )


def inside(points: torch.Tensor) -> torch.Tensor:
    """1 where a point (N, 2) lies in the disc, its border included, else 0: (N,)."""
    return ((points - 0.5).square().sum(dim=1) <= RADIUS**2).long()
