"""Data from a function of the user's, "package.module:load".

`load(seed, **arguments)` is called with every seed of the study, and gives

    {"train": (inputs, targets), "test": (inputs, targets)}

where `inputs` is an array (N, ...), or a dict of arrays for a model with several inputs, and
`targets` an array (N, ...), then named "label", or a dict of arrays. Arrays are torch's or numpy's;
numbers become 32-bit floats, whole numbers stay whole; a target of -1 and 1 becomes 0 and 1. What
the function reads from elsewhere is no part of the question, and only noted where it is of the
user's project: a file of declared bytes is one (suite.data.user_files).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from suite.data.classes import class_numbers
from suite.data.dataset import Dataset, Split
from suite.errors import SuiteError
from suite.provenance.references import load

if TYPE_CHECKING:
    from suite.task.datasets import FunctionData


def load_function(data: FunctionData, seed: int) -> Dataset:
    """What the function gives, checked. Raises SuiteError naming what is wrong with it."""
    function = load(data.load)
    with threadpool_limits(torch.get_num_threads()):  # sums of NumPy may depend on their number
        parts = function(seed, **data.arguments)
    field = f"data: {data.load}"
    if not isinstance(parts, Mapping) or set(parts) != {"train", "test"}:
        raise SuiteError(
            f'{field}: expected {{"train": (inputs, targets), "test": (inputs, targets)}}, got'
            f" {_type_of(parts)}"
        )
    train, test = (_split(f"{field}: {side}", parts[side]) for side in ("train", "test"))
    if (train_form := _form(train)) != (test_form := _form(test)):
        raise SuiteError(
            f"{field}: expected the same inputs and targets in train and test, got {train_form} and"
            f" {test_form}"
        )
    targets = {
        name: class_numbers(train.targets[name], test.targets[name]) for name in train.targets
    }
    first, second = ({name: both[side] for name, both in targets.items()} for side in (0, 1))
    return Dataset(Split(train.inputs, first), Split(test.inputs, second))


def _split(field: str, pair: Any) -> Split:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise SuiteError(f"{field}: expected (inputs, targets), got {_type_of(pair)}")
    inputs, targets = (
        (
            {str(name): as_tensor(f"{field}: {name}", value) for name, value in part.items()}
            if isinstance(part, Mapping)
            else {default: as_tensor(f"{field}: {default}", part)}
        )
        for part, default in zip(pair, ("inputs", "label"), strict=True)
    )
    sizes = {name: len(value) for name, value in (*inputs.items(), *targets.items())}
    if not inputs or not targets or len(set(sizes.values())) != 1 or 0 in sizes.values():
        raise SuiteError(f"{field}: expected as many rows in every input and target, got {sizes}")
    return Split(inputs, targets)


def as_tensor(field: str, value: Any, *, exact: bool = False) -> torch.Tensor:
    """The array as a tensor on the CPU: floats of 32 bits, or integers; of its own type if `exact`.

    Raises SuiteError where it is no array of numbers.
    """
    try:
        tensor = (
            value.detach().cpu()
            if isinstance(value, torch.Tensor)
            else torch.from_numpy(np.array(value))
        )
    except (TypeError, ValueError):
        raise SuiteError(f"{field}: expected an array of numbers, got {_type_of(value)}") from None
    if exact:
        return tensor
    if tensor.ndim == 0:
        raise SuiteError(
            f"{field}: expected an array with a row for each item, got a single number"
        )
    return tensor.float() if tensor.is_floating_point() else tensor.long()


def _form(split: Split) -> str:
    return ", ".join(
        f"{name} {tuple(value.shape[1:])}"
        for name, value in (*split.inputs.items(), *split.targets.items())
    )


def _type_of(value: Any) -> str:
    return (
        f"{type(value).__name__} {sorted(map(str, value))}"
        if isinstance(value, Mapping)
        else type(value).__name__
    )
