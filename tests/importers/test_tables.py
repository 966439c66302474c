"""Results of others: what is read, what is refused, and the published p values of data that we did
not make.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from scipy import stats

from suite.analysis.compare_arms import compare_arms
from suite.analysis.comparison import Comparison, is_worse
from suite.errors import SuiteError
from suite.importers.measured import MeasuredArm
from suite.reports.comparison_text import comparison_json, comparison_lines
from suite.task.components import Metric
from tests.support.program import refused, suite_here
from tests.support.results import read_arms

# Student (1908), "The probable error of a mean", Biometrika 6: hours of sleep gained by two drugs,
# ten patients. R's `sleep`.
SLEEP = {
    "drug-1": [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    "drug-2": [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
}
# Darwin (1876), crossed less self-fertilised maize, eighths of an inch; Fisher (1935), The Design
# of Experiments, section 21.
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


def by_item(name: str, values: list[float]) -> MeasuredArm:
    return MeasuredArm(name, "value", {str(item): value for item, value in enumerate(values)})


def verdict(a: MeasuredArm, b: MeasuredArm) -> Comparison:
    (found,) = compare_arms([(a, b)])
    return found


def test_students_sleep_has_its_published_interval_and_p() -> None:
    a, b = (by_item(drug, SLEEP[drug]) for drug in ("drug-2", "drug-1"))
    found = verdict(a, b)
    assert found.gap.mean == pytest.approx(1.58)
    assert found.gap.interval is not None
    assert (found.gap.interval.low, found.gap.interval.high) == pytest.approx(
        (0.7001142, 2.4598858), abs=5e-8
    )
    assert stats.ttest_rel(SLEEP["drug-2"], SLEEP["drug-1"]).pvalue == pytest.approx(
        0.002833, abs=5e-7
    )
    assert found.gap.p == pytest.approx(0.002833, abs=5e-7)
    assert found.p == pytest.approx(
        4 / 2**10
    )  # nine gains and a tie: only the signs as they are, or all others
    assert (found.verdict, found.winner) == ("BETTER", "drug-2")


def test_darwins_maize_has_fishers_p_by_randomisation() -> None:
    found = verdict(by_item("crossed", [float(d) for d in MAIZE]), by_item("self", [0.0] * 15))
    assert found.gap.mean == pytest.approx(20.933, abs=5e-4)
    assert found.gap.effect is not None
    assert found.gap.effect * 15**0.5 == pytest.approx(2.148, abs=5e-4)
    assert found.p == pytest.approx(1726 / 2**15)
    assert found.verdict == "UNDECIDED"  # t says .0497, the randomisation .0527: both must agree


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def values_in(path: Path) -> dict[str, dict[str, float]]:
    return {arm: dict(one.values) for arm, one in read_arms(path).items()}


def test_long_and_wide_tables_say_the_same(tmp_path: Path) -> None:
    wide = write(tmp_path / "wide.csv", "seed,a,b\n1,0.5,0.25\n2,0.75,1\n")
    long = write(tmp_path / "long.csv", "arm,seed,value\na,1,0.5\nb,1,0.25\nb,2,1\na,2,0.75\n")
    lines = write(
        tmp_path / "lines.jsonl",
        '{"arm": "a", "seed": 1, "value": 0.5}\n{"arm": "a", "seed": 2, "value": 0.75}\n',
    )
    listed = write(tmp_path / "listed.json", '[{"id": "x", "a": 1}, {"id": "y", "a": 2}]')
    expected = {"a": {"1": 0.5, "2": 0.75}, "b": {"1": 0.25, "2": 1.0}}
    assert values_in(wide) == values_in(long) == expected
    assert values_in(lines) == {"a": expected["a"]}
    assert values_in(listed) == {"a": {"x": 1.0, "y": 2.0}}
    one = write(tmp_path / "alone.csv", "seed,value\n1,2\n")
    assert values_in(one) == {"alone": {"1": 2.0}}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.csv", "", "expected a table, got an empty file"),
        ("x.csv", "arm,value\na,1\n", "expected several seeds, items or data sets, got one value"),
        ("x.csv", "seed,a,a\n1,2,3\n", "expected a different name for every column, got a more"),
        ("x.csv", "seed,a\n1,2,3\n", "row 1 (line 2): expected 2 cells, as many as names above"),
        ("x.csv", "seed,a\n1,2\n1,3\n", "several rows of arm a, seed 1 (row 1 and row 2)"),
        ("x.csv", "seed,a\n1,high\n", "expected a column of values such as accuracy or value"),
        ("x.csv", "seed,a,b\n,1,2\n1,2,3\n", "row 1: seed: "),
        ("x.json", "{", "not valid json: "),
        ("x.csv", "arm,seed,value\na,1,inf\n", "row 1: value: expected a finite number, got inf"),
    ],
)
def test_what_is_no_table_of_results_is_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = write(tmp_path / name, text)
    with pytest.raises(SuiteError) as caught:
        read_arms(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


def test_the_command_prints_a_verdict_for_people_and_for_machines(tmp_path: Path) -> None:
    rows = "".join(
        f"{item},{a},{b}\n" for item, (a, b) in enumerate(zip(*SLEEP.values(), strict=True))
    )
    write(tmp_path / "sleep.csv", f"id,drug-1,drug-2\n{rows}")
    write(
        tmp_path / "more.csv",
        "id,value\n99,1\n" + "".join(f"{i},{a}\n" for i, a in enumerate(SLEEP["drug-1"])),
    )
    people = suite_here("compare", "sleep.csv:drug-2", "more.csv", cwd=tmp_path)
    assert people.stdout.startswith("drug-2 IS BETTER\n")
    assert "not paired: 0 of drug-2, 1 of more" in people.stdout
    machines = json.loads(
        suite_here("compare", "sleep.csv:drug-1", "sleep.csv:drug-2", "--json", cwd=tmp_path).stdout
    )
    assert (machines["verdict"], machines["winner"], machines["n"]) == ("BETTER", "drug-2", 10)
    assert machines.keys() >= {"mean_gap", "interval", "p", "p_adjusted", "seeds_for_tie"}
    worse = ["compare", "sleep.csv:drug-1", "sleep.csv:drug-2", "--fail-if"]
    assert suite_here(*worse, "worse", cwd=tmp_path).returncode == 1
    assert (
        suite_here(*worse, "worse:0.8", cwd=tmp_path).returncode == 0
    )  # the interval begins at 0.70
    assert (
        suite_here(
            "compare", "sleep.csv:drug-2", "sleep.csv:drug-1", "--fail-if", "worse", cwd=tmp_path
        ).returncode
        == 0
    )


def test_bad_input_to_compare_is_one_line(tmp_path: Path) -> None:
    write(tmp_path / "two.csv", "seed,a,b\n1,2,3\n")
    assert (
        refused(suite_here("compare", "two.csv:a", "two.csv:b", cwd=tmp_path))
        == "two.csv: expected at least 2 seeds that a and b have in common, got 1; --unpaired"
        " compares arms that share none, --where leaves rows out"
    )
    assert (
        refused(suite_here("compare", "two.csv", "two.csv:b", cwd=tmp_path))
        == "two.csv: expected FILE:ARM, for it holds a, b"
    )
    assert (
        refused(suite_here("compare", "two.csv:c", "two.csv:b", cwd=tmp_path))
        == "two.csv: expected one of a, b, got 'c'"
    )
    assert (
        refused(suite_here("compare", "two.csv:a", "two.csv:b", "--unpaired", cwd=tmp_path))
        == "expected at least 2 values of a and of b, got 1 and 1"
    )
    assert (
        refused(suite_here("compare", "two.csv:a", "two.csv:b", "--metric", "c", cwd=tmp_path))
        == "two.csv: --metric: expected one of seed, a, b, got 'c'"
    )
    assert (
        refused(suite_here("compare", "two.csv:a", "two.csv:b", "--direction", "up", cwd=tmp_path))
        == "Invalid value for '--direction' (env var: 'SUITE_DIRECTION'): Value error, 'up' is not one of 'higher', 'lower'. See `suite compare --help`"
    )
    assert (
        refused(suite_here("compare", "two.csv", "nowhere.csv", cwd=tmp_path))
        == "nowhere.csv: expected a file, a folder or a pattern, found nothing: did you mean 'two.csv'?"
    )
    assert refused(
        suite_here("compare", "two.csv:a", "two.csv:b", "--fail-if", "better", cwd=tmp_path)
    ).startswith("--fail-if: expected")


def test_text_and_record_agree() -> None:
    a, b = (by_item(drug, SLEEP[drug]) for drug in ("drug-2", "drug-1"))
    found = verdict(a, b)
    assert json.loads(comparison_json(found, a, b))["p_adjusted"] == found.p
    assert "p < 0.01" in "\n".join(comparison_lines(found, a, b))
    assert not is_worse(found, 0.0)
    (lower,) = compare_arms([(a, b)], direction="lower")
    assert is_worse(lower, 0.0)
    assert json.loads(comparison_json(found, a, b))["probability_a_beats_b"] == pytest.approx(
        0.95
    )  # nine gains and a tie
    assert json.loads(comparison_json(lower, a, b))["probability_a_beats_b"] == pytest.approx(0.05)


def test_arms_that_share_no_seed_are_compared_only_when_asked(tmp_path: Path) -> None:
    write(
        tmp_path / "a.csv",
        "seed,value\n" + "".join(f"{i},{v}\n" for i, v in enumerate(SLEEP["drug-1"])),
    )
    write(
        tmp_path / "b.csv",
        "seed,value\n" + "".join(f"{i + 50},{v}\n" for i, v in enumerate(SLEEP["drug-2"])),
    )
    assert "in common, got 0; --unpaired compares" in refused(
        suite_here("compare", "a.csv", "b.csv", cwd=tmp_path)
    )
    people = suite_here("compare", "b.csv", "a.csv", "--unpaired", cwd=tmp_path).stdout
    assert "over 10 and 10 values, not paired" in people
    assert (
        "interval [-0.205483, +3.36548]" in people
    )  # R: t.test(extra ~ group, data = sleep): -3.3654832, 0.2054832
    machines = json.loads(
        suite_here("compare", "b.csv", "a.csv", "--unpaired", "--json", cwd=tmp_path).stdout
    )
    assert (machines["paired"], machines["n"], machines["unpaired_a"]) == (False, 10, 10)


def test_too_many_items_without_a_value_give_no_verdict() -> None:
    a, b = (by_item(drug, SLEEP[drug]) for drug in ("drug-2", "drug-1"))
    assert verdict(replace(a, without_value=1), b).verdict == "BETTER"  # 1 of 11: below a tenth
    found = verdict(a, replace(b, without_value=2))
    assert found.verdict == "TOO MANY FAILURES"
    assert "without a value (failed, or not scored): 0 of drug-2, 2 of drug-1" in "\n".join(
        comparison_lines(found, a, replace(b, without_value=2))
    )


def test_seeds_that_were_added_until_decided_are_judged_by_the_wider_interval() -> None:
    a, b = (by_item(drug, SLEEP[drug]) for drug in ("drug-2", "drug-1"))
    fixed, anytime = verdict(a, b).gap, verdict(replace(a, sequential=True), b).gap
    assert fixed.interval is not None
    assert anytime.interval is not None
    assert anytime.interval.high > fixed.interval.high
    with pytest.raises(
        SuiteError, match="--unpaired: seeds of drug-2 or drug-1 were added after a look"
    ):
        compare_arms([(replace(a, sequential=True), b)], paired=False)


def test_sources_that_contradict_each_other_need_a_direction() -> None:
    a, b = (by_item(drug, SLEEP[drug]) for drug in ("drug-2", "drug-1"))
    lower = replace(b, rule=Metric(direction="lower", margin=9, unit="none"))
    with pytest.raises(
        SuiteError, match="contradict each other on whether value is better when higher or lower"
    ):
        verdict(a, lower)
    (found,) = compare_arms([(lower, a)], direction="lower")
    assert (found.verdict, found.winner, found.margin, found.by_margin) == (
        "BETTER BY LESS THAN THE MARGIN",
        "drug-1",
        9,
        False,
    )
