"""Results of benchopt: a parquet table with a row for every point of a curve.

A curve is a solver on a data set under an objective, in one repetition; its end counts. Columns as
in benchopt 1.10; before 1.7 `dataset_name` was `data_name`, before 1.5 `sampling_strategy` was
`stopping_strategy`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from suite.errors import SuiteError
from suite.importers.bounds import check_parquet
from suite.importers.measured import choose_metric, read_bytes
from suite.importers.measured_table import MeasuredTable
from suite.importers.optional import load_optional

PREFIX = "objective_"
CURVE = ("objective_name", "dataset_name", "solver_name", "idx_rep")
COLUMNS = (*CURVE, "stop_val")
RENAMED = {
    "data_name": "dataset_name",
    "stopping_strategy": "sampling_strategy",
    "stop_strategy": "sampling_strategy",
}


def table_of_benchopt(
    path: Path,
    frame: pd.DataFrame,
    metric: str | None,
    *,
    average: bool = False,
    at: float | None = None,
) -> MeasuredTable:
    """The solvers (arms) on every data set (block; with its objective, of several), by repetition.

    A curve counts by its end: the smallest `stop_val` where it was sampled by tolerance, else the
    largest; `at`: its last point within so many seconds. A value that is not finite (diverged) is
    none. benchopt does not say whether more or less is better. A metric is a column objective_NAME,
    named with or without the prefix, or `time`. `average`: the mean of several ends of one curve,
    as files put together have them. Raises SuiteError.
    """
    frame = _with_known_names(path, frame)
    metric = metric and metric.removeprefix(PREFIX)
    metric = choose_metric(metric, _metrics(list(frame.columns)), str(path))
    column = metric if metric == "time" else PREFIX + metric
    ends = _ends(path, frame, at)
    repeats = ends.duplicated(list(CURVE))
    if repeats.any() and not average:
        raise SuiteError(
            f"{path}: {_name(ends[repeats].iloc[0])} stands twice: --average takes the mean"
        )
    numbers = _numbers(path, ends[column]).groupby(
        [ends[name] for name in CURVE], sort=False, dropna=False
    )
    return MeasuredTable(
        source=str(path),
        metric=metric,
        unit="seed",
        rows=_rows(numbers.mean().reset_index(name="value")),
        rule=None,
        reading=_reading(list(frame.columns), column, at),
    )


def is_benchopt_table(columns: Sequence[str]) -> bool:
    """Whether a parquet file with these columns is one of benchopt's."""
    return set(COLUMNS) <= {RENAMED.get(name, name) for name in columns}


def _ends(path: Path, frame: pd.DataFrame, at: float | None) -> pd.DataFrame:
    """The point of every curve that counts; two of a curve that was sampled in two ways."""
    falls = _is_falling(path, frame)
    steps = _numbers(path, frame["stop_val"])
    if steps.isna().any():
        raise SuiteError(f"{path}: {_name(frame.loc[steps.isna()].iloc[0])} lacks a stop_val")
    frame = frame.assign(falls=falls, order=steps.where(~falls, -steps))
    if at is not None:
        frame = _within(path, frame, at)
    last = frame.groupby([*CURVE, "falls"], dropna=False)["order"].transform("max")
    ends: pd.DataFrame = frame.loc[frame["order"] == last]
    return ends


def _within(path: Path, frame: pd.DataFrame, at: float) -> pd.DataFrame:
    """The points within a budget of seconds. Raises SuiteError for a curve that has none."""
    if "time" not in frame:
        raise SuiteError(f"{path}: --at: expected a column time, found none")
    within: pd.DataFrame = frame.loc[_numbers(path, frame["time"]) <= at]
    curves, kept = (pd.MultiIndex.from_frame(part[list(CURVE)]) for part in (frame, within))
    late = frame.loc[~curves.isin(kept)]
    if len(late):
        raise SuiteError(
            f"{path}: --at: {_name(late.iloc[0])}: expected a point within {at:g} s, got the first"
            f" at {late['time'].iloc[0]:g} s"
        )
    return within


def _is_falling(path: Path, frame: pd.DataFrame) -> pd.Series[bool]:
    """Of every point, whether `stop_val` falls along its curve: a tolerance.

    Where no column says how curves were sampled, it falls if it falls as time goes on.
    """
    falls: pd.Series[bool]
    if "sampling_strategy" in frame:
        falls = frame["sampling_strategy"].astype(str).str.lower() == "tolerance"
        return falls
    if "time" not in frame:
        raise SuiteError(f"{path}: expected a column sampling_strategy or time, to order curves by")
    steps = frame.sort_values("time").groupby(list(CURVE), dropna=False)["stop_val"]
    falls = (steps.transform("first") > steps.transform("last")).reindex(frame.index)
    return falls


def _rows(ends: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table."""
    block = ends["dataset_name"].astype(str)
    if ends["objective_name"].nunique() > 1:
        block += " under " + ends["objective_name"].astype(str)
    value = ends["value"].where(np.isfinite(ends["value"]))
    arm, unit = ends["solver_name"].astype(str), ends["idx_rep"].astype(str)
    rows: pd.DataFrame = pd.DataFrame({"arm": arm, "block": block, "unit": unit, "value": value})
    return rows


def _reading(columns: Sequence[str], column: str, at: float | None) -> str:
    used = {*COLUMNS, column, "sampling_strategy", "time"}
    ignored = [name for name in columns if name not in used]
    point = "the end of each curve" if at is None else f"the last point within {at:g} s"
    return (
        f"read: results of benchopt, solver_name = arm, dataset_name = block, idx_rep = seed,"
        f" {column} = value ({point}); ignored: {', '.join(ignored) or 'nothing'}"
    )


def _name(curve: pd.Series[str]) -> str:
    return f"{curve['solver_name']} on {curve['dataset_name']}: repetition {curve['idx_rep']}"


def _numbers(path: Path, column: pd.Series[float]) -> pd.Series[float]:
    try:
        return column.astype("float64")
    except (TypeError, ValueError) as error:
        raise SuiteError(f"{path}: {column.name}: expected numbers: {error}") from None


def read_parquet(path: Path) -> pd.DataFrame:
    """The table in a parquet file. Raises SuiteError where it is none, or nothing reads it."""
    read_bytes(path)  # for its refusals: pandas' are of many kinds
    pa = load_optional("pyarrow", "parquet", str(path))
    try:
        check_parquet(str(path), path)
        return pd.read_parquet(path)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise SuiteError(f"{path}: not valid parquet: {error}".replace("\n", " ")) from None


def _with_known_names(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """The table with the names that its columns have today."""
    renamed: pd.DataFrame = frame.rename(columns=RENAMED)
    missing = set(COLUMNS) - set(renamed.columns)
    if missing:
        raise SuiteError(
            f"{path}: expected benchopt's columns, found no {', '.join(sorted(missing))}"
        )
    return renamed


def _metrics(columns: Sequence[str]) -> list[str]:
    """The metrics that the columns hold, without benchopt's prefix."""
    names = [
        name.removeprefix(PREFIX)
        for name in columns
        if name.startswith(PREFIX) and name != "objective_name"
    ]
    return names + ["time"] * ("time" in columns)
