"""Metrics by name.

Each takes outputs and targets by name, and gives a share in [0, 1]; None where the arm has no such
output. All are shares of what is right, and say of every item how much of it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

Tensors = Mapping[str, torch.Tensor]
Right = Callable[[Tensors, Tensors], torch.Tensor | None]


@dataclass(frozen=True)
class Share:
    """The share of right ones. `right` says of each, (N, ...), whether it is; None as above."""

    right: Right

    def __call__(self, outputs: Tensors, targets: Tensors) -> float | None:
        """The share over all items, whatever axes they have."""
        right = self.right(outputs, targets)
        return None if right is None else int(right.sum()) / right.numel()


def right_labels(outputs: Tensors, targets: Tensors) -> torch.Tensor | None:
    """Whether the largest output "label", or the largest of the only output, is the label.

    The output is (N, ..., C), the label (N, ...). Raises ValueError where they have another form:
    of one score an item the largest would be the first, always.
    """
    if "label" not in targets or not ("label" in outputs or len(outputs) == 1):
        return None
    scores, labels = outputs.get("label", next(iter(outputs.values()))), targets["label"]
    if scores.shape[:-1] != labels.shape or scores.shape[-1] < 2 or (labels < 0).any():
        raise ValueError(
            "accuracy: expected a row of scores for each item, one score a class, and labels from 0"
            f" of one form (N,), got scores {_form(scores)} and labels {_form(labels)} from"
            f" {labels.min().item():g}: give predict_proba's rows, or one-hot rows of labels; of"
            ' one score an item take name = "BinaryAccuracy"'
        )
    return scores.argmax(dim=-1) == labels


def _form(values: torch.Tensor) -> str:
    return f"({', '.join(['N', *map(str, values.shape[1:])])}{',' * (values.ndim == 1)})"


def right_digits(outputs: Tensors, targets: Tensors) -> torch.Tensor | None:
    """Whether digits are predicted right, of all sides. "digits": scores (N, 10) or (N, 2, 10)."""
    return _predicted(outputs) == targets["digits"] if "digits" in outputs else None


def right_first_digits(outputs: Tensors, targets: Tensors) -> torch.Tensor | None:
    """Whether first digits are predicted right."""
    return _of_side(outputs, targets, 0)


def right_second_digits(outputs: Tensors, targets: Tensors) -> torch.Tensor | None:
    """Whether second digits are predicted right."""
    return _of_side(outputs, targets, 1)


def right_targets(outputs: Tensors, targets: Tensors) -> torch.Tensor | None:
    """Whether the target of a pair follows from its two predicted digits.

    The predicted target is whether the first digit is less than or equal to the second. None where
    there is no "target" or no output "digits".
    """
    if "target" not in targets or "digits" not in outputs:
        return None
    first, second = _predicted(outputs).unbind(dim=1)
    return (first <= second).long() == targets["target"]


def right_comparisons(outputs: Tensors, targets: Tensors) -> torch.Tensor | None:
    """Whether the comparison head gives the target of a pair. "comparison": scores (N, 2)."""
    if "comparison" not in outputs:
        return None
    return outputs["comparison"].argmax(dim=-1) == targets["target"]


def _of_side(outputs: Tensors, targets: Tensors, side: int) -> torch.Tensor | None:
    if "digits" not in outputs or targets["digits"].ndim < 2:
        return None
    return _predicted(outputs)[:, side] == targets["digits"][:, side]


def _predicted(outputs: Tensors) -> torch.Tensor:
    return outputs["digits"].argmax(dim=-1)


accuracy = Share(right_labels)
digit_accuracy = Share(right_digits)
digit_accuracy_first = Share(right_first_digits)
digit_accuracy_second = Share(right_second_digits)
target_accuracy = Share(right_targets)
target_accuracy_head = Share(right_comparisons)

# What only some models and data have: parts of pairs, a head that compares.
OF_SOME_ARMS = (
    "digit_accuracy_first",
    "digit_accuracy_second",
    "target_accuracy",
    "target_accuracy_head",
)

METRICS: dict[str, Callable[[Tensors, Tensors], float | None]] = {
    "accuracy": accuracy,
    "digit_accuracy": digit_accuracy,
    "digit_accuracy_first": digit_accuracy_first,
    "digit_accuracy_second": digit_accuracy_second,
    "target_accuracy": target_accuracy,
    "target_accuracy_head": target_accuracy_head,
}
