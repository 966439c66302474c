"""Losses by name.

Each takes outputs and targets by name and gives a scalar: the mean over the batch.

A loss that needs an output or a target that is not there raises KeyError with its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch.nn import functional

Tensors = Mapping[str, torch.Tensor]


def digit_cross_entropy(outputs: Tensors, targets: Tensors) -> torch.Tensor:
    """Cross-entropy of the scores "digits" (B, 10) or (B, sides, 10).

    The mean over the batch, and the sum over the sides of a pair.
    """
    scores, digits = outputs["digits"], targets["digits"]
    sides = digits[0].numel()
    return sides * functional.cross_entropy(scores.flatten(0, -2), digits.flatten())


def target_cross_entropy(outputs: Tensors, targets: Tensors) -> torch.Tensor:
    """Cross-entropy of the comparison head's "comparison" (B, 2) with "target" (B,).

    The mean over the batch.
    """
    return functional.cross_entropy(outputs["comparison"], targets["target"])


def half_squared_error(outputs: Tensors, targets: Tensors) -> torch.Tensor:
    """E = 1/2 sum_j (d_j - y_j)^2 over the outputs "label" (B, C), with d one-hot.

    The mean over the batch.
    """
    y, labels = outputs["label"], targets["label"]
    d = (labels.unsqueeze(-1) == torch.arange(y.shape[-1], device=y.device)).to(
        y.dtype
    )  # one_hot, which vmap lacks
    return (d - y).square().sum(dim=-1).mean() / 2


LOSSES: dict[str, Callable[[Tensors, Tensors], torch.Tensor]] = {
    "digit_cross_entropy": digit_cross_entropy,
    "target_cross_entropy": target_cross_entropy,
    "half_squared_error": half_squared_error,
}
