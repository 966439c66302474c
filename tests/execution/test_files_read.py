"""Files of the user's that no plan foresees: they are noted, reported, and an edit is stale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suite.analysis.studies import read_study
from suite.execution.executor import run_jobs
from suite.execution.processes import Processes
from suite.execution.runner import note_plan, remaining
from suite.plan.plan import Plan, make_plan
from suite.plan.recorded_files import with_recorded_files
from suite.provenance.project import MANY, by_folder, digest_in_project, name_in_project
from suite.reports.unforeseen import unforeseen_lines
from suite.store.store import Store, open_store
from suite.task.schema import Task
from suite.verification.staleness import stale
from tests.support.own_code import NETS, load_own

MAKES_A_NAME = """
import importlib
import os
from pathlib import Path

HERE = Path(__file__).parent
importlib.import_module("seen_" + "late")
SCALE = (HERE / "conf" / "scale.txt").read_text()
(HERE / "made.txt").write_text("by the run")
(HERE / "made.txt").read_text()
"""


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """A model whose module imports by a name that it makes, and reads a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/scale.txt").write_text("1\n")
    (tmp_path / "seen_late.py").write_text("WIDTH = 7\n")
    return load_own(tmp_path, nets=MAKES_A_NAME + NETS)


def plan_now(task: Task, store: Store) -> Plan:
    return with_recorded_files(make_plan(task, device="cpu", seeds=[0]), store)


def run_rest(task: Task, store: Store) -> int:
    """Runs what is to do; how many runs that were."""
    plan = plan_now(task, store)
    rest = remaining(plan, store)
    note_plan(plan, store)
    store.append_all(run_jobs(Processes(1), rest.jobs))
    return rest.run_count


@pytest.mark.slow
def test_what_a_run_reads_unforeseen_is_noted_reported_and_makes_it_stale(
    task: Task, tmp_path: Path
) -> None:
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        assert run_rest(task, store) == 2
        for run in store.results():
            assert run.status == "ok", run.reason
            assert set(run.unforeseen) == {"conf/scale.txt", "seen_late.py"}
            assert str(tmp_path) not in run.model_dump_json()
        study = read_study(plan_now(task, store), store)
        assert list(unforeseen_lines(study)) == [
            f"{arm} read files that no key holds: conf/scale.txt, seen_late.py" for arm in task.arms
        ]
        assert run_rest(task, store) == 0

        (tmp_path / "conf/scale.txt").write_text("22\n")
        (found, *_) = stale(plan_now(task, store), store)
        assert found.reasons == ("file conf/scale.txt, which its runs read unforeseen, changed",)
        assert run_rest(task, store) == 2
        assert stale(plan_now(task, store), store) == []
        (tmp_path / "conf/scale.txt").write_text("1\n")  # as it was: the first runs count again
        assert run_rest(task, store) == 0


def test_names_are_relative_to_the_project_and_only_of_the_user(tmp_path: Path) -> None:
    project, other = tmp_path / "project", tmp_path / "other"
    folders, job = [project, other], project / "job"

    def name(path: str) -> str | None:
        return name_in_project(str(tmp_path / path), folders, [job])

    assert name("project/a/b.csv") == "a/b.csv"
    assert name("project/a/__pycache__/c.cpython-311.pyc") == "a/c.py"
    assert name("other/d.py") == "d.py"
    assert name("elsewhere/d.py") is None
    assert name("project/job/d.txt") is None
    assert name("project/.git/index") is None
    assert name("project/venv/lib/python3.11/site-packages/x.py") is None
    assert name_in_project(json.__file__, [Path(json.__file__).parent], []) is None


def test_very_many_files_of_a_folder_stand_for_it_together(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    names = [f"images/{number}.png" for number in range(MANY + 1)]
    for name in names:
        (tmp_path / name).write_text("x")
    assert by_folder([*names, "images/a.py", "b.csv"]) == {"images/", "images/a.py", "b.csv"}
    before = digest_in_project("images/", tmp_path)
    assert digest_in_project("images/", tmp_path) == before
    (tmp_path / names[0]).write_text("xy")
    assert digest_in_project("images/", tmp_path) != before
    assert digest_in_project("none.csv", tmp_path) == "missing"
