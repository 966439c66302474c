"""The values of a table, one a row, whichever way they stood: long, or a column for each arm."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from suite.errors import SuiteError
from suite.importers.role_keys import Keys
from suite.importers.table_columns import Column, combine, count
from suite.importers.table_rows import Rows
from suite.importers.value_columns import ValueColumns


@dataclass(frozen=True)
class Cells:
    """Values, nan where none is, with the row that each is from and its arm and unit; (values,)."""

    value: np.ndarray
    rows: np.ndarray
    arm: Column
    unit: Column


def read_cells(
    rows: Rows, values: ValueColumns, keys: Keys, failed: np.ndarray, *, unpaired: bool
) -> Cells:
    """The values of all arms; those of rows that `failed` (rows,) are nan.

    `unpaired`: without a column of units, values are numbered within their arm and data set.
    Raises SuiteError for a value that is not a finite number.
    """
    numbers = np.stack([_numbers(rows, name) for name in values.names])
    numbers[:, failed] = np.nan
    at = np.tile(np.arange(len(rows.frame)), len(values.names))
    arm = keys.arm
    if keys.is_wide:
        codes = np.repeat(np.arange(len(values.names)), len(rows.frame))
        arm = Column("", codes, np.array(values.names, dtype=object))
    cells = Cells(numbers.ravel(), at, arm, replace(keys.unit, codes=keys.unit.codes[at]))
    if keys.is_wide:
        cells = _only_of_file(rows, values, cells)
    return _numbered(cells, keys) if unpaired and not keys.unit_names else cells


def _numbers(rows: Rows, name: str) -> np.ndarray:
    """A column of finite numbers or nan, (rows,). Raises SuiteError for anything else."""
    series = rows.frame[name]
    numbers = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.isinf(numbers) | (np.isnan(numbers) & series.notna().to_numpy())
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        got = series.iloc[row]
        written = repr(got) if isinstance(got, str) else f"{got}"
        raise SuiteError(
            f"{rows.place(row)}: {name}: expected a finite number, got {written[:60]}: leave it"
            " blank where the run has no value"
        )
    return numbers


def _only_of_file(rows: Rows, values: ValueColumns, cells: Cells) -> Cells:
    """Without the arms that a file has no column for."""
    has = np.array([[name in had for had in rows.columns] for name in values.names])
    kept = has[cells.arm.codes, rows.file_numbers[cells.rows]]
    return Cells(
        cells.value[kept],
        cells.rows[kept],
        replace(cells.arm, codes=cells.arm.codes[kept]),
        replace(cells.unit, codes=cells.unit.codes[kept]),
    )


def _numbered(cells: Cells, keys: Keys) -> Cells:
    """Every value under a unit of its own: the arm and its number there."""
    home = pd.Series(combine(cells.arm.codes, keys.block.codes[cells.rows]))
    numbers = (home.groupby(home).cumcount() + 1).tolist()
    arms = cells.arm.levels[cells.arm.codes].tolist()
    codes, levels = pd.factorize(
        np.array([f"{arm}:{n}" for arm, n in zip(arms, numbers, strict=True)], dtype=object)
    )
    return replace(cells, unit=Column("", codes, levels))


def cell_keys(cells: Cells, keys: Keys) -> np.ndarray:
    """The arm, data set and unit of each value as one number, from 0 in order; (values,)."""
    return combine(cells.arm.codes, keys.block.codes[cells.rows], cells.unit.codes)


def measured_rows(rows: Rows, keys: Keys, cells: Cells) -> pd.DataFrame:
    """The columns `arm`, `block`, `unit`, `value`, and `cluster` where items have one.

    Several values of one arm, data set and unit are their mean. Raises SuiteError where every arm
    has one value and nothing says of what.
    """
    key = cell_keys(cells, keys)
    if not keys.unit_names and count(keys.block.codes) < 2 and count(key) == count(cells.arm.codes):
        raise SuiteError(
            f"{rows.source}: expected several seeds, items or data sets, got one value of each arm:"
            " nothing tells a difference from chance"
        )
    first = np.unique(key, return_index=True)[1]
    has_value = ~np.isnan(cells.value)
    counts = np.bincount(key[has_value], minlength=len(first))
    sums = np.bincount(key[has_value], weights=cells.value[has_value], minlength=len(first))
    with np.errstate(invalid="ignore"):
        means = np.where(counts > 1, sums / counts, cells.value[first])
    single = np.flatnonzero(has_value)
    lone = single[counts[key[single]] == 1]
    means[key[lone]] = cells.value[lone]  # as it was written
    at = cells.rows[first]
    table = {
        "arm": cells.arm.levels[cells.arm.codes[first]],
        "block": keys.block.levels[keys.block.codes[at]],
        "unit": cells.unit.levels[cells.unit.codes[first]],
        "value": means,
    }
    if keys.cluster is not None:
        table["cluster"] = keys.cluster.levels[keys.cluster.codes[at]]
    measured: pd.DataFrame = pd.DataFrame(table)
    return measured
