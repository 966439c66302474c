"""What counts as the user's code is decided once, when a run is planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.plan.job import Job
from suite.plan.plan import make_plan
from tests.support.own_code import NETS, load_own
from tests.support.tasks import DIGITS_TASK

IMPORTING = "try:\n    import own_late_helper\nexcept ImportError:\n    pass\n" + NETS


def job_of(folder: Path, name: str, nets: str = IMPORTING) -> Job:
    """The first job of a task whose models are in a module of that name."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(nets)
    return make_plan(load_own(folder, DIGITS_TASK.replace("own_nets", name)), device="cpu").jobs[0]


def test_nothing_is_changed_where_nothing_was(tmp_path: Path) -> None:
    assert job_of(tmp_path, "own_planned_a").changed_code() == []


def test_an_edited_file_is_named(tmp_path: Path) -> None:
    job = job_of(tmp_path, "own_planned_b")
    file = tmp_path / "own_planned_b.py"
    file.write_text(file.read_text() + "# another line\n")
    assert job.changed_code() == [str(file)]
    file.unlink()
    assert job.changed_code() == [str(file)]


def test_a_module_that_appears_later_is_no_change_of_what_was_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(tmp_path, "own_planned_c")
    late = tmp_path / "late"
    late.mkdir()
    (late / "own_late_helper.py").write_text("value = 3\n")
    monkeypatch.syspath_prepend(str(late))  # as a module does that extends the path
    assert "own_late_helper" in job.references.units()
    assert job.changed_code() == []
