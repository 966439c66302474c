"""Arms that misbehave: each is one failed record with the reason, nothing else is touched, and no
process is left.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from suite.execution import isolation
from suite.execution.executor import run_jobs
from suite.execution.outcomes import as_result
from suite.execution.processes import Processes
from suite.plan.plan import make_plan
from suite.result import Outcome, Result
from suite.task.loading import load_task
from suite.task.protocol import Limits
from suite.task.schema import Task
from tests.support.bits import bits
from tests.support.hostile import OUTSIDE, REASONS
from tests.support.tasks import DISC_TASK, write_task
from tests.torture.misbehaviour import task_with


def marked() -> list[int]:
    """The processes of this runner's jobs, but for the server that they are forked from."""
    return isolation.strays([])


def visible(folder: Path) -> list[str]:
    """The files in a folder, but for caches, which other tests may be writing at the same time."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "__")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def hostile(folder: Path) -> dict[str, list[Result]]:
    """The results of a run of all hostile arms beside three good ones, by arm."""
    before = visible(Path.cwd())
    plan = make_plan(task_with(folder, list(REASONS)), device="cpu", seeds=[0])
    found: dict[str, list[Result]] = {}
    for result in run_jobs(Processes(4), plan.jobs):
        found.setdefault(result.arm.replace("-", "_"), []).append(result)
    assert visible(Path.cwd()) == before
    return found


@pytest.mark.parametrize("arm", REASONS)
def test_a_hostile_arm_is_one_failed_record_with_the_reason(
    hostile: dict[str, list[Result]], arm: str
) -> None:
    (result,) = hostile[arm]
    assert result.status == "failed"
    assert (result.reason or "").startswith(REASONS[arm])
    assert len(result.reason or "") < 3100
    assert result.fault == ("outside" if arm in OUTSIDE else "arm")


def test_the_last_lines_of_fifty_megabytes_are_kept(hostile: dict[str, list[Result]]) -> None:
    (result,) = hostile["babbling"]
    assert (result.reason or "").endswith("x\nthe end")


def test_memory_that_is_not_there_is_named(hostile: dict[str, list[Result]]) -> None:
    (result,) = hostile["eating_memory"]
    assert "t allocate memory" in (result.reason or "")


def test_good_arms_beside_hostile_ones_and_after_them_keep_their_bits(
    hostile: dict[str, list[Result]], folder: Path
) -> None:
    jobs = make_plan(task_with(folder, list(REASONS)), device="cpu", seeds=[0]).jobs
    good = ("short", "long", "control")
    after = bits(list(run_jobs(Processes(2), [job for job in jobs if job.arm in good])))
    assert len(after) == 3
    assert bits([one for arm in good for one in hostile[arm]]) == after


@pytest.mark.usefixtures("hostile")
def test_no_process_of_a_hostile_arm_is_left() -> None:
    assert marked() == []


def test_what_a_good_arm_leaves_behind_is_ended(tmp_path: Path) -> None:
    plan = make_plan(task_with(tmp_path, ["leaving_a_child_behind"]), device="cpu", seeds=[0])
    (result,) = run_jobs(Processes(1), [job for job in plan.jobs if "behind" in job.arm])
    assert result.status == "ok", result.reason
    assert marked() == []


def test_an_interrupted_run_leaves_no_process(tmp_path: Path) -> None:
    plan = make_plan(
        task_with(tmp_path, ["hanging_in_c", "ignoring_signals", "leaving_a_child_behind"]),
        device="cpu",
        seeds=[0],
    )
    results = run_jobs(Processes(6), plan.jobs)
    next(results)
    assert marked()
    results.close()
    assert marked() == []


@pytest.mark.slow
def test_a_wish_to_stop_while_the_server_starts_ends_the_server(tiny: Task) -> None:
    isolation.end_servers()
    answers = iter([False])
    jobs = make_plan(tiny, device="cpu").jobs
    assert list(run_jobs(Processes(1), jobs, lambda: next(answers, True))) == []
    mine = [
        one for one in isolation._processes().values() if one.parent == os.getpid() and one.marker
    ]
    assert not any(b"forkserver" in Path(f"/proc/{one.pid}/cmdline").read_bytes() for one in mine)


def test_what_a_killed_runner_left_is_found_and_ended(tmp_path: Path) -> None:
    space = Path("/proc/self/ns/pid").stat().st_ino
    marker = f"{space} 999999999 1"  # no process has this id
    with subprocess.Popen(
        ["sleep", "3600"], env={"SUITE_RUNNER": marker}, start_new_session=True
    ) as orphan:
        others = f"1 {os.getpid()} 1"  # a runner in a container: its ids mean nothing here
        with subprocess.Popen(["sleep", "3600"], env={"SUITE_RUNNER": others}) as foreign:
            for _ in range(100):  # until both have been executed, and so have their environment
                if all(
                    "sleep" in Path(f"/proc/{one.pid}/cmdline").read_text()
                    for one in (orphan, foreign)
                ):
                    break
                time.sleep(0.01)
            assert isolation.sweep() == [orphan.pid]
            assert orphan.wait(5) == -signal.SIGKILL
            assert foreign.poll() is None
            foreign.kill()


def test_folders_that_a_killed_runner_left_are_removed_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    space = Path("/proc/self/ns/pid").stat().st_ino
    names = [
        f"suite-{space}-999999999-dead",
        f"suite-{space}-{os.getppid()}-alive",
        "suite-1-999999999-elsewhere",
    ]
    for name in names:
        (tmp_path / name / "job").mkdir(parents=True)
    with isolation.folder_of_jobs() as folder:
        assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
            [*names[1:], Path(folder).name]
        )
    assert not Path(folder).exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_metric_that_is_no_number_makes_a_run_diverged(tiny: Task, value: float) -> None:
    job = make_plan(tiny, device="cpu").jobs[0]
    result = as_result(job, Outcome(seed=0, status="ok", metrics={"accuracy": value}))
    assert (result.status, result.metrics, result.reason) == (
        "diverged",
        {},
        f"not finite: accuracy {value}",
    )
    good = as_result(job, Outcome(seed=0, status="ok", metrics={"accuracy": -0.0}))
    assert str(Result.model_validate_json(good.model_dump_json()).metrics["accuracy"]) == "-0.0"


def test_limits_are_the_protocols_and_users_code_has_some_in_any_case(
    tiny: Task, tmp_path: Path
) -> None:
    assert tiny.limits("long") == Limits(timeout_s=None, memory_bytes=None)
    text = DISC_TASK.replace(
        '[arms.control]\nmodel = "sigmoid-mlp"',
        '[arms.control]\nmodel = "tests.support.hostile:ignoring_signals"',
    )
    users = load_task(write_task(tmp_path, text))
    assert users.limits("control") == Limits(timeout_s=3600.0, memory_bytes=8 * 2**30)
    assert users.limits("long") == Limits()
    limited = load_task(
        write_task(tmp_path, text.replace("epochs = 4", "epochs = 4\ntimeout_s = 5.0", 1))
    )
    assert limited.limits("control") == Limits(timeout_s=5.0, memory_bytes=8 * 2**30)
    assert limited.limits("long") == Limits(timeout_s=5.0)


def test_limits_are_no_part_of_the_question(tiny: Task, tmp_path: Path) -> None:
    limited = load_task(
        write_task(tmp_path, DISC_TASK.replace("epochs = 4", "epochs = 4\ntimeout_s = 5.0", 1))
    )
    assert make_plan(limited, device="cpu").questions == make_plan(tiny, device="cpu").questions


def test_a_path_of_data_relative_to_the_runner_is_found_from_a_jobs_own_folder(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    code = """
import os, sys, tempfile
from suite.execution.isolation import enter
from suite.task.protocol import Limits
out = os.dup(1)
enter(Limits(), out, tempfile.mkdtemp())
from suite.data.files import data_folder
os.write(out, str(data_folder()).encode())
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"SUITE_DATA": "data"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"data$", done.stdout), done
    assert Path(done.stdout).samefile(tmp_path / "data")
