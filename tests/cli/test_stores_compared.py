"""Two stores compared arm by arm: what a change of code or machine did to the results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suite import api
from suite.analysis.analyse import analyse
from suite.analysis.compare_study import compare_study
from suite.analysis.studies import read_studies
from suite.reports.comparison_text import comparison_fields
from suite.reports.wording import phrase
from suite.store.store import open_store
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.fakes import made_study
from tests.support.program import refused, suite_here
from tests.support.stores import make_store
from tests.support.tasks import DISC_TASK, write_task


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return load_task(
        write_task(tmp_path / "tasks", DISC_TASK.replace('seeds = "0-2"', 'seeds = "0-6"'))
    )


def test_the_gate_closes_where_one_arm_became_worse(tmp_path: Path, task: Task) -> None:
    make_store(tmp_path / "old.sqlite", task)
    make_store(tmp_path / "new.sqlite", task, lower="long", environment="there")
    done = suite_here(
        "compare", "new.sqlite", "old.sqlite", "--fail-if", "worse:0.02", cwd=tmp_path
    )
    assert done.returncode == 1, done
    assert "old.sqlite:tiny/long IS BETTER, by at least the margin\n" in done.stdout
    assert done.stdout.count("EQUIVALENT\n") == 2  # the margin is the task's
    assert "measured in other environments: there and here" in done.stdout
    assert (
        suite_here(
            "compare", "new.sqlite", "old.sqlite", "--fail-if", "worse:0.06", cwd=tmp_path
        ).returncode
        == 0
    )
    assert (
        suite_here(
            "compare", "old.sqlite", "new.sqlite", "--fail-if", "worse", cwd=tmp_path
        ).returncode
        == 0
    )
    found = [
        json.loads(one)
        for one in suite_here(
            "compare", "new.sqlite", "old.sqlite", "--json", cwd=tmp_path
        ).stdout.splitlines()
    ]
    assert [one["a"] for one in found] == [
        f"new.sqlite:tiny/{arm}" for arm in ("short", "long", "control")
    ]
    assert found[1]["p_adjusted"] == pytest.approx(2 / 2**7)  # the smallest of seven seeds
    assert found[1]["family_size"] == 3
    assert found[1]["mean_gap"] == pytest.approx(-0.05, abs=1e-3)


def test_one_arm_of_another_store_is_named_behind_it(tmp_path: Path, task: Task) -> None:
    make_store(tmp_path / "old.sqlite", task)
    done = suite_here(
        "compare", "old.sqlite:tiny/long", "tiny/short", "--store", "old.sqlite", cwd=tmp_path
    )
    assert done.stdout.startswith("tiny/long IS BETTER, by at least the margin\n")
    assert (
        refused(suite_here("compare", "old.sqlite:tiny/lnog", "old.sqlite:tiny/long", cwd=tmp_path))
        == "old.sqlite: expected one of tiny/short, tiny/long, tiny/control, got 'tiny/lnog'"
    )
    assert (
        refused(suite_here("compare", "old.sqlite", "old.sqlite", cwd=tmp_path))
        == "old.sqlite: expected FILE:ARM, for it holds tiny/short, tiny/long, tiny/control"
    )
    assert refused(
        suite_here("compare", "tiny/x", "tiny/long", "--store", "old.sqlite", cwd=tmp_path)
    ).endswith("a file of results or one of tiny/short, tiny/long, tiny/control")
    assert (
        refused(suite_here("compare", "old.sqlite", "old.sqlite", "--metric", "f1", cwd=tmp_path))
        == "--metric: expected one of accuracy, got 'f1'"
    )


def test_failed_runs_are_counted_and_prevent_a_verdict(tmp_path: Path, task: Task) -> None:
    make_store(tmp_path / "old.sqlite", task)
    make_store(tmp_path / "new.sqlite", task, lower="long", lost=1)
    gate = ["compare", "new.sqlite:tiny/long", "old.sqlite:tiny/long", "--fail-if", "worse"]
    done = suite_here(*gate, cwd=tmp_path)
    assert done.returncode == 1  # what mostly fails does not pass a gate
    assert done.stdout.startswith("TOO MANY FAILURES\n")
    assert "not paired: 0 of new.sqlite:tiny/long, 1 of old.sqlite:tiny/long" in done.stdout
    assert "without a value (failed, or not scored): 1 of new.sqlite:tiny/long, 0 of" in done.stdout


def test_a_task_run_on_two_devices_is_two_arms_each(tmp_path: Path, task: Task) -> None:
    for device in ("cpu", "cuda"):
        make_store(tmp_path / "both.sqlite", task, device=device, environment=device)
    message = refused(
        suite_here("compare", "both.sqlite:tiny/long", "both.sqlite:tiny/long", cwd=tmp_path)
    )
    assert "tiny/long@cpu" in message
    assert "tiny/long@cuda" in message
    done = suite_here(
        "compare", "both.sqlite:tiny/long@cpu", "both.sqlite:tiny/long@cuda", cwd=tmp_path
    )
    assert done.stdout.startswith("EQUIVALENT\n")


def test_what_only_one_store_holds_is_said(tmp_path: Path, task: Task) -> None:
    make_store(tmp_path / "old.sqlite", task)
    other = load_task(
        write_task(tmp_path / "more", DISC_TASK.replace('seeds = "0-2"', 'seeds = "0-6"'), "other")
    )
    make_store(tmp_path / "new.sqlite", other)
    assert refused(suite_here("compare", "new.sqlite", "old.sqlite", cwd=tmp_path)).startswith(
        "new.sqlite, old.sqlite: expected arms that both have, found other/short"
    )
    make_store(tmp_path / "new.sqlite", task)
    done = suite_here("compare", "new.sqlite", "old.sqlite", cwd=tmp_path)
    assert done.returncode == 0
    assert (
        "not compared: new.sqlite:other/long: the other side has none of that name\n" in done.stderr
    )
    assert done.stdout.count("over 7 pairs") == 3


def unnamed(fields: dict[str, object]) -> dict[str, object]:
    """What JSON says of a comparison, without the names of its arms."""
    known = comparison_fields(analyse(made_study("made", 8)).comparisons[0]).keys()
    return {name: fields[name] for name in known - {"a", "b", "winner", "not_worse"}}


def test_two_arms_of_a_task_get_the_verdict_of_its_report(tmp_path: Path, task: Task) -> None:
    """Every surface says the same of the same question: the family is the task's."""
    make_store(tmp_path / "results" / "store.sqlite", task, lower="long")
    with open_store(tmp_path / "results" / "store.sqlite") as opened:
        (study,) = read_studies(opened)
    reported = compare_study(study)
    assert len(reported) > 1
    page = suite_here("report", cwd=tmp_path).stdout
    for one in reported:
        names = [f"tiny/{arm}" for arm in (one.first, one.second)]
        line = json.loads(suite_here("compare", *names, "--json", cwd=tmp_path).stdout)
        turned = json.loads(suite_here("compare", *reversed(names), "--json", cwd=tmp_path).stdout)
        assert line["p_adjusted"] == turned["p_adjusted"] == pytest.approx(one.p, abs=1e-12)
        assert line["family_size"] == one.family_size == len(reported)
        assert line["verdict"] == turned["verdict"] == one.verdict
        assert one.gap.interval is not None
        interval = [one.gap.interval.low, one.gap.interval.high]
        assert turned["interval"] == pytest.approx([-high for high in interval[::-1]], abs=1e-12)
        assert unnamed(line) == unnamed(json.loads(json.dumps(comparison_fields(one))))
        assert phrase(one) in page
    assert [(pair.verdict, pair.p) for pair in api.compare(study)] == [
        (pair.verdict, pair.p) for pair in reported
    ]
