"""Columns of a user's table: numbers, or categories, as pandas has them.

Nothing is learned from the rows here but which words there are, and in which order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from suite.errors import SuiteError

if TYPE_CHECKING:
    from types import ModuleType

    import pandas as pd

UNNAMED = "Unnamed: "  # what pandas calls columns without a name begins with it
FEWEST_ROWS = 6  # of fewer, counting and telling apart say nothing about a column
MOST_WORDS_SHARE = 0.5  # of the rows; a column with more different words is text, or names its rows
# what pandas calls objects that are numbers, and those that are dates
NUMBERS = ("boolean", "decimal", "floating", "integer", "mixed-integer-float")
DATES = ("date", "datetime", "timedelta")


@dataclass(frozen=True, eq=False)
class Categories:
    """A column of words.

    `names`: all that there are, sorted, by their values where all are numbers, or in the order of a
    pandas categorical. `codes` (N,): the place of each row's word among them, -1 where it is
    missing.
    """

    names: tuple[str, ...]
    codes: np.ndarray


Column = np.ndarray | Categories


def column_of(values: pd.Series) -> Column:
    """The column as numbers (N,), nan where one is missing, or as categories.

    Dates are an array of that type, for whoever needs numbers to refuse. Raises ValueError for a
    column with lists in it.
    """
    import pandas as pd  # a second: only where a table is read

    if isinstance(values.dtype, pd.CategoricalDtype):
        names = tuple(map(str, values.cat.categories))
        return Categories(names, values.cat.codes.to_numpy().astype(np.int64))
    if values.dtype.kind == "M":
        return np.asarray(values, dtype="datetime64[ns]")
    if values.dtype.kind not in "biufcm":
        return _of_objects(values, pd.api.types)
    if values.dtype.kind in "biuf" and values.isna().any():
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    return values.to_numpy()


def _of_objects(values: pd.Series, types: ModuleType) -> Column:
    """As `column_of`, of a column that pandas does not take for one of numbers.

    `types`: pandas' own module of that name.
    """
    kind = types.infer_dtype(values, skipna=True)
    listed, is_missing = values.tolist(), values.isna().to_numpy()
    if kind in NUMBERS:
        numbers = (np.nan if no else value for value, no in zip(listed, is_missing, strict=True))
        floats = np.array([float(number) for number in numbers])
        is_whole = kind in ("boolean", "integer") and not is_missing.any()
        return floats.astype(np.int64) if is_whole else floats
    if kind in DATES:
        return np.zeros(len(listed), dtype="datetime64[ns]")
    if any(map(types.is_list_like, listed)):
        raise ValueError(f"{values.name}: expected a number or a word in every row, got a list")
    return _of_words(list(map(str, listed)), is_missing)


def column_of_array(values: np.ndarray) -> Column:
    """The array as it is; one of words as categories."""
    if values.dtype.kind not in "US" or values.ndim != 1:
        return values
    return _of_words(values.astype(str).tolist(), np.zeros(len(values), dtype=bool))


def categories_of(column: Column) -> Categories:
    """The column as categories; numbers are those in their order, nan is missing."""
    if isinstance(column, Categories):
        return column
    is_missing = missing_in(column)
    known, codes = np.unique(column[~is_missing], return_inverse=True)
    return Categories(tuple(map(str, known.tolist())), _spread(codes, is_missing))


def count_rows(column: Column) -> int:
    """How many rows the column has; 0 of a single number."""
    if isinstance(column, Categories):
        return len(column.codes)
    return len(column) if column.ndim else 0


def missing_in(column: Column) -> np.ndarray:
    """Which rows lack a value, or a number of theirs, as booleans (N,)."""
    if isinstance(column, Categories):
        return column.codes < 0
    if column.dtype.kind != "f":
        return np.zeros(len(column), dtype=bool)
    return np.asarray(np.isnan(column.reshape(len(column), -1)).any(axis=1))


def refuse_mixed(field: str, column: Categories) -> None:
    """Raises SuiteError for numbers that are words because of a few words among them."""
    numbers = [name for name in column.names if _is_number(name)]
    words = [name for name in column.names if not _is_number(name)]
    if words and len(numbers) > len(words):
        raise SuiteError(
            f"{field}: expected numbers or words, got both, such as {numbers[0]} and {words[0]}; if"
            f' that means missing, add na_values = ["{words[0]}"]'
        )


def features_of(
    location: str, table: Mapping[str, Column], others: Sequence[str | None]
) -> tuple[str, ...]:
    """The columns that are the input where a task names none: all but `others` and the index.

    The index is a first column without a name that tells the rows apart, as pandas writes it.
    Raises SuiteError for other columns that only tell the rows apart, and for none that is left.
    """
    first = next(iter(table), "")
    names = [name for name in table if name not in others]
    if first in names and first.startswith(UNNAMED) and _tells_apart(table[first]):
        names.remove(first)
    for name in names:
        if name.startswith(UNNAMED):
            raise SuiteError(
                f"{location}: expected a name for every column, got one without; name the inputs,"
                f' or add ignore = ["{name}"]'
            )
        column = table[name]
        if isinstance(column, Categories):
            refuse_mixed(f"{location}: {name}", column)
        if (reason := _no_feature(column)) is not None:
            raise SuiteError(
                f"{location}: {name}: expected a feature, got a column {reason}; add"
                f' ignore = ["{name}"], or name the inputs, it among them'
            )
    if not names:
        raise SuiteError(f"{location}: expected a column for the input, got none beside the target")
    return tuple(names)


def _of_words(words: Sequence[str], is_missing: np.ndarray) -> Categories:
    present = np.array(words, dtype=object)[~is_missing]
    names = sorted(set(present.tolist()))
    if all(map(_is_number, names)):
        names.sort(key=float)
    places = {name: place for place, name in enumerate(names)}
    codes = np.array([places[word] for word in present], dtype=np.int64)
    return Categories(tuple(names), _spread(codes, is_missing))


def _spread(codes: np.ndarray, is_missing: np.ndarray) -> np.ndarray:
    """The codes in the rows that have one, -1 in the others."""
    spread = np.full(len(is_missing), -1, dtype=np.int64)
    spread[~is_missing] = codes
    return spread


def _tells_apart(column: Column) -> bool:
    """Whether every row has another value."""
    values = column.codes if isinstance(column, Categories) else column
    return values.ndim == 1 and len(np.unique(values)) == len(values)


def _no_feature(column: Column) -> str | None:
    """Why the column is hardly a feature; None where it may be one."""
    if isinstance(column, Categories):
        present = int((column.codes >= 0).sum())
        if present >= FEWEST_ROWS and len(column.names) > MOST_WORDS_SHARE * present:
            return f"with {len(column.names)} different words in {present} rows"
        return None
    if column.ndim != 1 or column.dtype.kind not in "iu" or len(column) < FEWEST_ROWS:
        return None
    ordered = np.sort(column)
    counts = int(ordered[0]) in (0, 1) and bool((np.diff(ordered) == 1).all())
    return f"that counts the rows from {ordered[0]}" if counts else None


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
