"""Seeds or folds that stand side by side, "seed_0", "seed_1" and so on, put below each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from suite.errors import SuiteError
from suite.importers.file_metrics import unnamed_metric
from suite.importers.role_names import is_index_name, name_rank, plain
from suite.importers.role_options import RoleOptions, shorten
from suite.importers.table_rows import FILE, Rows

_NUMBERED = re.compile(
    r"(seed|run|trial|rep|repeat|replicate|fold|split)[ _-]?(\d+)(?:[ _-]+(\w.*))?", re.IGNORECASE
)

# What stands above the data sets where every other column is the number of one of these.
UNITS: Mapping[str, str] = {
    "seed": "seed",
    "seeds": "seed",
    "run": "seed",
    "runs": "seed",
    "resample": "seed",
    "resamples": "seed",
    "fold": "fold",
    "folds": "fold",
}


def stack_units(rows: Rows, options: RoleOptions) -> tuple[Rows, str | None, list[str]]:
    """The rows with one column of units and one of values, its name, and a note on what they were.

    Rows without such columns come back as they are, and those of which nothing else says the arm:
    "run1" and "run2" may be arms. Raises SuiteError where they are of several
    metrics, or a table has a column of that name already.
    """
    rows, numbered, is_said = _numbered(rows)
    has_arm = options.arm is not None or any(
        name_rank(str(name), "arm") is not None for name in rows.frame
    )
    if len(numbered) < 2 or not (is_said or has_arm or len(rows.sources) > 1):
        return rows, None, []
    units = {column.unit for column in numbered.values()}
    metrics = {
        column.metric or unnamed_metric(rows.sources, options.metric)
        for column in numbered.values()
    }
    unit, metric = units.pop(), metrics.pop()
    if units or metrics or {unit, metric} & set(rows.frame.columns):
        raise SuiteError(
            f"{rows.source}: expected one value for each seed or fold in columns"
            f" {shorten(list(numbered), 6)}: leave out the others with --ignore"
        )
    stacked: pd.DataFrame = rows.frame.melt(
        id_vars=[name for name in rows.frame if name not in numbered],
        value_vars=list(numbered),
        var_name=unit,
        value_name=metric,
        ignore_index=False,
    )
    numbers = {name: float(column.number) for name, column in numbered.items()}
    stacked[unit] = stacked[unit].map(numbers)
    columns = tuple(
        (*(name for name in had if name not in numbered), unit, metric) for had in rows.columns
    )
    note = f"columns {shorten(list(numbered), 6)}: read as {metric} of each {unit}"
    return replace(rows, frame=stacked, columns=columns), metric, [note]


@dataclass(frozen=True)
class _Column:
    """A column of one seed or fold: the word for it, its number, and the metric, "" if unnamed."""

    unit: str
    number: str
    metric: str


def _numbered(rows: Rows) -> tuple[Rows, dict[str, _Column], bool]:
    """The columns of one seed or fold each, and whether what stands above the data sets says so.

    They are "seed_0", "seed_1" and so on, or 0, 1, 2 beside data sets. The column of data sets is
    `dataset` then, for what stands above it says what the numbers are: "folds:".
    """
    names = [str(name) for name in rows.frame]
    matches = {name: match for name in names if (match := _NUMBERED.fullmatch(name))}
    if matches:
        return rows, _of_matches(rows, matches), False
    numbers = sorted(int(name) for name in names if name.isdecimal() and _is_number(rows, name))
    texts = [name for name in names if not _is_number(rows, name) and name != FILE]
    texts = [name for name in texts if name_rank(name, "arm") is None]
    if len(numbers) < 2 or len(texts) != 1 or numbers[-1] - numbers[0] != len(numbers) - 1:
        return rows, {}, False
    above, unit = texts[0], UNITS.get(plain(texts[0]))
    is_block = name_rank(above, "block") is not None
    if unit is None and not is_block and not is_index_name(above):
        return rows, {}, False
    found = {str(number): _Column(unit or "seed", str(number), "") for number in numbers}
    return rows if is_block else _renamed(rows, above, "dataset"), found, unit is not None


def _of_matches(rows: Rows, matches: Mapping[str, re.Match[str]]) -> dict[str, _Column]:
    return {
        name: _Column(match[1].casefold(), match[2], match[3] or "")
        for name, match in matches.items()
        if _is_number(rows, name)
    }


def _renamed(rows: Rows, old: str, new: str) -> Rows:
    columns = tuple(tuple(new if name == old else name for name in had) for had in rows.columns)
    return replace(rows, frame=rows.frame.rename(columns={old: new}), columns=columns)


def _is_number(rows: Rows, name: str) -> bool:
    return str(rows.frame[name].dtype) == "float64"
