"""Results of benchopt: a parquet table with a row for every point of a curve.

A curve is a solver on a data set under an objective, in one repetition; its last point (the largest
`stop_val`) counts. Columns as in benchopt 1.10; before 1.7 `dataset_name` was `data_name`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from suite.errors import SuiteError
from suite.importers.measured import (
    MeasuredArm,
    add_value,
    choose_metric,
    read_bytes,
    read_number,
)

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "objective_"
CURVE = ("objective_name", "dataset_name", "solver_name", "idx_rep")


def read_benchopt(path: Path, metric: str | None) -> dict[str, MeasuredArm]:
    """The last values of every solver on every data set by repetition; each such pair is an arm.

    benchopt does not say whether more or less is better. A metric is a column objective_NAME, named
    with or without the prefix, or `time`. Raises SuiteError.
    """
    frame = _read_frame(path)
    known = _metrics(list(frame.columns))
    metric = choose_metric(metric and metric.removeprefix(PREFIX), known, str(path))
    column = metric if metric == "time" else PREFIX + metric
    several = frame["objective_name"].nunique() > 1
    last = frame.loc[frame.groupby(list(CURVE))["stop_val"].transform("max") == frame["stop_val"]]
    arms: dict[str, dict[str, float]] = {}
    for objective, data, solver, repetition, value in last[[*CURVE, column]].itertuples(
        index=False
    ):
        arm = f"{solver} on {data}" + f" under {objective}" * several
        location = f"{path}: {arm}: repetition {repetition}"
        item = f"{objective}, {data}, {repetition}"
        number = read_number(value, f"{location}: {metric}")
        add_value(arms.setdefault(arm, {}), item, number, location)
    return {arm: MeasuredArm(arm, metric, values, rule=None) for arm, values in arms.items()}


def _read_frame(path: Path) -> pd.DataFrame:
    """The table in the file, with benchopt's columns."""
    read_bytes(path)  # for its refusals: pandas' are of many kinds
    try:
        # optional, and heavy: only this reader needs them
        import pandas as pd
        import pyarrow as pa

        frame: pd.DataFrame = pd.read_parquet(path)
    except ImportError:
        raise SuiteError(f"{path}: reading parquet needs pyarrow: install suite[parquet]") from None
    except (pa.ArrowException, ValueError, OSError) as error:
        raise SuiteError(f"{path}: not valid parquet: {error}".replace("\n", " ")) from None
    renamed: pd.DataFrame = frame.rename(columns={"data_name": "dataset_name"})
    missing = {*CURVE, "stop_val"} - set(renamed.columns)
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
