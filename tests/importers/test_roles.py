"""What tables of people are read as, and what is refused rather than guessed."""

from __future__ import annotations

import io
import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest

from suite.errors import SuiteError
from suite.importers.measured_table import Frame, MeasuredTable
from suite.importers.roles import RoleOptions, make_table


def table(text: str, source: str = "results.csv", notes: tuple[str, ...] = ()) -> Frame:
    """Words parted by spaces, "-" for a blank, as a reader of files gives them."""
    frame = pd.read_csv(io.StringIO(text), sep=r"\s+", na_values="-", skipinitialspace=True)
    numbers = frame.select_dtypes(include="number").columns
    return Frame(source, frame.astype(dict.fromkeys(numbers, float)), notes)


def read(*texts: str, **options: object) -> MeasuredTable:
    """The table of one text, or of a.csv, b.csv and so on."""
    names = ["results.csv"] if len(texts) == 1 else [f"{letter}.csv" for letter in "abcdef"]
    frames = [table(text, name) for text, name in zip(texts, names, strict=False)]
    return make_table(frames, RoleOptions(**options))  # type: ignore[arg-type]


def values(measured: MeasuredTable) -> dict[tuple[str, str, str], float]:
    rows = measured.rows
    keys = zip(rows["arm"], rows["block"], rows["unit"], strict=True)
    return dict(zip(keys, rows["value"].tolist(), strict=True))


def refusal(*texts: str, **options: object) -> str:
    with pytest.raises(SuiteError) as caught:
        read(*texts, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


LONG = """method dataset seed accuracy
          A      iris    0    .5
          A      iris    1    .6
          B      iris    0    .7
          B      iris    1    .8"""


def test_methods_by_data_sets_by_seeds_are_read_and_said() -> None:
    found = read(LONG)
    assert values(found) == {
        ("A", "iris", "0"): 0.5,
        ("A", "iris", "1"): 0.6,
        ("B", "iris", "0"): 0.7,
        ("B", "iris", "1"): 0.8,
    }
    assert (found.metric, found.unit) == ("accuracy", "seed")
    assert found.rule is not None
    assert (found.rule.direction, found.rule.unit) == ("higher", "none")
    assert found.reading == (
        "read: method = arm, dataset = data set, seed = seed, accuracy = value (higher is better)"
    )
    assert list(found.rows.columns) == ["arm", "block", "unit", "value"]
    assert found.notes == ()


def test_names_are_read_in_other_case_and_with_the_prefixes_of_trackers() -> None:
    found = read("""params.Model config/Data_Set random-seed metrics.ACC
                    A            d               1           .5
                    A            d               2           .6""")
    assert values(found) == {("A", "d", "1"): 0.5, ("A", "d", "2"): 0.6}
    assert found.metric == "ACC"
    assert found.reading.startswith("read: params.Model = arm, config/Data_Set = data set")


def test_a_column_for_each_arm_is_read_as_a_wide_table() -> None:
    found = read("""seed adam sgd
                    0    .9   .8
                    1    .7   -""")
    assert values(found) == pytest.approx(
        {
            ("adam", "", "0"): 0.9,
            ("adam", "", "1"): 0.7,
            ("sgd", "", "0"): 0.8,
            ("sgd", "", "1"): math.nan,
        },
        nan_ok=True,
    )
    assert found.metric == "value"
    assert found.reading == "read: seed = seed, adam, sgd = arms (higher is better)"


def test_a_wide_table_may_have_data_sets_and_seeds_and_times() -> None:
    found = read("""dataset seed A  B  time
                    x       0    .1 .2 9
                    y       0    .3 .4 8""")
    assert values(found)["B", "y", "0"] == 0.4
    assert found.reading.endswith("A, B = arms (higher is better); ignored: time")


def test_a_matrix_of_data_sets_by_methods_has_one_unit_a_data_set() -> None:
    frame = pd.DataFrame({"Unnamed: 0": ["iris", "wine"], "A": [0.1, 0.2], "B": [0.3, 0.4]})
    found = make_table([Frame("m.csv", frame)])
    assert values(found) == {
        ("A", "iris", "1"): 0.1,
        ("A", "wine", "1"): 0.2,
        ("B", "iris", "1"): 0.3,
        ("B", "wine", "1"): 0.4,
    }
    assert found.unit == "seed"
    assert "Unnamed: 0 = data set" in found.reading


def test_a_wide_table_whose_rows_nothing_names_is_refused() -> None:
    assert refusal("corpora A  B\n iris .1 .2\n wine .3 .4") == (
        "results.csv: several rows of arm A (row 1 and row 2): expected a column that says which"
        " seed, item or data set a row is, found corpora, A, B: name it with --seed, --item or"
        " --block"
    )
    assert len(read("corpora A B\n u .1 .2\n v .3 .4", block="corpora").rows) == 4


def test_arms_as_columns_of_one_metric_have_its_direction() -> None:
    found = read("seed ours_loss base_loss\n 0 .1 .2\n 1 .3 .4")
    assert found.rule is not None
    assert (found.metric, found.rule.direction) == ("loss", "lower")
    assert "expected one metric in columns of arms, got a_acc, a_loss" in refusal(
        "seed a_acc a_loss\n 0 .1 .2\n 1 .3 .4"
    )


def test_an_index_is_no_arm_and_files_without_arms_are_arms() -> None:
    frames = [
        Frame(
            f"runs/{arm}/out.csv.gz",
            pd.DataFrame({"Unnamed: 0": [0.0, 1.0], "seed": [4.0, 5.0], "acc": [0.1, 0.2]}),
        )
        for arm in ("ours", "base")
    ]
    found = make_table(frames)
    assert set(found.rows["arm"]) == {"ours", "base"}
    assert set(found.rows["unit"]) == {"4", "5"}
    assert found.reading == (
        "read: file = arm, seed = seed, acc = value (higher is better); ignored: Unnamed: 0 (index)"
    )
    assert found.source == "runs/ours/out.csv.gz, runs/base/out.csv.gz"


def test_seeds_pair_whether_written_as_1_or_as_1_point_0_or_as_text() -> None:
    a = Frame("a.csv", pd.DataFrame({"seed": [1.0, 2.0], "acc": [0.1, 0.2]}))
    b = Frame("b.csv", pd.DataFrame({"seed": ["1", " 2"], "acc": [0.3, 0.4]}))
    assert values(make_table([a, b]))["b", "", "2"] == 0.4


def test_files_with_other_models_are_arms_each() -> None:
    found = read(
        "model seed value\n s 0 .1\n s 1 .2\n l 2 .3\n l 3 .4",
        "model seed value\n base 0 .5\n base 1 .6",
    )
    assert found.rows.groupby("arm", sort=False).size().to_dict() == {"s": 2, "l": 2, "base": 2}


def test_a_second_model_column_that_varies_within_an_arm_is_refused() -> None:
    assert refusal("arm model seed value\n a s 0 .1\n a l 1 .2\n b s 0 .3\n b l 1 .4") == (
        "results.csv: model differs between the rows of arm a (s in row 1 and l in row 2): choose"
        """ with --where "model == 's'", or compare by it with --arm arm,model, or leave it out"""
        " with --ignore model"
    )


CROSSED = """method model seed acc
             m1     a     0    .1
             m1     b     0    .2
             m2     a     0    .3
             m2     b     0    .4"""


def test_two_columns_of_arms_are_refused_until_they_are_named_together() -> None:
    text = refusal(CROSSED)
    assert "several rows of arm m1, seed 0 (row 1 and row 2), which differ in model" in text
    assert "--arm method,model" in text
    found = read(CROSSED, arm="method,model")
    assert values(found)["m2 / a", "", "0"] == 0.3
    assert len(read(CROSSED, where="model == 'b'").rows) == 2


def test_a_column_that_follows_the_arm_or_the_data_set_is_ignored_and_said() -> None:
    found = read("""method lr  dataset rows seed acc
                    A      .1  x       150  0    .1
                    A      .1  y       90   0    .2
                    B      .2  x       150  0    .3
                    B      .2  y       90   0    .4""")
    assert found.reading.endswith("; ignored: lr (follows the arm), rows (follows the data set)")


@pytest.mark.parametrize("name", ["split", "task"])
def test_arms_on_different_splits_or_tasks_are_refused(name: str) -> None:
    text = refusal(
        f"method {name} dataset seed acc\n A p x 0 .1\n A p y 1 .2\n B q x 0 .3\n B q y 1 .4"
    )
    assert f"{name} differs between the arms (p in row 1 and q in row 3)" in text


def test_rows_of_train_and_test_ask_for_the_split() -> None:
    rows = "method split seed acc\n A train 0 .9\n A test 0 .5\n B train 0 .8\n B test 0 .6"
    text = refusal(rows)
    assert """which differ in split: choose with --where "split == 'test'\"""" in text
    assert values(read(rows, where="split == 'test'")) == {("A", "", "0"): 0.5, ("B", "", "0"): 0.6}


def test_curves_ask_for_a_step_or_the_average() -> None:
    rows = "method seed epoch acc\n A 0 1 .1\n A 0 10 .3\n B 0 1 .5\n B 0 10 .6"
    text = refusal(rows)
    assert 'which differ in epoch: choose with --where "epoch == 10"' in text
    assert "--arm" not in text
    found = read(rows, where="epoch == 10")
    assert values(found) == {("A", "", "0"): 0.3, ("B", "", "0"): 0.6}
    assert found.notes == ("--where epoch == 10: 2 of 4 rows",)
    assert found.reading.endswith("ignored: epoch")
    averaged = read(rows, average=True)
    assert values(averaged) == pytest.approx({("A", "", "0"): 0.2, ("B", "", "0"): 0.55})
    assert averaged.notes == ("2 of 2 values are means of several rows, over epoch",)


def test_rows_that_stand_twice_are_refused_or_averaged_without_their_blanks() -> None:
    rows = "arm seed acc\n a 0 .1\n a 0 .4\n b 0 .3\n b 1 -\n b 1 .7"
    assert refusal(rows) == (
        "results.csv: several rows of arm a, seed 0 (row 1 and row 2): expected one: remove the"
        " other, or average them with --average"
    )
    assert values(read(rows, average=True)) == pytest.approx(
        {("a", "", "0"): 0.25, ("b", "", "0"): 0.3, ("b", "", "1"): 0.7}
    )


def test_the_same_arms_in_two_files_ask_for_the_file() -> None:
    rows = "arm seed acc\n a 0 .1\n b 0 .2"
    text = refusal(rows, rows)
    assert "(a.csv: row 1 and b.csv: row 1), which differ in file" in text
    assert set(read(rows, rows, arm="file,arm").rows["arm"]) == {
        "a / a",
        "a / b",
        "b / a",
        "b / b",
    }


def test_files_of_one_model_are_arms_each() -> None:
    found = read("model seed acc\n m 0 .1\n m 1 .2", "model seed acc\n m 0 .3\n m 1 .4")
    assert values(found)["b", "", "1"] == 0.4
    assert found.reading.startswith("read: file = arm, seed = seed, acc = value")
    assert found.reading.endswith("; ignored: model")


def test_several_metrics_in_one_column_are_asked_for() -> None:
    rows = "arm seed metric value\n a 0 acc .1\n a 1 acc .2\n b 0 loss 3\n b 1 loss 4"
    assert refusal(rows) == (
        "results.csv: metric: expected one metric, got acc, loss: choose with --metric acc"
    )
    found = read(rows, metric="loss")
    assert found.rule is not None
    assert (set(found.rows["arm"]), found.rule.direction) == ({"b"}, "lower")
    assert "metric = metric (loss), value = value (lower is better)" in found.reading
    assert "expected one of acc, loss, got 'f1'" in refusal(rows, metric="f1")


def test_of_several_metric_columns_test_data_come_first_and_the_others_are_named() -> None:
    rows = "arm seed train_acc acc loss test_acc\n a 0 .9 .5 1 .4\n b 0 .8 .6 2 .3"
    found = read(rows)
    assert values(found) == {("a", "", "0"): 0.4, ("b", "", "0"): 0.3}
    assert "; other metrics: train_acc, acc, loss (--metric)" in found.reading
    chosen = read(rows, metric="loss")
    assert chosen.rule is not None
    assert (values(chosen)["b", "", "0"], chosen.rule.direction) == (2, "lower")
    assert refusal(rows, metric="f1").endswith(
        "--metric: expected one of train_acc, acc, loss, test_acc, got 'f1'"
    )


def test_a_metric_that_nobody_knows_has_no_rule() -> None:
    found = read("arm seed zeal\n a 0 1\n b 0 2")
    assert (found.metric, found.rule) == ("zeal", None)
    assert "zeal = value (which is better is not known: --direction)" in found.reading
    text = refusal("arm seed zeal verve\n a 0 1 2\n b 0 3 4")
    assert "expected one column of values, got zeal, verve: choose with --value" in text
    assert read("arm seed zeal verve\n a 0 1 2\n b 0 3 4", value="verve").metric == "verve"


def test_folds_of_repeats_are_repeat_and_fold_and_a_fold_alone_needs_no_seed() -> None:
    found = read("model repeat fold auc\n a 0 0 .1\n a 0 1 .2\n a 1 0 .3\n a 1 1 .4")
    assert (found.unit, list(found.rows["unit"])) == ("fold", ["0/0", "0/1", "1/0", "1/1"])
    found = read("model fold seed auc\n a 0 71 .1\n a 1 72 .2\n b 0 83 .3\n b 1 72 .4")
    assert (found.unit, list(found.rows["unit"])) == ("fold", ["0", "1", "0", "1"])
    assert found.reading.endswith("; ignored: seed (the fold tells runs apart)")


def test_items_have_clusters_and_what_follows_them_is_ignored() -> None:
    found = read("model item passage topic correct\n m 1 p x 1\n m 2 q y 0\n n 1 p x 0\n n 2 q y 1")
    assert list(found.rows["cluster"]) == ["p", "q", "p", "q"]
    assert found.reading.endswith("; ignored: topic (follows the item)")


def test_what_a_model_answered_to_an_item_is_ignored_and_said() -> None:
    rows = "model id {} label ok\n m 1 x x 1\n m 2 y y 1\n n 1 y x 0\n n 2 y y 1"
    rows = rows.replace("ok", "correct")
    found = read(rows.format("choice"))
    assert found.reading.endswith("; ignored: choice, label (follows the item)")
    assert "filter differs between the rows of arm m" in refusal(rows.format("filter"))


def test_subjects_are_items_where_nothing_else_is() -> None:
    found = read("subject drug placebo\n s1 .1 .2\n s2 .3 .4")
    assert (found.unit, set(found.rows["unit"])) == ("item", {"s1", "s2"})
    assert "cluster" not in found.rows


def test_an_item_in_two_clusters_is_refused_by_row() -> None:
    assert refusal("model item passage ok correct\n m 1 p z 1\n m 2 q z 0\n n 1 q z 0") == (
        "results.csv: row 3: passage: expected p for item 1 as in row 1, got q: where each passage"
        " numbers its items anew, join both with --item passage,item"
    )


def test_items_asked_under_several_seeds_are_not_more_items() -> None:
    rows = "model item seed correct\n m 1 0 1\n m 1 1 0\n n 1 0 0\n n 1 1 0"
    text = refusal(rows)
    assert "several rows of arm m, item 1 (row 1 and row 2), which differ in seed" in text
    assert "--average" in text
    assert values(read(rows, average=True)) == {("m", "", "1"): 0.5, ("n", "", "1"): 0.0}


def test_seeds_side_by_side_are_seeds() -> None:
    found = read("method dataset seed_0 seed_1\n A x .1 .2\n A y .3 -\n B x .5 .6\n B y .7 .8")
    assert values(found) == pytest.approx(
        {
            ("A", "x", "0"): 0.1,
            ("A", "y", "0"): 0.3,
            ("B", "x", "0"): 0.5,
            ("B", "y", "0"): 0.7,
            ("A", "x", "1"): 0.2,
            ("A", "y", "1"): math.nan,
            ("B", "x", "1"): 0.6,
            ("B", "y", "1"): 0.8,
        },
        nan_ok=True,
    )
    assert found.notes == ("columns seed_0, seed_1: read as value of each seed",)
    found = read("model fold1_auc fold2_auc\n A .1 .2\n B .3 .4")
    assert (found.unit, found.metric) == ("fold", "auc")
    assert "expected one value for each seed or fold in columns fold1_f1" in refusal(
        "model fold1_f1 fold1_auc\n A .1 .2\n B .3 .4"
    )
    assert set(read("id run1 run2\n 0 .1 .2\n 1 .3 .4").rows["arm"]) == {"run1", "run2"}
    text = refusal("method seed0 seed1\n A 1 2\n B 3 inf")
    assert text.startswith("results.csv: row 2: value: expected a finite number, got inf")


def test_an_arm_may_have_the_name_of_a_role_in_a_wide_table() -> None:
    found = read("seed policy baseline\n 0 .1 .2\n 1 .3 .4")
    assert set(found.rows["arm"]) == {"policy", "baseline"}


def test_a_failed_run_that_was_repeated_asks_for_those_that_ended() -> None:
    text = refusal("arm seed state acc\n a 0 crashed -\n a 0 finished .2\n b 0 finished .3")
    assert """which differ in state: choose with --where "state == 'finished'\"""" in text


def test_numbers_and_names_of_runs_are_neither_seeds_nor_arms() -> None:
    found = read("""name run model seed acc
                    m-0  1   m     0    .1
                    m-1  2   m     1    .2
                    n-0  3   n     0    .3
                    n-1  4   n     1    .4""")
    assert values(found)["n", "", "1"] == 0.4
    assert found.reading.endswith("ignored: name (one a run), run (one a run)")


def test_rows_are_not_paired_by_position() -> None:
    rows = "run model acc\n 1 m .1\n 2 m .2\n 3 n .3\n 4 n .4"
    assert refusal(rows) == (
        "results.csv: several rows of arm m (row 1 and row 2), which do not pair by position: name"
        " the column that pairs them with --seed, --item or --fold (they differ in run), or compare"
        " without pairs with --unpaired"
    )
    assert list(read(rows, unpaired=True).rows["unit"]) == ["m:1", "m:2", "n:1", "n:2"]


def test_one_value_of_each_arm_is_no_comparison() -> None:
    assert "got one value of each arm" in refusal("method acc\n a .1\n b .2")
    assert len(read("method dataset acc\n a x .1\n a y .2\n b x .3\n b y .4").rows) == 4


def test_runs_that_failed_count_as_without_a_value() -> None:
    found = read("model seed State acc\n m 0 finished .1\n m 1 crashed .9\n n 0 finished .3")
    assert math.isnan(values(found)["m", "", "1"])
    assert found.notes == ("1 rows whose State is crashed count as without a value",)


def test_hardware_that_varies_is_refused_until_it_is_left_out() -> None:
    rows = "model seed gpu acc\n m 0 u .1\n m 1 v .2\n n 0 v .3\n n 1 v .4"
    assert "gpu differs between the rows of arm m (u in row 1 and v in row 2)" in refusal(rows)
    assert read(rows, ignore="gpu").reading.endswith("ignored: gpu")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("arm seed acc\n a 0 .1\n a - .1", "row 2: seed: expected a seed, got nothing"),
        ("arm seed acc\n a 0 .1\n - 1 .1", "row 2: arm: expected an arm, got nothing"),
        ("arm seed acc\n a 0 .1\n a 1 inf", "row 2: acc: expected a finite number, got inf"),
        ("arm seed acc\n a 0 .1\n a 1 x", "row 2: acc: expected a finite number, got 'x'"),
        ("arm seed acc\n a 9007199254740992 1", "seed: expected whole numbers below 2**53"),
        ("method iris wine\n a 1 2\n b 3 4", "must be transposed"),
        (
            "arm seed\n a x",
            "expected a column of values such as accuracy or value, found arm, seed",
        ),
    ],
)
def test_what_cannot_be_read_is_named_by_row_and_column(rows: str, message: str) -> None:
    assert message in refusal(rows)
    assert refusal(rows).startswith("results.csv: ")


def test_rows_keep_their_numbers_in_their_files_when_some_are_left_out() -> None:
    text = refusal(
        "arm seed epoch acc\n a 0 1 .1\n a 0 2 .2",
        "arm seed epoch acc\n b 0 1 .1\n b 0 2 inf",
        where="epoch == 2",
    )
    assert text.startswith("b.csv: row 2: acc: ")


def test_an_option_names_a_column_that_is_there() -> None:
    assert refusal(LONG, seed="sed").endswith(
        "--seed: expected a column, got 'sed'; did you mean 'seed'?"
    )
    assert "--cluster: expected items" in refusal(LONG, cluster="dataset")
    assert values(read(LONG, seed="SEED")) == values(read(LONG))


def test_files_without_a_column_of_a_role_are_refused() -> None:
    assert refusal("seed acc\n 0 .1", "seed accuracy\n 0 .1") == (
        "b.csv: expected a column acc as in the other files, found seed, accuracy"
    )


def test_a_long_list_of_ignored_columns_moves_to_the_notes() -> None:
    names = [f"date_{number}_of_the_run" for number in range(9)]
    found = read(f"arm seed acc {' '.join(names)}\n a 0 .1{' 1' * 9}\n b 0 .2{' 2' * 9}")
    assert len(found.reading) <= 160
    assert re.search(r"ignored: .* and \d more$", found.reading)
    assert found.notes == (f"ignored columns: {', '.join(names)}",)


def test_notes_of_readers_stand_once_where_files_agree() -> None:
    same = [
        table("seed acc\n 0 .1\n 1 .2", name, ("percent read as shares",)) for name in ("a", "b")
    ]
    assert make_table(same).notes == ("percent read as shares",)
    other = [same[0], table("seed acc\n 0 .1\n 1 .2", "b")]
    assert make_table(other).notes == ("a: percent read as shares",)


def test_a_table_is_the_same_long_or_wide_and_in_any_order() -> None:
    generator = np.random.default_rng(0)
    keys = list(itertools.product("ABC", "xy", range(4)))
    expected = {(a, b, str(seed)): float(generator.normal()) for a, b, seed in keys}
    long = pd.DataFrame(keys, columns=["method", "dataset", "seed"])
    long = long.astype({"seed": float}).assign(accuracy=list(expected.values()))
    shuffled = long.iloc[generator.permutation(len(long)), generator.permutation(4)]
    wide = long.pivot(index=["dataset", "seed"], columns="method", values="accuracy").reset_index()
    parts = [
        Frame(f"{arm}.csv", long[long["method"] == arm].drop(columns="method")) for arm in "ABC"
    ]
    for frames in ([Frame("l.csv", shuffled)], [Frame("w.csv", wide)], parts):
        assert values(make_table(frames)) == expected


def test_a_table_without_rows_or_with_a_column_twice_is_refused() -> None:
    with pytest.raises(SuiteError, match=r"e\.csv: expected rows of results, found none"):
        make_table([Frame("e.csv", pd.DataFrame({"seed": [], "acc": []}))])
    twice = pd.DataFrame([[0.0, 1.0, 2.0]], columns=["seed", "acc", "acc"])
    with pytest.raises(SuiteError, match=r"t\.csv: expected different columns, got 'acc' twice"):
        make_table([Frame("t.csv", twice)])
