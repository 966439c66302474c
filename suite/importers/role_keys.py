"""The arm, data set, unit and cluster of every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.errors import SuiteError
from suite.importers.measured_table import TableUnit
from suite.importers.role_choice import (
    Candidates,
    choose_block,
    choose_cluster,
    choose_unit,
    first_names,
)
from suite.importers.table_columns import LARGEST_WHOLE, Column, Columns, combine, determines
from suite.importers.table_rows import FILE, Rows, file_labels
from suite.importers.value_columns import ValueColumns


@dataclass(frozen=True)
class Keys:
    """The columns of each role by name, and the levels (rows,) of arm, block and unit.

    `arm_names`: empty where each file is an arm; in a wide table `arm` is the file, for its arms
    are columns. `unit_names`: empty where no column says the unit.
    """

    arm_names: tuple[str, ...]
    block_names: tuple[str, ...]
    unit_names: tuple[str, ...]
    cluster_names: tuple[str, ...]
    unit_kind: TableUnit
    arm: Column
    block: Column
    unit: Column
    cluster: Column | None
    is_wide: bool

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that have a role."""
        return (*self.arm_names, *self.block_names, *self.unit_names, *self.cluster_names)

    def describe(self, row: int, arm: str) -> str:
        """The arm, data set and unit of a row, for people."""
        block = f", data set {self.block.shown(row)}" if self.block_names else ""
        unit = f", {self.unit_kind} {self.unit.shown(row)}" if self.unit_names else ""
        return f"arm {arm}{block}{unit}"


def read_keys(
    rows: Rows, candidates: Candidates, values: ValueColumns, arm_names: tuple[str, ...]
) -> Keys:
    """What the columns of roles say of every row.

    Raises SuiteError for a cell of a role that is blank, a column that a file lacks, a number that
    is too large to be exact, and an item in two clusters.
    """
    columns = candidates.columns
    arm_names = () if values.is_wide else arm_names
    arm = _arms(rows, columns, arm_names)
    block_names = choose_block(candidates)
    block = columns.join(block_names) if block_names else _constant("", len(columns))
    unit_kind, unit_names = choose_unit(candidates, arm.codes, block.codes)
    if not unit_names and not block_names and values.is_wide and (first := first_names(columns)):
        block_names, block = (first,), columns[first]
    unit = _join_units(columns, unit_names) if unit_names else _constant("1", len(columns))
    cluster_names = choose_cluster(candidates, unit_kind, unit_names)
    cluster = columns.join(cluster_names) if cluster_names else None
    keys = Keys(
        arm_names,
        block_names,
        unit_names,
        cluster_names,
        unit_kind,
        arm,
        block,
        unit,
        cluster,
        values.is_wide,
    )
    _check_files(rows, keys, values)
    _check_cells(rows, columns, keys)
    return keys


def _arms(rows: Rows, columns: Columns, names: Sequence[str]) -> Column:
    """The arm of each row; a file without a column of arms is one arm with the file's name."""
    files = rows.file_numbers
    labels = np.array(file_labels(rows.sources), dtype=object)
    if not names:
        return Column(FILE, files, labels)
    column = columns.join(names)
    lacking = [n for n, had in enumerate(rows.columns) if not set(names) <= set(had)]
    if not lacking:
        return column
    codes = np.where(np.isin(files, lacking), len(column.levels) + files, column.codes)
    return Column(column.name, codes, np.concatenate([column.levels, labels]))


def _join_units(columns: Columns, names: Sequence[str]) -> Column:
    """The seed, item or fold; seed and fold as "seed/fold"."""
    joined = columns.join(names)
    if len(names) == 1:
        return joined
    levels = np.array([level.replace(" / ", "/") for level in joined.levels], dtype=object)
    return Column(joined.name, joined.codes, levels)


def _constant(level: str, size: int) -> Column:
    return Column("", np.zeros(size, dtype=np.int64), np.array([level], dtype=object))


def _check_files(rows: Rows, keys: Keys, values: ValueColumns) -> None:
    """Refuses files without a column that has a role in another; arms may be files or columns."""
    needed = [*keys.block_names, *keys.unit_names, *keys.cluster_names]
    needed += [] if values.is_wide else values.names
    for source, had in zip(rows.sources, rows.columns, strict=True):
        lacking = [name for name in needed if name not in had]
        if lacking:
            raise SuiteError(
                f"{source}: expected a column {lacking[0]} as in the other files, found"
                f" {', '.join(name for name in had if name != FILE)}"
            )


def _check_cells(rows: Rows, columns: Columns, keys: Keys) -> None:
    """Refuses blank cells of roles, and numbers that are not exact."""
    roles = {"an arm": keys.arm, "a data set": keys.block, f"a {keys.unit_kind}": keys.unit}
    roles |= {"a cluster": keys.cluster} if keys.cluster else {}
    for role, column in roles.items():
        blank = np.flatnonzero(column.codes < 0)
        if len(blank):
            raise SuiteError(
                f"{rows.place(int(blank[0]))}: {column.name}: expected {role}, got nothing: write"
                " it, or leave the row out with --where"
            )
    for name in keys.unit_names:
        values = columns.frame[name].to_numpy()
        if columns.is_number(name) and (np.abs(values) >= LARGEST_WHOLE).any():
            raise SuiteError(
                f"{rows.source}: {name}: expected whole numbers below 2**53, which stay exact:"
                " write larger ones as text"
            )
    if keys.cluster is not None:
        item = combine(keys.block.codes, keys.unit.codes)
        if not determines(item, keys.cluster.codes):
            raise SuiteError(_two_clusters(rows, keys, keys.cluster, item))


def _two_clusters(rows: Rows, keys: Keys, cluster: Column, item: np.ndarray) -> str:
    """The first item that is in two clusters."""
    codes = cluster.codes
    first_of = np.unique(item, return_index=True)[1]
    row = int(np.flatnonzero(codes != codes[first_of[item]])[0])
    home = int(first_of[item[row]])
    return (
        f"{rows.place(row)}: {cluster.name}: expected {cluster.shown(home)} for item"
        f" {keys.unit.shown(row)} as in row {rows.place(home).rpartition(' ')[2]}, got"
        f" {cluster.shown(row)}: where each {cluster.name} numbers its items anew, join both with"
        f" --item {','.join((cluster.name, *keys.unit_names))}"
    )
