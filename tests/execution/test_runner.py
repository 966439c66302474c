"""Plan, subtract, execute, append: in one process or in several, once or again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from suite.execution import fork_server
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.execution.processes import Processes
from suite.execution.progress import ArmProgress, progress
from suite.execution.runner import interleaved, note_plan, remaining, run
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.store.store import open_store
from suite.task.loading import load_task
from suite.task.schema import Task
from tests.support.bits import bits
from tests.support.own_code import load_own
from tests.support.tasks import DISC_TASK, LOOP_TASK, REAL_TASKS, ROOT, write_task


def test_one_or_two_processes_or_this_one_give_the_same_bits(tiny: Task) -> None:
    jobs = make_plan(tiny, device="cpu").jobs
    here = bits(list(run_jobs(InProcess(), jobs)))
    assert len(here) == 9
    assert bits(list(run_jobs(Processes(1), jobs))) == here
    assert bits(list(run_jobs(Processes(2), reversed(jobs)))) == here


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of the GNU C library")
def test_a_job_keeps_the_memory_that_it_frees(tmp_path: Path) -> None:
    """Blocks of 64 MB, which by itself the library gives back to the system each time: 16,384 page
    faults.
    """
    code = (
        "import resource, torch\ndef faults(): return"
        " resource.getrusage(resource.RUSAGE_SELF).ru_minflt\ndef train(arm, data, seed, device):\n"
        "    first = torch.ones(2**24).sum()\n    before = faults()\n    again ="
        " [float(torch.ones(2**24).sum()) for _ in range(10)]\n    return {'predict': lambda"
        " inputs: torch.zeros(len(inputs), 10), 'metrics': {'luck': (faults() - before) / 10}}\n"
    )
    (tmp_path / "own_faults.py").write_text(code)
    job = next(
        one
        for one in make_plan(
            load_own(tmp_path, LOOP_TASK.replace("own_loop", "own_faults")), device="cpu"
        ).jobs
        if one.arm == "one"
    )
    result, *_ = run_jobs(Processes(1), [job])
    assert result.metrics["luck"] < 100


@pytest.mark.slow
@pytest.mark.usefixtures("mnist")
def test_the_real_tasks_give_the_same_bits_in_one_or_two_processes() -> None:
    tasks = [
        _shortened(load_task(path), epochs=6) for path in REAL_TASKS
    ]  # whole ones are run again in .ci/container
    jobs = interleaved([make_plan(task, device="cpu", seeds=[0]) for task in tasks])
    alone, beside = (list(run_jobs(Processes(count), jobs)) for count in (1, 2))
    assert {one.status for one in alone} == {"ok"}
    assert bits(alone) == bits(beside)


@pytest.mark.slow
@pytest.mark.usefixtures("mnist")
@pytest.mark.parametrize("path", REAL_TASKS, ids=lambda path: path.stem)
def test_two_epochs_of_a_real_task_give_the_same_bits_twice(path: Path) -> None:
    jobs = make_plan(_shortened(load_task(path), epochs=2), device="cpu", seeds=[1]).jobs
    first, again = (list(run_jobs(InProcess(), jobs)) for _ in range(2))
    assert {one.status for one in first} == {"ok"}
    assert bits(first) == bits(again)


def test_a_script_without_a_guard_around_its_run_is_not_run_again_by_its_jobs(
    tmp_path: Path,
) -> None:
    task = write_task(tmp_path / "tasks")
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\nfrom suite.execution.executor import run_jobs\nfrom"
        " suite.execution.processes import Processes\nfrom suite.plan.plan import make_plan\nfrom"
        f" suite.task.loading import load_task\ntask = load_task(Path({str(task)!r}))\njobs ="
        " make_plan(task, device='cpu', seeds=[0]).jobs\nprint('once',"
        " sorted(result.status for result in run_jobs(Processes(2), jobs)))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("once ['ok', 'ok', 'ok']\n", "")


def _shortened(task: Task, *, epochs: int) -> Task:
    protocol = task.protocol.model_copy(update={"epochs": epochs})
    arms = {name: arm.model_copy(update={"epochs": None}) for name, arm in task.arms.items()}
    return task.model_copy(update={"protocol": protocol, "arms": arms})


def test_what_is_stored_is_not_run_again(tiny: Task, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    plan = make_plan(tiny, device="cpu")
    with open_store(path, create=True) as store:
        nothing = ArmProgress(asked=3, to_do=3, ok=0, diverged=0, failed=0)
        assert progress(plan, store)["long"] == nothing
        first = make_plan(tiny, device="cpu", seeds=[1])
        assert len(list(run([remaining(first, store)], store, Processes(2)))) == 3
        assert remaining(plan, store).run_count == 6
        assert len(list(run([remaining(plan, store)], store, Processes(2)))) == 6
        assert remaining(plan, store).run_count == 0
        assert list(run([remaining(plan, store)], store, Processes(2))) == []
        all_done = ArmProgress(asked=3, to_do=0, ok=3, diverged=0, failed=0)
        assert progress(plan, store)["long"] == all_done
        stored = bits(store.results())
    assert stored == bits(list(run_jobs(InProcess(), plan.jobs)))


def test_a_stopped_run_keeps_what_is_done(tiny: Task, tmp_path: Path) -> None:
    plan = make_plan(tiny, device="cpu")
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        running = run([plan], store, Processes(2))
        done = [next(running), next(running)]
        running.close()
        assert len(store.results()) >= len(done)
        assert remaining(plan, store).run_count == 9 - len(store.results())
    assert not multiprocessing.active_children()


def test_arms_take_turns(tiny: Task) -> None:
    plan = make_plan(tiny, device="cpu", seeds=[0, 1])
    assert [job.arm for job in interleaved([plan])] == ["short", "long", "control", "control"]


def raising(layers: list[int]) -> None:
    raise RuntimeError(f"cannot build {layers}")


def killing(layers: list[int]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leaving(layers: list[int]) -> None:
    os._exit(0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (
            "raising",
            "RuntimeError: cannot build [2, 9, 5, 2] (test_runner.py, line 144, in raising)",
        ),
        ("killing", "the process ended by signal SIGKILL before this run's result"),
        ("leaving", "the process ended with exit status 0 before this run's result"),
    ],
)
def test_a_failure_is_a_record_and_the_others_go_on(tmp_path: Path, how: str, reason: str) -> None:
    text = DISC_TASK.replace(
        '[arms.control]\nmodel = "sigmoid-mlp"',
        f'[arms.control]\nmodel = "tests.execution.test_runner:{how}"',
    )
    plan = make_plan(load_task(write_task(tmp_path, text)), device="cpu")
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        note_plan(plan, store)
        results = list(run([plan], store, Processes(2)))
        assert {(one.arm, one.status) for one in results} == {
            ("short", "ok"),
            ("long", "ok"),
            ("control", "failed"),
        }
        assert {one.reason for one in results if one.status == "failed"} == {reason}
        assert remaining(plan, store).run_count == 0
        assert remaining(plan, store, retry=("arm", "outside")).run_count == 3


def test_a_signal_while_the_server_starts_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    monkeypatch.setattr(
        "multiprocessing.forkserver.ForkServer.ensure_running",
        lambda _: os.kill(os.getpid(), signal.SIGTERM),
    )
    try:
        fork_server.ensure_server()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == [signal.SIGTERM]


def test_cuda_is_never_silently_the_cpu(tiny: Task) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    jobs: tuple[Job, ...] = make_plan(tiny, device="cpu").jobs
    from dataclasses import replace

    results = list(run_jobs(InProcess(), [replace(job, device="cuda") for job in jobs]))
    assert {one.status for one in results} == {"failed"}
    assert {one.reason for one in results} == {
        "NoDeviceError: device: expected a CUDA device, found none"
    }
