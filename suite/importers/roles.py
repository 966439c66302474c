"""A table of results from columns that people named: each gets a role, or is named as ignored.

What cannot be known is refused, with the option that settles it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from suite.importers.duplicates import check_duplicates
from suite.importers.file_metrics import unnamed_metric
from suite.importers.measured_table import Frame, MeasuredTable
from suite.importers.other_columns import check_other_columns
from suite.importers.role_choice import Candidates, choose_arm
from suite.importers.role_keys import Keys, read_keys
from suite.importers.role_options import RoleOptions, named_columns
from suite.importers.row_choice import choose_rows, failed_rows, rows_of_metric
from suite.importers.summary_rows import leave_out_summaries
from suite.importers.table_cells import measured_rows, read_cells
from suite.importers.table_columns import Columns
from suite.importers.table_reading import reading_of
from suite.importers.table_rows import FILE, Rows, join_frames
from suite.importers.unit_columns import stack_units
from suite.importers.value_columns import ValueColumns, choose_values
from suite.task.components import Metric

__all__ = ["RoleOptions", "make_table"]

PLAIN = RoleOptions()


def make_table(frames: Sequence[Frame], options: RoleOptions = PLAIN) -> MeasuredTable:
    """The table that files are together: what each column is, and the values by arm and unit.

    Rows are numbered from 1 in each file, without its header. Raises SuiteError on one line for
    what is not understood: file, row, column, what was expected, and the option that settles it.
    """
    rows, notes = choose_rows(join_frames(frames), options)
    rows, summary_notes = leave_out_summaries(rows, options)
    rows, stacked, stack_notes = stack_units(rows, options)
    options = _with_value(options, stacked)
    rows, metric = rows_of_metric(rows, options)
    columns = Columns(rows.frame)
    candidates = Candidates(columns, options, rows.source)
    arm_names = choose_arm(candidates, files=len(rows.sources))
    values = choose_values(
        columns,
        candidates.taken() | {FILE},
        options,
        metric=metric[1] if metric else None,
        has_arm=bool(arm_names),
        shared=_shared_columns(rows),
        unnamed=unnamed_metric(rows.sources, options.metric),
        source=rows.source,
    )
    keys = read_keys(rows, candidates, values, arm_names)
    failed, state_notes = failed_rows(columns)
    cells = read_cells(rows, values, keys, failed, unpaired=options.unpaired)
    others = _other_columns(columns, values, keys, [metric[0]] if metric else [])
    average_notes = check_duplicates(rows, columns, others, keys, cells, average=options.average)
    has_value = np.zeros(len(columns), dtype=bool)
    has_value[cells.rows[~np.isnan(cells.value)]] = True
    ignored = check_other_columns(rows, columns, others, keys, has_value, average=options.average)
    ignored += named_columns(options.ignore, "ignore", _all(frames), rows.source)
    reading, more = reading_of(values, keys, metric[0] if metric else None, ignored)
    return MeasuredTable(
        source=rows.source,
        metric=values.metric,
        unit=keys.unit_kind,
        rows=measured_rows(rows, keys, cells),
        rule=Metric(direction=values.direction, unit="none") if values.direction else None,
        reading=reading,
        notes=(
            *_notes_of(frames),
            *notes,
            *summary_notes,
            *stack_notes,
            *state_notes,
            *average_notes,
            *more,
        ),
    )


def _with_value(options: RoleOptions, name: str | None) -> RoleOptions:
    """The options with the column of values that nothing else was named for."""
    is_named = options.value is not None or options.metric is not None
    return options if name is None or is_named else replace(options, value=name)


def _shared_columns(rows: Rows) -> frozenset[str]:
    """The columns that each of several files has; empty for one file."""
    if len(rows.columns) < 2:
        return frozenset()
    return frozenset.intersection(*map(frozenset, rows.columns))


def _other_columns(
    columns: Columns, values: ValueColumns, keys: Keys, metric: Sequence[str]
) -> list[str]:
    """The columns without a role that no one named as values of another metric."""
    used = {*values.names, *values.others, *keys.names, *metric}
    return [name for name in columns if name not in used]


def _all(frames: Sequence[Frame]) -> list[str]:
    """The columns of all files."""
    return list(dict.fromkeys(str(name) for frame in frames for name in frame.frame.columns))


def _notes_of(frames: Sequence[Frame]) -> list[str]:
    """What readers noted, once where all files say the same."""
    if all(frame.notes == frames[0].notes for frame in frames):
        return list(frames[0].notes)
    return [f"{frame.source}: {note}" for frame in frames for note in frame.notes]
