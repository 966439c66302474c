"""Results of benchopt: a parquet table with a row for every point of a curve.

A curve is a solver on a data set under an objective, in one repetition; its last point (the largest
`stop_val`) counts. Columns as in benchopt 1.10; before 1.7 `dataset_name` was `data_name`.
"""

from __future__ import annotations

from pathlib import Path

from suite.errors import SuiteError
from suite.importers.measured import Observed, add, chosen_metric, number, read_bytes

PREFIX = "objective_"


def read_benchopt(path: Path, metric: str | None) -> dict[str, Observed]:
    """The last values of every solver on every data set, an arm each, by repetition; what is
    better, benchopt does not say.

    A metric is a column objective_NAME, named with or without the prefix, or `time`. Raises
    SuiteError.
    """
    read_bytes(path)  # for its refusals: pandas' are of many kinds
    try:
        import pandas as pd
        import pyarrow as pa

        frame = pd.read_parquet(path)
    except ImportError:
        raise SuiteError(f"{path}: reading parquet needs pyarrow: install suite[parquet]") from None
    except (pa.ArrowException, ValueError, OSError) as error:
        raise SuiteError(f"{path}: not valid parquet: {error}".replace("\n", " ")) from None
    frame = frame.rename(columns={"data_name": "dataset_name"})
    missing = {"solver_name", "dataset_name", "objective_name", "idx_rep", "stop_val"} - set(
        frame.columns
    )
    if missing:
        raise SuiteError(
            f"{path}: expected benchopt's columns, found no {', '.join(sorted(missing))}"
        )
    known = [
        name.removeprefix(PREFIX)
        for name in frame.columns
        if name.startswith(PREFIX) and name != "objective_name"
    ]
    known += ["time"] if "time" in frame.columns else []
    wanted = chosen_metric(metric and metric.removeprefix(PREFIX), known, str(path))
    column = wanted if wanted == "time" else PREFIX + wanted
    several = frame["objective_name"].nunique() > 1
    curve = ["objective_name", "dataset_name", "solver_name", "idx_rep"]
    last = frame.loc[frame.groupby(curve)["stop_val"].transform("max") == frame["stop_val"]]
    found: dict[str, dict[str, float]] = {}
    for objective, data, solver, repetition, value in last[[*curve, column]].itertuples(
        index=False
    ):
        arm = f"{solver} on {data}" + f" under {objective}" * several
        place = f"{path}: {arm}: repetition {repetition}"
        add(
            found.setdefault(arm, {}),
            f"{objective}, {data}, {repetition}",
            number(value, f"{place}: {wanted}"),
            place,
        )
    return {arm: Observed(arm, wanted, values, rule=None) for arm, values in found.items()}
