"""RESULTS.md: what it says, that it says nothing else, and that the same records give the same
bytes.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from suite.analysis.analyse import analyse
from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.reports.arms_table import arms_table
from suite.reports.costs import cost_cells, unequal_budgets
from suite.reports.figures import learning_curves
from suite.reports.markdown.page import render_page
from suite.reports.markdown.syntax import escape
from suite.reports.markdown.task_section import alternative_text
from suite.reports.prose import plain_text
from suite.reports.timing_tables import timings_table
from suite.reports.timings import read_samples
from suite.reports.writing import write_file
from suite.result import Result
from suite.task.schema import Task
from suite.task.seeds import seed_ranges
from suite.task.updates import Optimizer
from tests.support.fakes import make_result
from tests.support.tasks import ROOT

GOLDEN = ROOT / "tests" / "golden" / "RESULTS.md"
VALUES = {"short": (0.5, 0.55, 0.45), "long": (0.75, 0.8, 0.7), "control": (0.76, 0.79, None)}
TIMINGS = {
    "environment-1": {
        "benchmarks": [
            {
                "task": "tiny",
                "arm": "long",
                "what": "training step, batch of 7",
                "device": "cpu",
                "seconds": [0.001, 0.003, 0.002, 0.004, 0.005],
            }
        ]
    }
}


@pytest.fixture
def study(tiny: Task) -> Study:
    results: dict[str, tuple[Result, ...]] = {
        arm: tuple(make_result(tiny, arm, seed, value) for seed, value in enumerate(values))
        for arm, values in VALUES.items()
    }
    return Study(tiny, "cpu", "environment-1", results)


def test_the_page_is_the_golden_one(study: Study) -> None:
    page = render_page(
        [analyse(study)], {"environment-1": {"cpu": "a <processor>", "torch": "2"}}, TIMINGS
    )
    if not GOLDEN.exists():
        GOLDEN.write_text(page)
        pytest.fail(f"wrote {GOLDEN}: read it, then run again")
    assert page == GOLDEN.read_text()


def test_the_page_does_not_depend_on_the_order_of_records(study: Study) -> None:
    results = {
        arm: tuple(reversed(records)) for arm, records in reversed(list(study.results.items()))
    }
    backwards = Study(study.task, "cpu", "environment-1", results)
    assert render_page([analyse(study)], {}, {}) == render_page([analyse(backwards)], {}, {})


def test_numbers_are_paired_by_seed_and_failures_are_shown(study: Study) -> None:
    gap = study.gap("long", "control", "accuracy")
    assert gap is not None
    assert (gap.n, gap.wins, gap.ties) == (2, 1, 0)  # seed 2 has no control
    assert gap.mean == pytest.approx(0)
    row = next(row for row in arms_table(study).rows if row["arm"] == "control")
    assert row["n"] == "2"
    assert row["seeds without result"] == "2 (failed)"


def test_of_many_failures_the_first_are_listed_and_all_are_counted(tiny: Task) -> None:
    lost = tuple(make_result(tiny, "control", seed, None) for seed in range(1042))
    page = render_page(
        [analyse(Study(tiny, "cpu", "here", {**dict.fromkeys(tiny.arms, ()), "control": lost}))],
        {},
        {},
    )
    assert page.count("- control, seed ") == 30
    assert "- and 1,012 more: results/tiny.jsonl has each with its reason" in page
    assert "28 (failed), 29 (failed), and 1,012 more |" in page


def test_hostile_text_is_escaped(study: Study) -> None:
    page = render_page([analyse(study)], {}, {})
    assert "- control, seed 2: no result: ValueError: a \\| pipe and a &lt;tag&gt;" in page
    assert (
        escape("a\n<script>`x`|[l](javascript:1)\u202e")
        == "a &lt;script&gt;\\`x\\`\\|\\[l\\](javascript:1)"
    )


def test_a_task_without_results_says_so(tiny: Task) -> None:
    empty = Study(tiny, "cpu", "environment-1", dict.fromkeys(tiny.arms, ()))
    page = render_page([analyse(empty)], {}, {})
    assert "(tiny) No result yet." in page
    learning_curves(empty.task, empty.results)


def test_the_figure_is_the_same_each_time_and_says_what_it_shows(study: Study) -> None:
    first = learning_curves(study.task, study.results)
    assert first == learning_curves(study.task, study.results)
    assert "2026" not in first
    root = xml.etree.ElementTree.fromstring(first)  # noqa: S314  our own output
    assert root.tag.endswith("svg")
    said = alternative_text(analyse(study))
    assert said.startswith("In accuracy, on cpu: TOO FEW SEEDS: long 75.00%, short 50.00%")
    assert said.endswith("long ends at 75.00 ± 5.00; control ends at 77.50 ± 2.12.")


def test_seeds_are_printed_as_ranges() -> None:
    assert seed_ranges([0, 1, 2, 5, 7, 8]) == "0-2,5,7-8"


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.md"
    write_file(path, "one\n")
    write_file(path, "two\n")
    assert path.read_text() == "two\n"
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(
        SuiteError, match=r"page\.md.x: cannot write here: (Not a directory|File exists)"
    ):
        write_file(path / "x", "three\n")


def test_timings_are_read_from_raw_samples(tmp_path: Path) -> None:
    path = tmp_path / "timings.json"
    fields = {"task": "t", "arm": "a", "what": "w", "device": "cpu", "environment": "e"}
    path.write_text(
        json.dumps(
            {"benchmarks": [{"extra_info": fields, "stats": {"data": [0.5, 0.25], "mean": 9}}]}
        )
    )
    assert read_samples(path) == [{**fields, "seconds": [0.5, 0.25]}]
    path.write_text("{}")
    with pytest.raises(
        SuiteError, match="expected the JSON of pytest-benchmark with its samples: KeyError"
    ):
        read_samples(path)


def test_timings_are_medians_and_quartiles() -> None:
    row = timings_table(TIMINGS["environment-1"]).rows[0]
    assert (row["median, ms"], row["quartiles, ms"], row["samples"]) == (
        "3.000",
        "2.000 to 4.000",
        "5",
    )


def test_costs_stand_next_to_each_accuracy_and_a_dash_where_no_record_says(study: Study) -> None:
    assert {name: plain_text(cell) for name, cell in cost_cells(study, "long").items()} == {
        "parameters": "9",
        "training GFLOP": "-",  # records of earlier versions
        "time / time of short": "1 [1, 1]",
    }
    counted = {
        arm: tuple(r.model_copy(update={"train_flops": 3_200_000_000}) for r in all_of)
        for arm, all_of in study.results.items()
    }
    row = arms_table(replace(study, results=counted)).rows[0]
    assert (row["arm"], row["training GFLOP"], row["time / time of short"]) == ("short", "3.2", "1")


def with_flops(study: Study, **flops: int) -> Study:
    results = {
        arm: tuple(r.model_copy(update={"train_flops": flops[arm]}) for r in all_of)
        for arm, all_of in study.results.items()
    }
    return replace(study, results=results)


def test_unequal_budgets_are_said_aloud(study: Study) -> None:
    assert unequal_budgets(study) == ["long against short: 4 epochs against 2"]
    uneven = with_flops(study, short=1000, long=1051, control=1000)
    assert unequal_budgets(uneven) == [
        "long against short: 4 epochs against 2, 1.05 times the training FLOPs",
        "long against control: 1.05 times the training FLOPs",
    ]
    assert unequal_budgets(
        with_flops(study, short=1000, long=1049, control=1000)
    ) == unequal_budgets(study)
    page = render_page([analyse(uneven)], {}, {})
    assert "- long against control: 1.05 times the training FLOPs\n" in page
    assert (
        "Budgets are unequal: long against short: 4 epochs against 2, 1.05 times the training"
        " FLOPs; " in page
    )
    arms = study.task.arms | {
        "control": (
            study.task.arms["control"].model_copy(
                update={"batch_size": 9, "optimizer": Optimizer(name="SGD", lr=0.25, momentum=0.5)}
            )
        )
    }
    other = replace(study, task=study.task.model_copy(update={"arms": arms}))
    assert (
        unequal_budgets(other)[1] == "long against control: batches of 7 against 9, "
        "SGD with learning rate 0.5 against SGD with learning rate 0.25, momentum 0.5"
    )
    equal = study.task.model_copy(update={"comparisons": (("long", "control"),)})
    assert "unequal" not in render_page([analyse(replace(study, task=equal))], {}, {}).lower()


def test_arms_whose_seeds_trained_together_compare_by_job(study: Study) -> None:
    """Two jobs of two seeds each: two pairs of times, 3 / 2 and 6 / 3; the arm of single seeds does
    not compare.
    """
    times = {
        "short": (2.0, 2.0, 3.0, 3.0),
        "long": (3.0, 3.0, 6.0, 6.0),
        "control": (1.0, 1.0, 1.0, 1.0),
    }
    results = {
        arm: tuple(
            make_result(study.task, arm, seed, 0.5).model_copy(
                update={"train_time_s": time, "seeds_together": 1 if arm == "control" else 2}
            )
            for seed, time in enumerate(all_of)
        )
        for arm, all_of in times.items()
    }
    found = replace(study, results=results).time_ratio("long", "short")
    assert found is not None
    assert found.n == 2
    assert found.ratio == pytest.approx(3**0.5)
    assert replace(study, results=results).time_ratio("long", "control") is None
