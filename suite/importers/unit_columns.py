"""Seeds or folds that stand side by side, "seed_0", "seed_1" and so on, put below each other."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from suite.errors import SuiteError
from suite.importers.role_names import name_rank
from suite.importers.role_options import RoleOptions, shorten
from suite.importers.table_rows import Rows

_NUMBERED = re.compile(
    r"(seed|run|trial|rep|repeat|replicate|fold|split)[ _-]?(\d+)(?:[ _-]+(\w.*))?", re.IGNORECASE
)


def stack_units(rows: Rows, options: RoleOptions) -> tuple[Rows, str | None, list[str]]:
    """The rows with one column of units and one of values, its name, and a note on what they were.

    Rows without such columns come back as they are, and those of which nothing else says the arm:
    "run1" and "run2" may be arms. Raises SuiteError where they are of several
    metrics, or a table has a column of that name already.
    """
    matches = {name: _NUMBERED.fullmatch(name) for name in map(str, rows.frame.columns)}
    numbered = {name: match for name, match in matches.items() if match and _is_number(rows, name)}
    has_arm = options.arm is not None or any(name_rank(name, "arm") is not None for name in matches)
    if len(numbered) < 2 or not (has_arm or len(rows.sources) > 1):
        return rows, None, []
    units = {match[1].casefold() for match in numbered.values()}
    metrics = {match[3] or "value" for match in numbered.values()}
    unit, metric = units.pop(), metrics.pop()
    if units or metrics or {unit, metric} & set(matches):
        raise SuiteError(
            f"{rows.source}: expected one value for each seed or fold in columns"
            f" {shorten(list(numbered), 6)}: leave out the others with --ignore"
        )
    stacked: pd.DataFrame = rows.frame.melt(
        id_vars=[name for name in matches if name not in numbered],
        value_vars=list(numbered),
        var_name=unit,
        value_name=metric,
        ignore_index=False,
    )
    stacked[unit] = stacked[unit].map({name: float(match[2]) for name, match in numbered.items()})
    columns = tuple(
        (*(name for name in had if name not in numbered), unit, metric) for had in rows.columns
    )
    note = f"columns {shorten(list(numbered), 6)}: read as {metric} of each {unit}"
    return replace(rows, frame=stacked, columns=columns), metric, [note]


def _is_number(rows: Rows, name: str) -> bool:
    return str(rows.frame[name].dtype) == "float64"
