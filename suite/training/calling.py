"""How a model is called: a single input by position, several by name; and its outputs by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import torch

from suite.training.recipe import Tensors


def call(model: Callable[..., object], inputs: Tensors, first_target: str) -> Tensors:
    """A model's outputs by name.

    Raises TypeError where it gives no tensors, and ValueError where they have no row for each item.
    """
    first, *others = inputs.values()
    outputs = named_outputs(model(**inputs) if others else model(first), first_target)
    for name, output in outputs.items():
        if output.ndim == 0 or len(output) != len(first):
            raise ValueError(
                f"model: output {name}: expected a row for each of {len(first)} items, got shape"
                f" {tuple(output.shape)}"
            )
    return outputs


def named_outputs(outputs: object, first_target: str) -> Tensors:
    """A model's outputs by name; a single one has the name of its dataset's first target.

    Raises TypeError where they are no tensors.
    """
    if isinstance(outputs, torch.Tensor):
        return {first_target: outputs}
    if isinstance(outputs, Mapping) and all(
        isinstance(output, torch.Tensor) for output in outputs.values()
    ):
        return cast(Tensors, outputs)
    raise TypeError(
        "model: expected a tensor, or a dict of tensors by name, from forward, got"
        f" {type(outputs).__name__}"
    )
