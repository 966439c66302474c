"""Frames of pandas and of others, and paths, as tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from suite.errors import SuiteError
from suite.importers.dataframes import frames_of
from suite.importers.roles import make_table

ROWS = pd.DataFrame(
    {"method": ["a", "b", "b"], "seed": [0, 0, 1], "accuracy": [0.5, 0.25, None], "ok": True}
)


class Converted:
    """A frame that has its columns without pyarrow, as one of polars."""

    def to_pandas(self) -> Any:
        raise ModuleNotFoundError("pyarrow")

    def to_dict(self, *, as_series: bool) -> dict[str, list[object]]:
        assert not as_series
        return {str(name): list(column) for name, column in ROWS.items()}


class Interchanged:
    """A frame that has nothing but the interchange protocol."""

    def __dataframe__(self, **options: Any) -> Any:
        return ROWS.assign(method=ROWS["method"].astype("category")).__dataframe__(**options)


def test_columns_of_a_frame_are_numbers_or_text() -> None:
    (frame,) = frames_of(ROWS)
    assert frame.source == "the table"
    assert list(frame.frame["method"]) == ["a", "b", "b"]
    for name in ("seed", "accuracy", "ok"):
        assert frame.frame[name].dtype == float
    assert list(frame.frame["ok"]) == [1, 1, 1]
    assert list(frame.frame["accuracy"].isna()) == [False, False, True]


def test_chosen_rows_keep_no_numbers_and_a_named_index_is_a_column() -> None:
    (chosen,) = frames_of(ROWS[ROWS["method"] == "b"])
    assert list(chosen.frame.columns) == ["method", "seed", "accuracy", "ok"]
    (indexed,) = frames_of(ROWS.set_index(["method", "seed"]))
    assert list(indexed.frame.columns) == ["method", "seed", "accuracy", "ok"]


@pytest.mark.filterwarnings("ignore:The Dataframe Interchange Protocol")
@pytest.mark.parametrize("data", [Converted(), Interchanged()])
def test_frames_of_others_are_read_as_those_of_pandas(data: Any) -> None:
    (frame,), (expected,) = frames_of(data), frames_of(ROWS)
    assert list(frame.frame["method"]) == list(expected.frame["method"])
    assert list(frame.frame["seed"]) == [0, 0, 1]


def test_a_list_may_hold_paths_and_frames(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("method,seed,accuracy\nc,0,0.75\n")
    first, second = frames_of([path, ROWS])
    assert (first.source, second.source) == (str(path), "table 2")
    assert frames_of(str(path))[0].frame.equals(first.frame)


def test_what_is_no_table_is_refused() -> None:
    wrong: Any = 3
    with pytest.raises(SuiteError, match="expected a study, a frame of pandas or polars, or a pa"):
        frames_of(wrong)
    with pytest.raises(SuiteError, match="compare: expected a table or a path, got an empty list"):
        frames_of([])
    with pytest.raises(SuiteError, match="table 2: expected a study, .* got dict"):
        frames_of([ROWS, wrong_dict()])


def wrong_dict() -> Any:
    return {"method": ["a"]}


def test_a_pivoted_frame_is_read_as_the_long_one_it_was() -> None:
    rows = [
        (method, data, seed, 0.5 + 0.1 * k + 0.01 * j + 0.003 * ((seed * (k + 2)) % 5))
        for k, method in enumerate(("a", "b"))
        for j, data in enumerate(("x", "y", "z"))
        for seed in range(4)
    ]
    long = pd.DataFrame(rows, columns=["method", "dataset", "seed", "accuracy"])
    keys = ["method", "dataset", "seed"]
    for shaped in (
        long.pivot(index="seed", columns=["method", "dataset"], values="accuracy"),
        long.pivot(index=["dataset", "seed"], columns="method"),
        long.pivot(index="seed", columns=["method", "dataset"]),
        long.set_index(keys)["accuracy"],
    ):
        rows_read = make_table(frames_of(shaped)).rows
        read = {(r.arm, r.block, r.unit): r.value for r in rows_read.itertuples()}
        assert read == {(m, d, str(s)): value for m, d, s, value in rows}


def test_levels_of_columns_that_only_some_have_are_refused() -> None:
    columns = pd.MultiIndex.from_tuples(
        [("seed", ""), ("a", "x"), ("b", "x")], names=["method", "dataset"]
    )
    frame = pd.DataFrame([[1, 0.5, 0.6], [2, 0.4, 0.7]], columns=columns)
    with pytest.raises(SuiteError, match="the levels method, dataset, got some without"):
        frames_of(frame)
