"""Reports on tasks over several data sets: each data set and the mean, on the page and elsewhere."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from suite.analysis.analyse import Analysis, analyse
from suite.analysis.study import Study
from suite.execution.progress import ArmProgress
from suite.reports.arms_table import arms_table
from suite.reports.costs import unequal_budgets
from suite.reports.export.tables import as_csv, as_json_lines, as_parquet
from suite.reports.headlines import answer, scope
from suite.reports.markdown.page import render_page
from suite.reports.model_tables import models_of_arm
from suite.reports.prose import plain_text
from suite.reports.row_ids import arms_behind, runs_behind_rows
from suite.reports.snapshot import difference_lines, take_snapshot
from suite.reports.table import Table
from suite.reports.verdict_tables import comparisons_table, within_table
from suite.reports.web.cards import make_card
from suite.reports.web.figure_data import figure_data
from suite.reports.web.page import render_html
from suite.reports.wording import looks_words
from suite.result import cell_name
from suite.store.looks import TopUp
from tests.support.data_sets import made_sets_study
from tests.support.fakes import made_study

VALUES: dict[str, list[list[float | None]]] = {
    "logistic": [[0.9, 0.7], [0.6, 0.8], [0.5, None]],
    "guess": [[0.5, 0.5], [0.25, 0.75], [0.25, 0.5]],
}


@pytest.fixture
def study() -> Study:
    return made_sets_study(VALUES)


@pytest.fixture
def analysis(study: Study) -> Analysis:
    return analyse(study)


def cells(table: Table, *names: str) -> list[tuple[str, ...]]:
    return [tuple(plain_text(row[name]) for name in names) for row in table.rows]


def test_the_table_of_arms_has_every_data_set_and_their_mean(study: Study) -> None:
    wanted = ("arm", "data set", "n", "mean ± sd", "seeds without result")
    assert cells(arms_table(study), *wanted) == [
        ("logistic", "d0", "2", "80.00 ± 14.14", "none"),
        ("logistic", "d1", "2", "70.00 ± 14.14", "none"),
        ("logistic", "d2", "1", "50.00", "1 (failed)"),
        # 80, 70 and 50: the spread is of the data sets
        ("logistic", "mean of the data sets", "3", "66.67 ± 15.28", "1 run"),
        ("guess", "d0", "2", "50.00 ± 0.00", "none"),
        ("guess", "d1", "2", "50.00 ± 35.36", "none"),
        ("guess", "d2", "2", "37.50 ± 17.68", "none"),
        ("guess", "mean of the data sets", "3", "45.83 ± 7.22", "none"),
    ]


def test_a_task_over_one_data_set_has_no_column_for_it() -> None:
    study = made_study("tiny", 3)
    assert "data set" not in {heading.text for heading in arms_table(study).headings}
    (data,) = re.findall(r'id="data">(.*?)</script>', render_html([analyse(study)], {}))
    assert "data_set" not in data


def test_an_answer_says_that_it_is_on_data_sets(analysis: Analysis) -> None:
    # one of six runs of an arm failed, more than a tenth
    assert plain_text(answer(analysis)).startswith(
        "In accuracy, on cpu, for data sets like these: TOO MANY FAILURES"
    )
    good = made_sets_study({"logistic": [[0.7], [0.6], [0.9]], "guess": [[0.5], [0.4], [0.5]]})
    said = plain_text(answer(analyse(good)))
    assert said.startswith(
        "In accuracy, on cpu, for data sets like these: TOO FEW DATA SETS: logistic 73.33%, guess"
    )
    assert "over 3 data sets" in said
    assert "suite run" not in said  # no command adds data sets
    assert plain_text(scope(analyse(good))).startswith(
        "for data sets like these, of which these are 3, each the mean over seeds"
    )
    assert "not for these data sets by themselves, for a data set has fewer than 2 seeds" in (
        plain_text(scope(analyse(good)))
    )


@pytest.fixture
def seven() -> Analysis:
    """Seven data sets of six seeds, on which gaps of 20 to 26 points vary by 3 points."""
    wobble = (0.03, -0.03, 0.02, -0.02, 0.01, -0.01)
    values: dict[str, list[list[float | None]]] = {
        "logistic": [[0.7 + k / 100 + w for w in wobble] for k in range(7)],
        "guess": [[0.5] * 6] * 7,
    }
    return analyse(made_sets_study(values))


def test_both_scopes_stand_in_the_answer_and_in_the_table(seven: Analysis) -> None:
    said = plain_text(answer(seven))
    assert said.startswith("In accuracy, on cpu, for data sets like these: logistic IS BETTER")
    assert "over 7 data sets. For these data sets: logistic against guess: logistic IS" in said
    rows = cells(comparisons_table(seven), "speaks of", "A - B", "n")
    assert rows == [("data sets like these", "+23.00", "7"), ("these data sets", "+23.00", "42")]
    assert plain_text(scope(seven)).startswith("for these data sets, over seeds (varying ")
    assert "speaks of" in render_html([seven], {})
    assert "| data sets like these | logistic | guess |" in render_page([seven], {}, {})


def test_every_row_of_a_pair_has_an_id_of_its_own(seven: Analysis) -> None:
    ids = [
        row for (row,) in cells(comparisons_table(seven), "id") + cells(within_table(seven), "id")
    ]
    assert len(set(ids)) == 2 + 7
    behind = runs_behind_rows(seven)
    assert [len(behind[row]) for row in ids] == [84, 84, *7 * [12]]


def test_verdicts_within_each_data_set_are_in_the_details(seven: Analysis) -> None:
    rows = cells(within_table(seven), "data set", "verdict", "A - B", "n")
    assert rows[0] == ("d0", "logistic IS BETTER, by at least the margin", "+20.00", "6")
    assert [name for name, *_ in rows] == [f"d{k}" for k in range(7)]
    assert "<summary>Verdicts within each data set" in render_page([seven], {}, {})
    (drawn,) = figure_data([seven])["studies"][1]["metrics"][0]["pairs"]
    interval = seven.within["d0"][0].gap.interval
    assert interval is not None
    assert drawn["interval"] == pytest.approx([interval.low, interval.high])


def test_the_page_has_an_answer_for_each_scope(seven: Analysis) -> None:
    like, these = make_card(seven).answers
    assert like.headline.startswith("Data sets like these: logistic beats guess")
    assert these.headline.startswith("These data sets: logistic beats guess")
    assert these.over == "42 pairs of runs on 7 data sets, on cpu, each data set counting alike"
    assert "logistic is higher in 42 of 42 pairs of runs" in these.sure


def test_words_say_whether_data_sets_or_seeds_were_added(study: Study) -> None:
    def words(top_up: TopUp) -> str:
        return looks_words(replace(study, sequential=True, top_up=top_up))

    assert words(TopUp(6, 1, unit="data set")).startswith(
        "1 data set was added after a verdict on 6 had been seen"
    )
    assert words(TopUp(6, 4)).startswith("4 seeds were added after a verdict on 6")


def test_the_page_has_a_figure_and_the_failures_of_every_data_set(analysis: Analysis) -> None:
    page = render_page([analysis], {}, {})
    assert re.findall(r"results/(sets-cpu\S*)\)", page) == [
        f"sets-cpu@d{number}.svg" for number in range(3)
    ]
    assert "- logistic@d2, seed 1: no result: " in page
    assert "Learning curves of sets on d1, accuracy, %: logistic ends at 70.00" in page


def test_an_id_stands_for_the_runs_of_its_row(analysis: Analysis, study: Study) -> None:
    behind = runs_behind_rows(analysis)
    assert behind.keys() == arms_behind(analysis).keys()
    by_row: Mapping[tuple[str, ...], str] = {
        row[:2]: row[2] for row in cells(arms_table(study), "arm", "data set", "id")
    }
    assert len(set(by_row.values())) == 8
    one = behind[by_row["guess", "d1"]]
    assert {(run.arm, run.block) for run in one} == {("guess", "d1")}
    assert len(behind[by_row["guess", "mean of the data sets"]]) == 6


def test_a_card_says_that_it_is_on_data_sets() -> None:
    gaps = (0.30, 0.22, 0.35, 0.27, 0.31, 0.24)
    values = {"logistic": [[0.5 + gap] for gap in gaps], "guess": [[0.5]] * 6}
    (said,) = make_card(analyse(made_sets_study(values))).answers
    assert said.headline == (
        "Data sets like these: logistic beats guess, by at least the margin that matters"
    )
    assert said.over == "6 data sets on cpu, each the mean over its seeds"
    assert "logistic is higher on 6 of 6 data sets" in said.sure
    assert "guess: the same value on every data set" in said.sure


def test_the_page_draws_each_data_set_and_its_runs_once(analysis: Analysis) -> None:
    text = render_html([analysis], {})
    (found,) = re.findall(r'id="data">(.*?)</script>', text, flags=re.DOTALL)
    data = json.loads(found)
    ids = ["sets-cpu", "sets-cpu@d0", "sets-cpu@d1", "sets-cpu@d2"]
    assert [one["id"] for one in data["studies"]] == ids
    assert [list(one["curves"]["loss"]) for one in data["studies"][:2]] == [
        [],
        ["logistic", "guess"],
    ]
    assert data["runs"]["study"] == [1] * 4 + [2] * 4 + [3] * 4
    assert data["runs"]["data_set"] == ["d0"] * 4 + ["d1"] * 4 + ["d2"] * 4
    drawn = re.findall(r'class="chart" data-study="([^"]+)" data-kind="curves"', text)
    assert drawn == ids[1:]


def test_exports_have_a_column_for_the_data_set(study: Study) -> None:
    results = [run for runs in study.results.values() for run in runs]
    rows = list(csv.DictReader(io.StringIO("".join(as_csv(results)))))
    assert [row["block"] for row in rows[:4]] == ["d0", "d0", "d1", "d1"]
    first = json.loads(next(iter(as_json_lines(results))))
    assert list(first)[:4] == ["task", "arm", "block", "seed"]
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.read_parquet(io.BytesIO(as_parquet(results)))
    assert list(frame["block"]) == [row["block"] for row in rows]
    single = [run for runs in made_study("tiny", 2).results.values() for run in runs]
    assert "block" not in next(iter(as_csv(single)))
    assert "block" not in json.loads(next(iter(as_json_lines(single))))


def test_models_are_named_by_data_set_only_where_they_differ(study: Study) -> None:
    assert list(models_of_arm(study, "guess")) == ["guess"]
    runs = study.results["guess"]
    table = runs[0].model
    assert table is not None
    larger = table.model_copy(update={"total_parameters": 10})
    other = tuple(
        run.model_copy(update={"model": larger}) if run.block == "d1" else run for run in runs
    )
    differing = Study(study.task, "cpu", "environment-1", {**study.results, "guess": other})
    assert list(models_of_arm(differing, "guess")) == ["guess@d0", "guess@d1", "guess@d2"]


def test_a_budget_that_differs_on_a_data_set_alone_names_it(study: Study) -> None:
    assert unequal_budgets(study) == []
    flops = {"logistic": 100, "guess": 300}
    results = {
        arm: tuple(
            run.model_copy(update={"train_flops": flops[arm] if run.block == "d1" else 200})
            for run in runs
        )
        for arm, runs in study.results.items()
    }
    differing = Study(study.task, "cpu", "environment-1", results)
    assert unequal_budgets(differing) == [
        "logistic against guess: 0.333 times the training FLOPs, on d1"
    ]


def test_who_watches_sees_each_data_set(study: Study) -> None:
    lines = [line for part in study.each() for line in difference_lines(part)]
    assert [line.partition(":")[0] for line in lines] == [
        f"sets on d{number}, accuracy" for number in range(3)
    ]
    done = ArmProgress(asked=2, to_do=0, ok=2, diverged=0, failed=0)
    counts = {("sets", cell_name(*cell)): done for cell in study.task.cells()}
    counts["sets", "guess@d1"] = ArmProgress(asked=4, to_do=2, ok=2, diverged=0, failed=0)
    # the runs of seeds 0 and 1 took 2.5 and 3.5 s
    assert take_snapshot(counts, [study]).time_left == "2 runs left: about 6 s, one after another"
