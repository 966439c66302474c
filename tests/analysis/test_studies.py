"""What a store holds, as studies: the task as it was last run, in its own order."""

from __future__ import annotations

from pathlib import Path

from suite.analysis.studies import read_studies
from suite.execution.in_process import InProcess
from suite.execution.runner import note_plan, remaining, run
from suite.plan.plan import make_plan
from suite.store.store import open_store
from suite.task.loading import load_task
from tests.support.tasks import DISC_TASK, write_task


def test_a_task_comes_back_as_it_was_written(tmp_path: Path) -> None:
    text = DISC_TASK.replace("short", "zero")
    task = load_task(write_task(tmp_path, text))
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        note_plan(make_plan(task, device="cpu"), store)
        (study,) = read_studies(store)
    assert study.task == task
    assert list(study.task.arms) == list(study.results) == ["zero", "long", "control"]


def test_a_study_holds_only_what_answers_the_task_as_it_is_now(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        for text in (DISC_TASK, DISC_TASK.replace("epochs = 2", "epochs = 3")):
            plan = make_plan(load_task(write_task(tmp_path, text)), device="cpu", seeds=[0])
            note_plan(plan, store)
            list(run([remaining(plan, store)], store, InProcess()))
        (study,) = read_studies(store)
        assert len(store.results()) == 4  # `short` was run twice, the others answer both versions
    assert {arm: len(results) for arm, results in study.results.items()} == {
        "short": 1,
        "long": 1,
        "control": 1,
    }
    assert len(study.results["short"][0].history["loss"]) == 3
