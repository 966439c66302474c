"""Looks: recorded where a verdict is seen, kept wherever records go, and what they mark."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from suite import compare as compare_in_python
from suite import report as report_in_python
from suite.analysis.analyse import analyse, analyse_all
from suite.analysis.seen import look_at_study, record_seen
from suite.analysis.studies import read_studies
from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.execution.runner import note_plan
from suite.plan.plan import make_plan
from suite.reports.wording import looks_words
from suite.store.documents import last_plan_record
from suite.store.looks import (
    Look,
    SeenArm,
    SeenPair,
    TopUp,
    find_top_up,
    parse_look,
    read_looks,
)
from suite.store.merge import merge
from suite.store.noting import add_look
from suite.store.record_reading import read_records
from suite.store.record_writing import as_files
from suite.store.records import reported_records
from suite.store.store import open_store
from suite.task.schema import Task
from tests.support.fakes import make_result
from tests.support.program import call
from tests.support.tasks import DISC_TASK, load_text, write_task

NOISE = (3, -1, 4, 1, -5, 9, -2, 6)
SHIFT = {"short": 0.0, "long": 0.002, "control": 0.001}
FACTOR = {"short": 1, "long": -1, "control": 2}


def fill(path: Path, task: Task, seeds: range, *, until_decided: bool = False) -> None:
    """Stores a made-up result of every arm under every seed."""
    plan = make_plan(task, device="cpu")
    with open_store(path, create=True) as store:
        note_plan(plan, store, sequential=until_decided)
        for arm, question in plan.questions.items():
            for seed in seeds:
                noise = 0.001 * FACTOR.get(arm, 3) * NOISE[seed % len(NOISE)]
                result = make_result(
                    task, arm, seed, 0.8 + SHIFT.get(arm, 0.0) + noise, question=question
                )
                store.append(result.model_copy(update={"environment": plan.environment}))


def study_in(path: Path) -> Study:
    """The only study of a store."""
    with open_store(path) as store:
        (study,) = read_studies(store)
    return study


def look(path: Path) -> None:
    """Sees the verdicts of all that is stored."""
    with open_store(path) as store:
        analyses = analyse_all(store)
    record_seen(path, analyses, "report")


def looks_in(path: Path) -> list[Look]:
    with open_store(path) as store:
        return read_looks(store)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def test_seeds_added_after_a_verdict_make_a_study_sequential(tiny: Task, path: Path) -> None:
    fill(path, tiny, range(10))
    look(path)
    assert not study_in(path).sequential
    fill(path, tiny, range(30))
    study = study_in(path)
    assert study.sequential
    assert study.top_up == TopUp(seen=10, added=20)
    assert looks_words(study).startswith("20 seeds were added after a verdict on 10 had been seen")
    look(path)
    fill(path, tiny, range(31))
    assert study_in(path).top_up == TopUp(seen=10, added=21)  # by the first look


def test_a_look_at_too_few_seeds_and_a_run_from_nothing_mark_nothing(
    tiny: Task, path: Path
) -> None:
    fill(path, tiny, range(5))
    look(path)
    assert looks_in(path) == []
    fill(path, tiny, range(30))
    look(path)
    assert len(looks_in(path)) == 1
    assert not study_in(path).sequential
    assert looks_words(study_in(path)) == ""


def test_the_same_seeds_are_not_recorded_twice(tiny: Task, path: Path) -> None:
    fill(path, tiny, range(8))
    for _ in range(3):
        look(path)
    assert len(looks_in(path)) == 1
    fill(path, tiny, range(9))
    look(path)
    assert [seen.pairs[0].seeds for seen in looks_in(path)] == ["0-7", "0-8"]


def test_an_edited_arm_starts_anew_and_another_arm_keeps_the_mark(path: Path) -> None:
    two = DISC_TASK.replace(', ["long", "control"]', "").replace(
        '[arms.control]\nmodel = "sigmoid-mlp"\narguments = { layers = [2, 9, 5, 2] }\n'
        'trainer = "autograd"\n',
        "",
    )
    fill(path, load_text(two), range(10))
    look(path)
    fill(path, load_text(two.replace("epochs = 2", "epochs = 3")), range(30))
    assert not study_in(path).sequential  # `short` is another arm now
    fill(path, load_text(DISC_TASK), range(30))
    assert study_in(path).top_up == TopUp(seen=10, added=20)


def test_until_decided_is_kept_by_a_new_arm_and_by_a_merge(tiny: Task, tmp_path: Path) -> None:
    path, other = tmp_path / "a.sqlite", tmp_path / "b.sqlite"
    fill(path, tiny, range(7), until_decided=True)
    study = study_in(path)
    decided = look_at_study(study, analyse(study).comparisons, "run", until_decided=True)
    with open_store(path, create=True) as store:
        assert add_look(store, decided)
        assert not add_look(store, decided)
    assert "until a verdict was reached" in looks_words(study_in(path))
    wider = load_text(DISC_TASK + '\n[arms.more]\nmodel = "sigmoid-mlp"\ntrainer = "autograd"\n'
                      "arguments = { layers = [2, 9, 5, 2] }\n")  # fmt: skip
    fill(path, wider, range(7))
    assert study_in(path).sequential
    fill(other, tiny, range(7))
    with open_store(other, create=True) as ours, open_store(path) as theirs:
        merge(ours, theirs)
        plan = last_plan_record(ours, tiny.name, "cpu")
    assert plan is not None
    assert plan.sequential
    assert study_in(other).sequential


def test_looks_travel_with_records_and_merging_twice_adds_nothing(
    tiny: Task, tmp_path: Path
) -> None:
    first, clone = tmp_path / "first.sqlite", tmp_path / "clone.sqlite"
    fill(first, tiny, range(10))
    look(first)
    with open_store(first) as store:
        files = as_files(reported_records(store))
    folder = tmp_path / "results"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    records = read_records(folder)
    assert as_files(reported_records(records)) == files
    for _ in range(2):
        with open_store(clone, create=True) as store:
            merge(store, records)
    assert looks_in(clone) == looks_in(first)
    fill(clone, tiny, range(12))
    assert study_in(clone).top_up == TopUp(seen=10, added=2)


def test_every_verb_that_shows_a_verdict_records_it_and_no_other(tmp_path: Path) -> None:
    task = load_text(DISC_TASK)
    write_task(tmp_path / "tasks")
    path, seeds = tmp_path / "store.sqlite", 6

    def commands(*words: str) -> list[str]:
        """The commands of all looks after a verb was called on a seed more than before."""
        nonlocal seeds
        fill(path, task, range(seeds))
        seeds += 1
        os.chdir(tmp_path)
        call(*words, "--store", str(path))
        return [look.command for look in looks_in(path)]

    page = ("-o", str(tmp_path / "RESULTS.md"))
    before = Path.cwd()
    try:
        assert commands("watch", "--once", "--tasks", "tasks") == []
        assert commands("status", "--tasks", "tasks") == []
        assert commands("report", *page) == ["report"]
        assert commands("report", "--html", *page)[1:] == ["report --html"]
        assert commands("report", "--terminal")[2:] == ["report --terminal"]
        assert commands("compare", "tiny/long", "tiny/short")[3:] == ["compare"]
        assert commands("show", "tiny")[4:] == ["show"]
        assert commands("publish", str(tmp_path / "public"))[5:] == ["publish"]
        shown = commands("compare", "tiny/long", "tiny/short", "--json")
        assert len(shown) == 7
    finally:
        os.chdir(before)
    report_in_python(path, tmp_path / "RESULTS.md")
    assert looks_in(path)[-1].command == "Python: report"
    text = (tmp_path / "RESULTS.md").read_text()
    assert "seeds were added after a verdict on 8 had been seen, judged as sequential" in text


def test_compare_judges_a_top_up_by_the_sequence(tiny: Task, path: Path) -> None:
    words = ("compare", "tiny/long", "tiny/short", "--store", str(path), "--json")
    found = []
    for seeds in (10, 30):
        fill(path, tiny, range(seeds))
        found.append(json.loads(call(*words)[1])["sequential"])
    assert found == [False, True]


def test_reading_records_writes_nothing_and_the_page_checks(
    tiny: Task, tmp_path: Path, path: Path
) -> None:
    fill(path, tiny, range(10))
    look(path)
    fill(path, tiny, range(30))
    page = tmp_path / "RESULTS.md"
    call("report", "--store", str(path), "-o", str(page))
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    call("report", "--check", "-o", str(page))
    call("report", "--terminal", "--from", str(tmp_path / "results"))
    call("report", "--store", str(path), "-o", str(page))  # nothing new: the same bytes
    after = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert after == before


def test_a_store_that_cannot_be_written_is_no_error(
    tiny: Task, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path, tiny, range(10))
    monkeypatch.setattr("suite.store.noting.os.access", lambda *_: False)
    look(path)
    assert looks_in(path) == []


def test_compare_in_python_records_where_the_study_is_from(tiny: Task, path: Path) -> None:
    fill(path, tiny, range(7))
    compare_in_python(study_in(path))  # of nowhere
    assert looks_in(path) == []
    compare_in_python(replace(study_in(path), store=path))
    assert [seen.command for seen in looks_in(path)] == ["Python: compare"]


def test_only_runs_of_one_environment_are_topped_up() -> None:
    def arm(name: str, environment: str) -> SeenArm:
        return SeenArm(
            task="t", arm=name, device="cpu", question=f"q-{name}", environment=environment
        )

    seen = Look(
        when="2026-01-02T03:04:05+00:00",
        command="report",
        arms={"a": arm("a", "here"), "b": arm("b", "here")},
        pairs=(SeenPair(first="a", second="b", seeds="0-5", verdicts={"accuracy": "UNDECIDED"}),),
    )
    now = {("q-a", "here"): range(9), ("q-b", "here"): range(8)}
    assert find_top_up([seen], now) == TopUp(seen=6, added=2)
    assert find_top_up([seen], {("q-a", "there"): range(9), ("q-b", "there"): range(8)}) is None
    assert find_top_up([seen], {("q-a", "here"): range(9)}) is None


def test_a_document_that_is_no_look_is_named() -> None:
    with pytest.raises(SuiteError, match="here: not a look that this suite can read"):
        parse_look("here", {"when": "now"})
