"""The rows of a table that count: those asked for, of one metric, of runs that ended well."""

from __future__ import annotations

import numpy as np

from suite.errors import SuiteError
from suite.importers.role_names import (
    ENDED_BADLY,
    ENDED_WELL,
    STATES,
    direction_of,
    name_rank,
    plain,
    words_of,
)
from suite.importers.role_options import RoleOptions, named_columns, shorten
from suite.importers.row_filter import filter_rows
from suite.importers.table_columns import Columns
from suite.importers.table_rows import Rows


def choose_rows(rows: Rows, options: RoleOptions) -> tuple[Rows, list[str]]:
    """The rows that --where keeps, without the columns of --ignore; and a note on their number."""
    frame, notes = rows.frame, []
    if options.where is not None:
        frame = filter_rows(frame, options.where, rows.source)
        notes = [f"--where {options.where}: {len(frame)} of {len(rows.frame)} rows"]
    names = [str(name) for name in frame.columns]
    ignored = named_columns(options.ignore, "ignore", names, rows.source)
    return rows.keep(frame.drop(columns=list(ignored))), notes


def rows_of_metric(rows: Rows, options: RoleOptions) -> tuple[Rows, tuple[str, str] | None]:
    """The rows of one metric, and the column that names it with that name; None without one.

    Raises SuiteError where several are named and none of them is asked for.
    """
    columns = Columns(rows.frame)
    names = [name for name in columns if name_rank(name, "metric") is not None]
    names = [name for name in names if not columns.is_number(name) and not columns.is_empty(name)]
    if not names:
        return rows, None
    column = columns[names[0]]
    if (column.codes < 0).any():
        row = int(np.flatnonzero(column.codes < 0)[0])
        raise SuiteError(f"{rows.place(row)}: {column.name}: expected a metric, got nothing")
    metrics = [str(level) for level in column.levels]
    is_column = options.metric in columns.names and len(metrics) == 1
    wanted = options.metric or (metrics[0] if len(metrics) == 1 else None)
    if is_column and wanted not in metrics:
        return rows, None
    if wanted not in metrics:
        expected, got = "one metric", shorten(metrics, 6)
        if wanted is not None:
            expected, got = f"one of {got}", repr(wanted)
        raise SuiteError(
            f"{rows.source}: {column.name}: expected {expected}, got {got}: choose with --metric"
            f" {metrics[0]}"
        )
    chosen = rows.frame[column.codes == metrics.index(wanted)]
    return rows.keep(chosen), (column.name, wanted)


def failed_rows(columns: Columns) -> tuple[np.ndarray, list[str]]:
    """Which rows (rows,) are of runs that failed or have not ended, by a column of states."""
    failed, notes = np.zeros(len(columns), dtype=bool), []
    for name in columns:
        if not STATES & set(words_of(name)) or columns.is_number(name) or direction_of(name):
            continue
        column = columns[name]
        words = [plain(str(level)) for level in column.levels]
        if not set(words) <= ENDED_WELL | ENDED_BADLY:
            continue
        bad = np.array([*(word in ENDED_BADLY for word in words), False])[column.codes]
        if bad.any():
            states = ", ".join(
                str(level) for level in column.levels if plain(str(level)) in ENDED_BADLY
            )
            notes.append(f"{bad.sum()} rows whose {name} is {states} count as without a value")
        failed |= bad
    return failed, notes
