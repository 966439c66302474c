"""Rows that sum up the others, such as "Average" or "Wins" below a table: left out, and named."""

from __future__ import annotations

import numpy as np

from suite.importers.role_names import Role, direction_of, is_index_name, name_rank, words_of
from suite.importers.role_options import RoleOptions, named_columns, shorten
from suite.importers.table_columns import Column, Columns
from suite.importers.table_rows import Rows

ROLES: tuple[Role, ...] = ("block", "seed", "fold")
_AVERAGES = frozenset(["average", "averages", "avg", "averaged", "mean", "means", "median"])
_SPREADS = frozenset(["std", "stdev", "stddev", "sd", "sem"])
_RANKS = frozenset(["rank", "ranks", "ranking", "win", "wins", "ties", "losses", "wtl", "wdl"])
STATISTICS = _AVERAGES | _SPREADS | _RANKS | {"overall", "gmean", "geomean"}
# Words beside those: "number of wins", "macro average".
AROUND = frozenset(["of", "the", "over", "all", "no", "num", "number", "macro", "micro"])
WHOLE = frozenset(["sum", "total", "standard deviation", "w t l", "w d l", "geometric mean"])


def leave_out_summaries(rows: Rows, options: RoleOptions) -> tuple[Rows, list[str]]:
    """The rows that are results; and a note on those whose data set, seed or fold is a statistic.

    A table whose rows are all such stays as it is: then they are what was measured.
    """
    columns = Columns(rows.frame)
    found: list[str] = []
    kept = np.ones(len(columns), dtype=bool)
    for name in columns:
        if columns.is_number(name) or not _names_rows(name, options, rows):
            continue
        levels = [level for level in columns[name].levels if is_summary(str(level))]
        if levels and len(levels) < len(columns[name].levels):
            kept &= ~_has(columns[name], levels)
            found += [str(level) for level in levels]
    if not found or not kept.any():
        return rows, []
    note = f"rows {shorten(found, 6)}: left out, for they sum up the others"
    return rows.keep(rows.frame[kept]), [note]


def is_summary(label: str) -> bool:
    """Whether a name of a row says a statistic over others, such as "Avg. rank" or "Mean ACC"."""
    words = words_of(label)
    says = bool(STATISTICS & set(words))
    is_plain = all(word in STATISTICS | AROUND or direction_of(word) for word in words)
    return " ".join(words) in WHOLE or (says and is_plain)


def _names_rows(name: str, options: RoleOptions, rows: Rows) -> bool:
    """Whether a column says the data set, seed or fold, or has no name, as one before all."""
    named = (options.block, options.seed, options.fold)
    chosen = {
        column
        for option, wanted in zip(("block", "seed", "fold"), named, strict=True)
        for column in named_columns(wanted, option, list(rows.frame.columns), rows.source)
    }
    return (
        name in chosen or is_index_name(name) or any(name_rank(name, r) is not None for r in ROLES)
    )


def _has(column: Column, levels: list[object]) -> np.ndarray:
    """Which rows (rows,) have one of the levels."""
    wanted = np.array([*(level in levels for level in column.levels), False])
    return np.asarray(wanted[column.codes])
