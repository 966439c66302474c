"""Tables as benchopt writes them, made here: which point of a curve counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suite.errors import SuiteError
from suite.importers.logs import read_log
from suite.importers.measured_table import MeasuredTable
from tests.support.results import read_arms

INFINITY = 3e38  # what benchopt starts a tolerance from


def curve(
    solver: str, strategy: str, steps: list[float], values: list[float], **changes: Any
) -> pd.DataFrame:
    """A curve with a point every tenth of a second."""
    columns: dict[str, Any] = {
        "objective_name": "ridge",
        "solver_name": solver,
        "dataset_name": "wide",
        "idx_rep": 0,
        "sampling_strategy": strategy,
        "stop_val": steps,
        "time": [0.1 * place for place in range(len(steps))],
        "objective_value": values,
    }
    points: pd.DataFrame = pd.DataFrame(columns | changes)
    return points


def rising(**changes: Any) -> pd.DataFrame:
    return curve("GD", "Iteration", [0, 1, 5, 20], [8.0, 4.0, 2.0, 0.5], **changes)


def falling(**changes: Any) -> pd.DataFrame:
    return curve("Newton", "Tolerance", [INFINITY, 1, 1e-2, 1e-5], [8.0, 3.0, 1.0, 0.25], **changes)


def file(path: Path, *curves: pd.DataFrame) -> Path:
    pd.concat(curves, ignore_index=True).to_parquet(path)
    return path


def values(path: Path, **options: Any) -> dict[str, float]:
    """The value of every arm of one repetition."""
    return {
        name: next(iter(arm.values.values())) for name, arm in read_arms(path, **options).items()
    }


def message(path: Path, **options: Any) -> str:
    with pytest.raises(SuiteError) as caught:
        read_arms(path, **options)
    return str(caught.value)


def test_curves_are_read_at_their_end_however_they_were_sampled(tmp_path: Path) -> None:
    once = curve("Exact", "Run_once", [1], [0.125])
    path = file(tmp_path / "x.parquet", falling().iloc[::-1], rising(), once)
    assert values(path) == {"Newton on wide": 0.25, "GD on wide": 0.5, "Exact on wide": 0.125}


def test_time_orders_curves_where_nothing_says_how_they_were_sampled(tmp_path: Path) -> None:
    curves = [one.drop(columns="sampling_strategy") for one in (rising(), falling().iloc[::-1])]
    path = tmp_path / "x.parquet"
    assert values(file(path, *curves)) == {"GD on wide": 0.5, "Newton on wide": 0.25}
    named = [one.rename(columns={"sampling_strategy": "stopping_strategy"}) for one in (falling(),)]
    assert values(file(path, *named)) == {"Newton on wide": 0.25}
    assert "expected a column sampling_strategy or time" in message(
        file(path, curves[0].drop(columns="time"))
    )


def test_a_budget_of_seconds_takes_the_last_point_within_it(tmp_path: Path) -> None:
    path = file(tmp_path / "x.parquet", rising(), falling())
    assert values(path, at=0.25) == {"GD on wide": 2.0, "Newton on wide": 1.0}
    assert values(path, at=0.2) == values(path, at=0.25)
    late = rising(solver_name="Late", time=[0.7, 0.8, 0.9, 1.0])
    assert message(file(path, rising(), late), at=0.25) == (
        f"{path}: --at: Late on wide: repetition 0: expected a point within 0.25 s, got the first"
        " at 0.7 s"
    )


def test_a_table_has_solvers_as_arms_and_data_sets_as_blocks(tmp_path: Path) -> None:
    curves = [
        one.assign(dataset_name=data, idx_rep=repetition, p_solver_step=1.0)
        for data in ("wide", "tall")
        for repetition in (0, 1)
        for one in (rising(), falling())
    ]
    table = read_log(file(tmp_path / "x.parquet", *curves), None)
    assert isinstance(table, MeasuredTable)
    assert (table.metric, table.unit, table.rule) == ("value", "seed", None)
    assert table.rows.value.dtype == np.float64
    assert {tuple(row) for row in table.rows.itertuples(index=False)} == {
        (arm, block, unit, value)
        for arm, value in (("GD", 0.5), ("Newton", 0.25))
        for block in ("wide", "tall")
        for unit in ("0", "1")
    }
    assert table.reading == (
        "read: results of benchopt, solver_name = arm, dataset_name = block, idx_rep = seed,"
        " objective_value = value (the end of each curve); ignored: p_solver_step"
    )


def test_several_objectives_are_other_blocks(tmp_path: Path) -> None:
    path = file(tmp_path / "x.parquet", rising(), rising(objective_name="lasso"))
    assert list(values(path)) == ["GD on wide under ridge", "GD on wide under lasso"]


def test_values_that_diverged_are_none(tmp_path: Path) -> None:
    broken = rising(idx_rep=1, objective_value=[8.0, 4.0, 1e300, np.inf])
    (arm,) = read_arms(file(tmp_path / "x.parquet", rising(), broken)).values()
    assert (list(arm.values), arm.without_value, arm.valueless) == (
        ["wide, 0"],
        1,
        ("wide, 1",),
    )
    table = read_log(tmp_path / "x.parquet", None)
    assert isinstance(table, MeasuredTable)
    assert table.rows.value.isna().tolist() == [False, True]


def test_a_curve_that_stands_twice_is_averaged_when_asked(tmp_path: Path) -> None:
    path = file(tmp_path / "x.parquet", rising(), rising(objective_value=[8.0, 4.0, 2.0, 1.5]))
    assert message(path) == (
        f"{path}: GD on wide: repetition 0 stands twice: --average takes the mean"
    )
    assert values(path, average=True) == {"GD on wide": 1.0}
    both = file(path, rising(), rising(sampling_strategy="Tolerance"))
    assert "stands twice" in message(both)


def test_other_parquet_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pd.DataFrame({"method": ["a"], "accuracy": [0.5]}).to_parquet(path)
    assert read_log(path, None) is None
