"""Metrics by name.

Each takes outputs and targets by name, and gives a share in [0, 1]; None where the arm has no such
output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

Tensors = Mapping[str, torch.Tensor]


def accuracy(outputs: Tensors, targets: Tensors) -> float | None:
    """Share of items whose largest output "label" (N, C) is the label (N,)."""
    return (
        _share(outputs["label"].argmax(dim=-1) == targets["label"]) if "label" in outputs else None
    )


def digit_accuracy(outputs: Tensors, targets: Tensors) -> float | None:
    """Share of digits predicted right, all sides pooled. "digits": scores (N, 10) or (N, 2, 10)."""
    return _share(_predicted(outputs) == targets["digits"]) if "digits" in outputs else None


def digit_accuracy_first(outputs: Tensors, targets: Tensors) -> float | None:
    """Share of first digits predicted right."""
    return _of_side(outputs, targets, 0)


def digit_accuracy_second(outputs: Tensors, targets: Tensors) -> float | None:
    """Share of second digits predicted right."""
    return _of_side(outputs, targets, 1)


def target_accuracy(outputs: Tensors, targets: Tensors) -> float | None:
    """Share of pairs whose target follows from the two predicted digits.

    The predicted target is whether the first digit is less than or equal to the second. None where
    there is no "target" or no output "digits".
    """
    if "target" not in targets or "digits" not in outputs:
        return None
    first, second = _predicted(outputs).unbind(dim=1)
    return _share((first <= second).long() == targets["target"])


def target_accuracy_head(outputs: Tensors, targets: Tensors) -> float | None:
    """Share of pairs whose target the comparison head gives. "comparison": scores (N, 2)."""
    return (
        _share(outputs["comparison"].argmax(dim=-1) == targets["target"])
        if "comparison" in outputs
        else None
    )


def _of_side(outputs: Tensors, targets: Tensors, side: int) -> float | None:
    if "digits" not in outputs or targets["digits"].ndim < 2:
        return None
    return _share(_predicted(outputs)[:, side] == targets["digits"][:, side])


def _predicted(outputs: Tensors) -> torch.Tensor:
    return outputs["digits"].argmax(dim=-1)


def _share(right: torch.Tensor) -> float:
    return int(right.sum()) / right.numel()


METRICS: dict[str, Callable[[Tensors, Tensors], float | None]] = {
    "accuracy": accuracy,
    "digit_accuracy": digit_accuracy,
    "digit_accuracy_first": digit_accuracy_first,
    "digit_accuracy_second": digit_accuracy_second,
    "target_accuracy": target_accuracy,
    "target_accuracy_head": target_accuracy_head,
}
