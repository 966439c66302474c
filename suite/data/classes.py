"""Classes that are written as -1 and 1, as numbers from 0: a class's number is its score's place."""

from __future__ import annotations

import torch


def class_numbers(*parts: torch.Tensor) -> list[torch.Tensor]:
    """The parts of a target; -1 and 1 as class 0 and class 1 where they are all that it has."""
    values = {value for part in parts for value in part.unique().tolist()}
    is_whole = not any(part.is_floating_point() for part in parts)
    return [(part + 1) // 2 if is_whole and values == {-1, 1} else part for part in parts]
