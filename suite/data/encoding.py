"""Categories and missing numbers as numbers, by the recipe that a task declares.

All that is learned, the middle and spread of a column and which words were seen, is learned from
the training rows alone. How wide the result is depends on the file and not on the rows drawn, so
that one model fits every seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

from suite.data.columns import Categories, Column, categories_of, missing_in, refuse_mixed
from suite.errors import SuiteError

if TYPE_CHECKING:
    from suite.task.datasets import Encoding

Sides = tuple[np.ndarray, np.ndarray]  # of the training rows, and of the test rows
UNSEEN = -1  # the place of a word that the training rows do not have


def encode_columns(
    location: str,
    encoding: Encoding,
    columns: Mapping[str, Column],
    sides: Sides,
    *,
    standardize: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The columns side by side (N, width), of the training rows and of the test rows.

    `sides`: which rows they are. With `standardize` numbers have mean 0 and standard deviation 1 in
    the training rows, missing ones aside; what categories become is never scaled. Raises SuiteError
    for what the encoding does not say how to encode.
    """
    parts = []
    for name, column in columns.items():
        field = f"{location}: {name}"
        if isinstance(column, Categories) or name in encoding.as_categories:
            parts.append(_encode_words(field, encoding, categories_of(column), sides))
        else:
            numbers = _encode_numbers(field, encoding, column, sides)
            parts.append(_standardized(*numbers) if standardize else numbers)
    train, test = (np.concatenate([part[side] for part in parts], axis=1) for side in (0, 1))
    return torch.from_numpy(train).float(), torch.from_numpy(test).float()


def _encode_words(field: str, encoding: Encoding, column: Categories, sides: Sides) -> Sides:
    """Each side (N, names), with a last column for missing where any row lacks a word; or (N, 1).

    A word that the training rows do not have is 0 everywhere, or -1.
    """
    refuse_mixed(field, column)
    if encoding.categories is None:
        raise SuiteError(
            f'{field}: expected numbers, got words; add categories = "one-hot", or "ordinal", to'
            " encode"
        )
    codes = np.where(column.codes < 0, len(column.names), column.codes)
    train, test = (codes[side] for side in sides)
    test = np.where(np.isin(test, train), test, UNSEEN)
    if encoding.categories == "ordinal":
        return _ordinal(train, column), _ordinal(test, column)
    places = np.arange(len(column.names) + bool((column.codes < 0).any()))
    return _one_hot(train, places), _one_hot(test, places)


def _ordinal(codes: np.ndarray, column: Categories) -> np.ndarray:
    return np.where(codes < len(column.names), codes, UNSEEN).astype(np.float64)[:, None]


def _one_hot(codes: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.asarray(codes[:, None] == places, dtype=np.float64)


def _encode_numbers(field: str, encoding: Encoding, column: np.ndarray, sides: Sides) -> Sides:
    """Each side (N, 1), with the middle of the training rows for what is missing, or kept as nan.

    A column without any number in the training rows has 0 for its middle.
    """
    require_numbers(field, column)
    if column.ndim != 1:
        raise SuiteError(
            f"{field}: expected columns of numbers to encode, got an array of {column.ndim} axes;"
            " leave encode out"
        )
    values = column.astype(np.float64)
    if encoding.missing is None and missing_in(column).any():
        raise SuiteError(missing_words(field, column))
    train, test = (values[side][:, None] for side in sides)
    if encoding.missing in ("mean", "median"):
        seen = train[~np.isnan(train)]
        middle_of = np.mean if encoding.missing == "mean" else np.median
        middle = float(middle_of(seen)) if len(seen) else 0.0
        train, test = (np.where(np.isnan(part), middle, part) for part in (train, test))
    return train, test


def _standardized(train: np.ndarray, test: np.ndarray) -> Sides:
    """Both (N, 1) shifted and scaled as suite.data.sampling.scaled does, nan left as it is."""
    seen = train[~np.isnan(train)]
    mean = float(seen.mean()) if len(seen) else 0.0
    deviation = float(seen.std(ddof=1)) if len(seen) > 1 else 0.0
    scale = deviation if deviation > 0 else 1.0
    return (train - mean) / scale, (test - mean) / scale


def require_numbers(field: str, column: np.ndarray) -> None:
    """Raises SuiteError for an array that is not of numbers, or that has an infinite one."""
    if column.dtype.kind in "mM":
        raise SuiteError(f"{field}: expected numbers, got dates; write them as numbers")
    if column.dtype.kind not in "biuf":
        raise SuiteError(f"{field}: expected numbers, got {column.dtype}; encode them as numbers")
    if np.isinf(column).any():
        raise SuiteError(f"{field}: expected finite numbers, got an infinite one")


def missing_words(field: str, column: np.ndarray) -> str:
    """What a message says of a column with missing numbers."""
    words = (
        f"{field}: expected a number in every row, got {int(missing_in(column).sum())} missing of"
        f" {len(column)}; leave these rows out"
    )
    if column.ndim > 1:
        return words
    return f'{words}, or add encode = {{ missing = "median" }}, or "mean" or "keep"'
