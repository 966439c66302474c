"""Tables as papers and repositories publish them: summaries, spreads, folds as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from suite.errors import SuiteError
from suite.importers.measured_table import MeasuredTable
from suite.importers.roles import RoleOptions, make_table
from suite.importers.text_tables import read_text_table


def read(*texts: str, names: Sequence[str] = ("t.csv",), **options: Any) -> MeasuredTable:
    return make_table(
        [read_text_table(name, text) for name, text in zip(names, texts, strict=True)],
        RoleOptions(**options),
    )


def values(measured: MeasuredTable) -> dict[tuple[str, str, str], float]:
    rows = measured.rows
    keys = zip(rows["arm"], rows["block"], rows["unit"], strict=True)
    return dict(zip(keys, rows["value"].tolist(), strict=True))


def refusal(text: str, **options: Any) -> str:
    with pytest.raises(SuiteError) as caught:
        read(text, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    "cell", ["68.4(7.1)", "68.4 (7.1)", "68.4±7.1", "68.4 +/- 7.1", "68.4 [61, 75.5]"]
)
def test_a_mean_with_its_spread_is_read_as_the_mean_and_said(cell: str) -> None:
    found = read(f'dataset,A,B\niris,"{cell}",50.5(0.1)\nwine,70(0),60.25(3)\n')
    assert values(found) == {
        ("A", "iris", "1"): 68.4,
        ("A", "wine", "1"): 70.0,
        ("B", "iris", "1"): 50.5,
        ("B", "wine", "1"): 60.25,
    }
    assert "what follows ± or stands in brackets in A, B: left out" in found.notes


def test_words_with_brackets_are_no_numbers() -> None:
    text = "dataset,A,B\niris,68.4(best),1\nwine,70,2\n"
    assert refusal(text, block="dataset", value="A").startswith(
        "t.csv: row 1: A: expected a finite"
    )


@pytest.mark.parametrize(
    "label", ["Average", "Avg. rank", "Average_Rank", "Mean ACC", "Wins", "W/T/L", "Total", "std"]
)
def test_rows_that_sum_up_the_others_are_no_data_sets(label: str) -> None:
    found = read(f",A,B\niris,.5,.6\nwine,.7,.8\n{label},1.5,1.25\n")
    assert set(found.rows["block"]) == {"iris", "wine"}
    assert f"rows {label}: left out, for they sum up the others" in found.notes


@pytest.mark.parametrize("label", ["meanderings", "cost", "ionosphere", "total cost", "all"])
def test_data_sets_with_other_names_stay(label: str) -> None:
    assert label in set(read(f",A,B\niris,.5,.6\nwine,.7,.8\n{label},1.5,1.25\n").rows["block"])


def test_a_seed_named_mean_is_no_seed() -> None:
    found = read("method,seed,acc\nA,1,.5\nA,2,.7\nA,mean,.6\nB,1,.25\nB,2,.75\nB,mean,.5\n")
    assert set(values(found)) == {(arm, "", seed) for arm in "AB" for seed in "12"}


def test_what_was_measured_may_be_statistics() -> None:
    assert set(read("dataset,A,B\nmean,1,2\nmedian,3,4\n").rows["block"]) == {"mean", "median"}


def test_an_arm_may_have_a_word_for_time_in_its_name() -> None:
    found = read("dataset,A,Time-CNN,train_time_s\niris,.5,.6,9\nwine,.7,.8,8\n")
    assert set(found.rows["arm"]) == {"A", "Time-CNN"}
    assert found.reading.endswith("ignored: train_time_s")


@pytest.mark.parametrize(("above", "unit"), [("folds:", "fold"), ("Resamples:", "seed")])
def test_folds_side_by_side_are_units_and_the_file_names_the_metric(above: str, unit: str) -> None:
    text = f"{above},0,1,2\niris,3,4,5\nwine,6,7,8\n"
    found = read(text, text, names=("A_rmse.csv", "B_rmse.csv"))
    assert values(found)["A_rmse", "wine", "2"] == 8.0
    assert len(found.rows) == 2 * 2 * 3
    assert (found.unit, found.metric) == (unit, "rmse")
    assert found.rule is not None
    assert found.rule.direction == "lower"


def test_numbers_as_columns_of_which_nothing_says_what_they_are_stay_arms() -> None:
    assert set(read("dataset,0,1,2\niris,3,4,5\nwine,6,7,8\n").rows["arm"]) == {"0", "1", "2"}


def test_unnamed_values_have_the_metric_that_is_given() -> None:
    found = read("dataset,A,B\niris,3,4\nwine,6,7\n", metric="rmse")
    assert found.rule is not None
    assert (found.metric, found.rule.direction) == ("rmse", "lower")


def test_repeats_called_iterations_are_settled_by_one_option() -> None:
    rows = [f"{arm},iris,{i},{i}" for arm in "AB" for i in range(3)]
    text = "\n".join(["classifier_name,dataset_name,iteration,accuracy", *rows])
    assert "pair repeated runs by it with --seed iteration" in refusal(text)
    assert len(read(text, seed="iteration").rows) == 6


def test_one_column_too_many_is_settled_by_one_option() -> None:
    rows = [f"{d},{arm},.5,{g}" for g in ("lab", "field") for d in ("x", "y") for arm in "AB"]
    text = "\n".join(["dataset,method,loss,where_run", *rows])
    message = refusal(text)
    assert "choose with --where \"where_run == 'lab'\"" in message
    assert "tell data sets apart with --block dataset,where_run" in message
    assert len(read(text, where="where_run == 'lab'").rows) == 4
    assert len(read(text, block="dataset,where_run").rows) == 8


def test_all_columns_that_may_change_something_are_named_at_once() -> None:
    text = "\n".join(
        ["dataset,method,acc,seed,depth,width"]
        + [f"{d},{m},.5,{s},{s % 2},{s // 2}" for s in range(4) for d in "xy" for m in "AB"]
    )
    assert refusal(text).endswith("--ignore depth; so may width: --ignore depth,width")
