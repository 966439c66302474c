"""How a model is called: a single input by position, several by name; and its outputs by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
    """A model's outputs by name; a single tensor has the name of its dataset's first target.

    What is None in a dict is left out, as libraries of models do.

    Raises TypeError where they are no tensors.
    """
    if isinstance(outputs, torch.Tensor):
        return {first_target: outputs}
    if isinstance(outputs, Mapping):
        named = {str(name): output for name, output in outputs.items() if output is not None}
        if named and all(isinstance(output, torch.Tensor) for output in named.values()):
            return named
    raise TypeError(
        "model: expected a tensor, or a dict of tensors by name, from forward, got"
        f" {_described(outputs)}"
    )


def _described(outputs: object) -> str:
    """The type, and of a dict the first value that is no tensor."""
    kind = type(outputs).__name__
    for name, output in outputs.items() if isinstance(outputs, Mapping) else ():
        if not isinstance(output, torch.Tensor | None):
            return f"{kind} with {name}, which is {type(output).__name__}"
    return kind
