"""Which columns hold the numbers: one of a metric, or one for each arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from suite.errors import SuiteError
from suite.importers.measured import choose_metric
from suite.importers.role_names import (
    Direction,
    direction_of,
    is_bookkeeping,
    is_generic,
    is_index_name,
    is_only_bookkeeping,
    is_time,
    plain,
    split_rank,
    without_prefix,
    words_of,
)
from suite.importers.role_options import RoleOptions, named_columns, shorten
from suite.importers.table_columns import Columns


@dataclass(frozen=True)
class ValueColumns:
    """`names`: one column of values, or those of the arms where the table is wide.

    `others`: columns of other metrics. `direction`: what is better, where a name says it.
    """

    names: tuple[str, ...]
    is_wide: bool
    metric: str
    direction: Direction | None
    others: tuple[str, ...] = ()


def choose_values(
    columns: Columns,
    taken: frozenset[str],
    options: RoleOptions,
    *,
    metric: str | None,
    has_arm: bool,
    shared: frozenset[str],
    unnamed: str,
    source: str,
) -> ValueColumns:
    """The columns of values among those that are not `taken` by roles.

    `metric`: the one that the column of metrics names. `has_arm`: whether a column of arms exists.
    `shared`: the columns that each of several files has; empty for one file. `unnamed`: the metric
    of columns that do not name it. Raises SuiteError
    where there is none, or several that could be.
    """
    named = _named(columns, options, metric, "value" if has_arm else unnamed, source)
    if named is not None:
        return _one(named, columns, taken, metric)
    measured = _measured(columns, taken, has_metric=metric is not None)
    if measured and not is_time(measured[0]):
        return _one(measured[0], columns, taken, metric)
    unknown = [name for name in columns if name not in taken and _is_unknown(columns, name)]
    if has_arm or (len(unknown) == 1 and unknown[0] in shared):
        if len(unknown) == 1 or (measured and not unknown):
            return _one((unknown or measured)[0], columns, taken, metric)
        raise SuiteError(_no_value(source, columns, unknown))
    if unknown:
        arms = [name for name in columns if name in unknown or _may_be_arm(columns, name, taken)]
        return _wide(arms, metric, unnamed, source)
    if measured:
        return _one(measured[0], columns, taken, metric)
    raise SuiteError(_no_value(source, columns, []))


def is_index(columns: Columns, name: str) -> bool:
    """Whether a column is an index that nobody named: whole numbers."""
    return is_index_name(name) and columns.is_number(name) and columns.is_whole(name)


def _named(
    columns: Columns, options: RoleOptions, metric: str | None, unnamed: str, source: str
) -> str | None:
    """The column that --value names, or --metric where no column of metrics holds it."""
    option = "value" if options.value is not None else "metric"
    wanted = options.value if options.value is not None else options.metric
    if wanted is None or (option == "metric" and metric is not None):
        return None
    known = [name for name in columns if direction_of(name) and columns.is_number(name)]
    says_metric = wanted == "value" or (wanted == unnamed and wanted not in columns.names)
    if option == "metric" and not known and says_metric:
        return None  # of a wide table, whose columns name none
    if option == "metric" and wanted not in columns.names:
        alike = [name for name in known if plain(name) == plain(wanted)]
        return choose_metric(alike[0] if alike else wanted, known or columns.names, source)
    names = named_columns(wanted, option, columns.names, source)
    if len(names) > 1:
        raise SuiteError(f"{source}: --{option}: expected one column, got {wanted!r}")
    return names[0]


def _measured(columns: Columns, taken: frozenset[str], *, has_metric: bool) -> list[str]:
    """The columns with names of metrics, the likeliest first; text only where no numbers are."""
    names = [name for name in columns if name not in taken and direction_of(name)]
    numbers = [name for name in names if columns.is_number(name) and not columns.is_empty(name)]

    def rank(name: str) -> tuple[bool, bool, int]:
        return is_time(name), is_generic(name) != has_metric, split_rank(name)

    return sorted(numbers or [name for name in names if not is_bookkeeping(name)], key=rank)


def _is_unknown(columns: Columns, name: str) -> bool:
    """Whether a column holds numbers of which its name says nothing."""
    is_known = direction_of(name) or is_bookkeeping(name) or is_index(columns, name)
    return columns.is_number(name) and not is_known and not columns.is_empty(name)


def _may_be_arm(columns: Columns, name: str, taken: frozenset[str]) -> bool:
    """Whether a column of numbers has a word that notes on runs do not have: "Time-CNN"."""
    if name in taken or direction_of(name) or not columns.is_number(name) or columns.is_empty(name):
        return False
    return is_bookkeeping(name) and not is_only_bookkeeping(name)


def _one(name: str, columns: Columns, taken: frozenset[str], metric: str | None) -> ValueColumns:
    """A column of values, and those of other metrics beside it."""
    others = (
        other
        for other in columns
        if other not in taken and other != name and columns.is_number(other)
    )
    return ValueColumns(
        (name,),
        is_wide=False,
        metric=metric or without_prefix(name),
        direction=direction_of(metric or name),
        others=tuple(other for other in others if direction_of(other) and not is_time(other)),
    )


def _wide(names: Sequence[str], metric: str | None, unnamed: str, source: str) -> ValueColumns:
    """A column for each arm; where all their names end in one metric, it is that one."""
    ends = {name: words_of(name)[-1:] for name in names}
    metrics = {" ".join(end) if end and direction_of(end[0]) else "" for end in ends.values()}
    if len(metrics) > 1:
        raise SuiteError(
            f"{source}: expected one metric in columns of arms, got {shorten(names, 6)}: leave out"
            " the others with --ignore, or name a column of values with --value"
        )
    if metric is None:
        metric = metrics.pop() or unnamed
    return ValueColumns(tuple(names), is_wide=True, metric=metric, direction=direction_of(metric))


def _no_value(source: str, columns: Columns, unknown: Sequence[str]) -> str:
    if unknown:
        return (
            f"{source}: expected one column of values, got {shorten(unknown, 6)}: choose with"
            " --value (a table with a row for each arm and a column for each data set must be"
            " transposed)"
        )
    return (
        f"{source}: expected a column of values such as accuracy or value, found"
        f" {shorten(columns.names, 12)}: name it with --value"
    )
