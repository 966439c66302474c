"""What is kept of a run beside its record: its output, its epoch, its loop's own files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suite.cli.logs import follow
from suite.cli.validate import validate
from suite.errors import SuiteError
from suite.execution.autotune import trials_of
from suite.execution.kept_output import (
    FIRST_BYTES,
    MAX_BYTES,
    Watched,
    epoch_path,
    log_path,
    runs_folder,
)
from suite.execution.processes import Processes
from suite.execution.progress import running_jobs
from suite.execution.runner import note_plan, run
from suite.execution.trying_loops import try_loops
from suite.plan.plan import make_plan
from suite.store.store import open_store
from suite.task.schema import Task
from suite.training.epochs import VARIABLE, tell_epoch
from tests.support.own_code import load_own
from tests.support.tasks import LOOP_TASK

LOOP = """
import os, pathlib
import numpy as np

def train(arm, data, seed, device, run):
    with open({calls!r}, "a") as calls:
        calls.write(f"{{run.arm}} {{seed}} {{run.is_trial}} {{sorted(os.listdir('.'))}}\\n")
    print("learning", seed)
    if seed:
        pathlib.Path("checkpoint").write_text("weights")
    if seed == 1:
        raise ValueError("no more")
    def predict(inputs):
        return np.eye(10)[np.full(len(inputs), seed)]
    return {{"predict": predict, "metrics": {{"luck": {luck}}}}}
"""


def place_in(folder: Path) -> Path:
    return folder / "runs" / "task" / "arm" / "seed-0-0123456"


def test_the_output_is_kept_from_both_ends(tmp_path: Path) -> None:
    watched = Watched(place_in(tmp_path), tmp_path / "none")
    lines = [b"%07d\n" % number for number in range(500_000)]  # 8 bytes each: 4 million in all
    for start in range(0, len(lines), 10_000):
        watched.take(b"".join(lines[start : start + 10_000]))
    watched.finish()
    content = log_path(place_in(tmp_path)).read_bytes()
    assert len(content) <= MAX_BYTES
    assert content.startswith(b"".join(lines)[:FIRST_BYTES])
    assert content.endswith(lines[-1])
    head, _, tail = content.partition(b"\n[... ")
    said, _, tail = tail.partition(b" bytes left out ...]\n")
    assert len(head) + int(said) + len(tail) == 8 * len(lines)


def test_a_new_attempt_begins_a_new_output(tmp_path: Path) -> None:
    for text in (b"first", b"second"):
        Watched(place_in(tmp_path), tmp_path / "none").take(text)
    assert log_path(place_in(tmp_path)).read_bytes() == b"second"


def test_nothing_is_kept_of_a_run_that_says_nothing(tmp_path: Path) -> None:
    watched = Watched(place_in(tmp_path), tmp_path / "none")
    watched.take(b"")
    watched.finish()
    assert list(tmp_path.iterdir()) == []


def test_the_epoch_is_shown_while_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, place = tmp_path / "told", place_in(tmp_path)
    watched = Watched(place, told)
    monkeypatch.setenv(VARIABLE, str(told))
    tell_epoch(7, 7)  # the last one is always told
    watched.take(b"")
    assert json.loads(epoch_path(place).read_text()) == {"epoch": 7, "epochs": 7}
    watched.finish()
    assert not epoch_path(place).exists()


def test_a_log_is_followed_line_by_line_until_its_run_ends(tmp_path: Path) -> None:
    log, goes_on = tmp_path / "log", iter([True, True, False])
    contents = iter([b"one\ntw", b"one\ntwo\r\x1b[31mthree", b"one\ntwo\r\x1b[31mthree\x07"])

    def is_running() -> bool:
        log.write_bytes(next(contents))
        return next(goes_on)

    assert list(follow(log, is_running, look_s=0.0)) == ["one\n", "two\n", "", "three\\x07\n"]


@pytest.mark.slow
def test_what_runs_of_a_loop_leave_lies_beside_the_store(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    project = tmp_path / "project"
    task = loop_task(project, calls, "seed", "own_loop_kept")
    plan = make_plan(task, device="cpu", seeds=[0, 1, 2])
    plan = plan.without([job.key(job.seeds[0]) for job in plan.jobs if job.arm == "two"])
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        note_plan(plan, store)
        trials = trials_of([plan], store, Processes(1))
        assert trials["own", "one"].job_s(5) is None
        assert not calls.exists()  # no trial of a loop
        found = list(run([plan], store, Processes(1)))
        assert running_jobs(plan, store) == []
        taken = trials_of([plan], store, Processes(1))["own", "one"]
    assert [one.status for one in found] == ["ok", "failed", "ok"]
    times_s = [one.run_time_s or 0.0 for one in found if one.status == "ok"]
    assert taken.job_s(5) == pytest.approx(sum(times_s) / 2)
    assert calls.read_text().splitlines() == [f"one {seed} False []" for seed in range(3)]
    places = [
        runs_folder(tmp_path / "store.sqlite") / "own" / "one" / f"seed-{one.seed}-{one.key[:7]}"
        for one in found
    ]
    assert [place.is_dir() for place in places] == [False, True, True]
    assert (places[2] / "checkpoint").read_text() == "weights"
    logs = [log_path(place).read_text() for place in places]
    assert (logs[0], logs[2]) == ("learning 0\n", "learning 2\n")
    assert logs[1].startswith("learning 1\nTraceback (most recent call last):")
    assert sorted(path.name for path in project.glob("*")) == sorted(BESIDE)


BESIDE = ["__pycache__", "own.toml", "own_loop_kept.py", "own_nets.py"]


def loop_task(folder: Path, calls: Path, luck: str, name: str) -> Task:
    """A task whose arm one is the loop, which notes its calls."""
    task = load_own(folder, LOOP_TASK.replace("own_loop", name))
    (folder / f"{name}.py").write_text(LOOP.format(calls=str(calls), luck=luck))
    return task


@pytest.mark.slow
def test_validate_trains_a_loop_only_where_it_is_asked_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = tmp_path / "calls"
    loop_task(tmp_path, calls, "seed", "own_loop_tried")
    validate([str(tmp_path / "own.toml")])
    printed = capsys.readouterr().out
    assert "own one: 90 training and 60 test items of inputs (1, 8, 8)" in printed
    assert "not trained: --train trains one seed twice, in two processes" in printed
    assert not calls.exists()
    validate([str(tmp_path / "own.toml")], train=True)
    assert "own one: trained twice under seed 0" in capsys.readouterr().out
    assert calls.read_text().splitlines() == ["one 0 True []"] * 2


@pytest.mark.slow
def test_a_loop_that_depends_on_its_process_is_refused(tmp_path: Path) -> None:
    task = loop_task(tmp_path, tmp_path / "calls", "os.getpid()", "own_loop_pid")
    with pytest.raises(SuiteError, match="own: arms.one: expected the same results from two"):
        list(try_loops(task))
