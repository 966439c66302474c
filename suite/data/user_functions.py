"""Data from a function of the user's, "package.module:load".

`load(seed, **arguments)` is called for every seed with the seed of the data draw, and gives

    {"train": (inputs, targets), "test": (inputs, targets)}

where `inputs` is an array (N, ...), or a dict of arrays for a model with several inputs, and
`targets` an array (N, ...), then named "label", or a dict of arrays. Arrays are torch's or numpy's;
numbers become 32-bit floats, whole numbers stay whole. What the function reads from elsewhere is
not hashed: a file of declared bytes is (suite.data.user_files).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from suite.data.dataset import Dataset, Split
from suite.errors import SuiteError
from suite.provenance.references import load

if TYPE_CHECKING:
    from suite.task.components import FunctionData


def load_function(data: FunctionData, stream_seed: int) -> Dataset:
    """What the function gives, checked. Raises SuiteError naming what is wrong with it."""
    given = load(data.load)(stream_seed, **data.arguments)
    place = f"data: {data.load}"
    if not isinstance(given, Mapping) or set(given) != {"train", "test"}:
        raise SuiteError(
            f'{place}: expected {{"train": (inputs, targets), "test": (inputs, targets)}}, got'
            f" {_what(given)}"
        )
    train, test = (_split(f"{place}: {side}", given[side]) for side in ("train", "test"))
    if (one := _form(train)) != (other := _form(test)):
        raise SuiteError(
            f"{place}: expected the same inputs and targets in train and test, got {one} and"
            f" {other}"
        )
    return Dataset(train, test)


def _split(place: str, given: Any) -> Split:
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise SuiteError(f"{place}: expected (inputs, targets), got {_what(given)}")
    inputs, targets = (
        (
            {str(name): as_tensor(f"{place}: {name}", value) for name, value in part.items()}
            if isinstance(part, Mapping)
            else {default: as_tensor(f"{place}: {default}", part)}
        )
        for part, default in zip(given, ("inputs", "label"), strict=True)
    )
    sizes = {name: len(value) for name, value in (*inputs.items(), *targets.items())}
    if not inputs or not targets or len(set(sizes.values())) != 1 or 0 in sizes.values():
        raise SuiteError(f"{place}: expected as many rows in every input and target, got {sizes}")
    return Split(inputs, targets)


def as_tensor(place: str, value: Any, *, exact: bool = False) -> torch.Tensor:
    """The array as a tensor on the CPU: floats of 32 bits, or integers; of its own type if `exact`.
    Raises SuiteError where it is no array of numbers."""
    try:
        found = (
            value.detach().cpu()
            if isinstance(value, torch.Tensor)
            else torch.from_numpy(np.array(value))
        )
    except (TypeError, ValueError):
        raise SuiteError(f"{place}: expected an array of numbers, got {_what(value)}") from None
    if exact:
        return found
    if found.ndim == 0:
        raise SuiteError(
            f"{place}: expected an array with a row for each item, got a single number"
        )
    return found.float() if found.is_floating_point() else found.long()


def _form(split: Split) -> str:
    return ", ".join(
        f"{name} {tuple(value.shape[1:])}"
        for name, value in (*split.inputs.items(), *split.targets.items())
    )


def _what(value: Any) -> str:
    return (
        f"{type(value).__name__} {sorted(map(str, value))}"
        if isinstance(value, Mapping)
        else type(value).__name__
    )
