"""Plans: what runs there are, and what their keys hash."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.plan.plan import make_plan
from suite.provenance.identity import list_environment_changes, list_question_changes
from suite.provenance.references import check, load
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.tasks import DISC_TASK, write_task


def test_a_plan_holds_every_arm_under_every_seed(tiny: Task) -> None:
    plan = make_plan(tiny, device="cpu")
    runs = {(job.arm, seed) for job in plan.jobs for seed in job.seeds}
    assert runs == {(arm, seed) for arm in ("short", "long", "control") for seed in (0, 1, 2)}
    assert plan.run_count == 9
    assert {len(job.seeds) for job in plan.jobs if job.arm == "long"} == {3}
    assert {len(job.seeds) for job in plan.jobs if job.arm == "control"} == {1}


def test_a_key_does_not_depend_on_the_seeds_asked_for(tiny: Task) -> None:
    whole, part = make_plan(tiny, device="cpu"), make_plan(tiny, device="cpu", seeds=[2])
    keys = {(job.arm, seed): job.key(seed) for job in whole.jobs for seed in job.seeds}
    assert all(keys[job.arm, 2] == job.key(2) for job in part.jobs)
    assert len(set(keys.values())) == 9


def test_what_is_stored_is_subtracted(tiny: Task) -> None:
    plan = make_plan(tiny, device="cpu")
    stored = {job.key(seed) for job in plan.jobs for seed in job.seeds if seed != 1}
    assert {job.seeds for job in plan.without(stored).jobs} == {(1,)}
    assert plan.without({job.key(s) for job in plan.jobs for s in job.seeds}).jobs == ()


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ("lr = 0.5", "lr = 0.25", {"short", "long", "control"}),
        ("epochs = 2", "epochs = 3", {"short"}),
        ("train_points = 60", "train_points = 61", {"short", "long", "control"}),
        ("version = 1", "version = 2", {"short", "long", "control"}),
        ("Does more training help?", "Does it?", set()),
        ("short = 0.5", "short = 0.6", set()),
        ('seeds = "0-2"', 'seeds = "0-3"', set()),
        ("margin = 0.01", "margin = 0.02", set()),
    ],
)
def test_a_question_moves_with_what_decides_its_runs(
    tmp_path: Path, tiny: Task, old: str, new: str, moved: set[str]
) -> None:
    before = make_plan(tiny, device="cpu").questions
    after = make_plan(
        load_task(write_task(tmp_path, DISC_TASK.replace(old, new, 1))), device="cpu"
    ).questions
    assert {arm for arm in before if before[arm] != after[arm]} == moved


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("epochs = 4", "epochs = 5", ["epochs 4 -> 5"]),
        ("lr = 0.5", "lr = 0.25", ["optimizer.lr 0.5 -> 0.25"]),
        ("train_points = 60", "train_points = 61", ["data.train_points 60 -> 61"]),
        ("version = 1", "version = 2", ["version 1 -> 2"]),
        ("batch_size = 7", "batch_size = 8\nthreads = 2", ["batch_size 7 -> 8", "threads 1 -> 2"]),
        ("shared_initialisation = true", "", ["shared_initialisation true -> false"]),
        ("Does more training help?", "Does it?", []),
    ],
)
def test_what_moved_between_two_questions_is_said_in_words(
    tmp_path: Path, tiny: Task, old: str, new: str, said: list[str]
) -> None:
    before = make_plan(tiny, device="cpu").parts["control"]
    after = make_plan(
        load_task(write_task(tmp_path, DISC_TASK.replace(old, new, 1))), device="cpu"
    ).parts["control"]
    assert list_question_changes(before, after) == said


def test_what_moved_in_the_source_and_in_the_environment_is_said_in_words() -> None:
    before, now = {"source": {"m:a": "1", "m:b": "2"}}, {"source": {"m:b": "3", "m:c": "4"}}
    assert list_question_changes(before, now) == [
        "source m:a is no longer used",
        "source m:b changed",
        "source m:c is new",
    ]
    assert list_environment_changes(
        {"cpu": "x", "torch": "1", "gone": "y"}, {"cpu": "x", "torch": "2", "MKL_CBWR": "AVX2"}
    ) == {
        "MKL_CBWR": "environment: MKL_CBWR: nothing -> AVX2",
        "gone": "environment: gone: y -> nothing",
        "torch": "environment: torch: 1 -> 2",
    }


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    task = load_task(write_task(tmp_path, DISC_TASK.replace('"sigmoid-mlp"', '"sigmoid-mpl"', 1)))
    with pytest.raises(
        SuiteError, match='model: expected one of mlp, cnn, .* or "package.module:factory", got'
    ):
        make_plan(task, device="cpu")


def test_a_reference_is_loaded_or_refused_by_name(package: Path) -> None:
    assert load("theirs.model:build")() == 3
    with pytest.raises(SuiteError, match=r"theirs.model:biuld: module theirs.model has no 'biuld'"):
        load("theirs.model:biuld")
    with pytest.raises(
        SuiteError, match="nowhere:x: cannot import nowhere: No module named 'nowhere'"
    ):
        load("nowhere:x")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("theirs.model", 'expected "package.module:name", got'),
        ("../theirs:build", 'expected "package.module:name", got'),
        ("theirs.modle:build", "there is no Python file of module theirs.modle on the path"),
        ("theirs.model:biuld", "module theirs.model has no 'biuld'"),
        ("theirs.broken:build", "broken.py: not valid Python"),
        ("_ctypes:build", "there is no Python file of module _ctypes on the path"),
    ],
)
def test_a_reference_is_checked_without_an_import(
    package: Path, reference: str, message: str
) -> None:
    (package / "broken.py").write_text("def build(:\n")
    with pytest.raises(SuiteError, match=message):
        check(reference)
    check("theirs.model:build")
    assert "theirs.model" not in sys.modules
