"""Several runners on one store: they share the work, and no run is done twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from suite.execution import leases
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.store.store import Store, open_store
from suite.task.schema import Task
from tests.support.fakes import make_result
from tests.support.tasks import DISC_TASK, ROOT, write_task


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        yield store


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LOOK_AGAIN_S", 0.0)


def jobs_of(task: Task) -> list[Job]:
    """Five jobs of one seed each, or of three."""
    return list(make_plan(task, device="cpu").jobs)


def done(task: Task, job: Job, seed: int) -> object:
    result = make_result(task, job.arm, seed, 0.5, question=job.question)
    return result.model_copy(update={"key": job.key(seed), "environment": job.environment})


def test_two_runners_never_have_the_same_run(store: Store, tiny: Task) -> None:
    jobs = jobs_of(tiny)
    first, second = (leases.lease_jobs(jobs, store, since=0) for _ in range(2))
    taken = [next(first), next(second), next(first), next(second), next(second)]
    runs = [(job.arm, seed) for job in taken if job for seed in job.seeds]
    assert len(runs) == len(set(runs)) == 9
    assert (next(first), next(second)) == (
        None,
        None,
    )  # all is under way, and nobody ends before it is done


def test_what_another_runner_has_stored_is_done(store: Store, tiny: Task) -> None:
    jobs = jobs_of(tiny)
    first, second = (leases.lease_jobs(jobs, store, since=0) for _ in range(2))
    job = next(first)
    assert job is not None
    others = [one for one in (next(second) for _ in range(4)) if one]
    assert next(second) is None
    for one in (job, *others):
        for seed in one.seeds:
            assert store.append(done(tiny, one, seed))  # type: ignore[arg-type]
    assert (list(first), list(second)) == ([], [])


def test_what_a_runner_gives_up_another_one_takes(store: Store, tiny: Task) -> None:
    jobs = jobs_of(tiny)
    first, second = (leases.lease_jobs(jobs, store, since=0) for _ in range(2))
    job = next(first)
    taken = [next(second) for _ in range(4)]
    assert job not in taken
    assert next(second) is None
    first.close()
    assert next(second) == job


def test_what_a_killed_runner_had_another_one_takes(
    store: Store, tiny: Task, tmp_path: Path
) -> None:
    jobs = jobs_of(tiny)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with open_store(store.path, create=True) as own:
            shared = leases.lease_jobs(jobs, own, since=0)
            next(shared)
            os.write(write, b"x")
            signal.pause()
    assert os.read(read, 1) == b"x"
    mine = leases.lease_jobs(jobs, store, since=0)
    taken = [next(mine) for _ in range(4)]
    assert jobs[0] not in taken
    assert next(mine) is None
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert next(mine) == jobs[0]
    assert len(list(tmp_path.glob(".*.runner"))) == 2
    with open_store(store.path, create=True) as other:
        next(leases.lease_jobs(jobs, other, since=0))
    mine.close()
    assert list(tmp_path.glob(".*.runner")) == []


@pytest.mark.slow
def test_two_runners_do_every_run_once(tmp_path: Path) -> None:
    write_task(
        tmp_path / "tasks", DISC_TASK.replace('trainer = "manual"\n', "").replace("0-2", "0-4")
    )
    command = [sys.executable, "-m", "suite", "run", "-j", "1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    runners = [
        subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ends = [(*one.communicate(timeout=600), one.returncode) for one in runners]
    assert [code for *_, code in ends] == [0, 0], ends
    executed = [int(re.findall(r"executed (\d+) runs", said)[0]) for said, *_ in ends]
    assert sum(executed) == 15, ends
    with open_store(tmp_path / "results" / "store.sqlite") as store:
        assert len(store.results()) == 15


def test_a_run_that_failed_is_retried_by_one_runner_alone(store: Store, tiny: Task) -> None:
    job = jobs_of(tiny)[0]
    for seed in job.seeds:
        result = done(tiny, job, seed)
        failed = {"status": "failed", "fault": "outside"}
        store.append(result.model_copy(update=failed))  # type: ignore[attr-defined]
    since = store.newest()
    first, second = (leases.lease_jobs([job], store, since=since) for _ in range(2))
    assert next(first) == job
    assert next(second) is None
    for seed in job.seeds:
        assert store.append(done(tiny, job, seed))  # type: ignore[arg-type]
    assert list(second) == []
    assert [one.status for one in store.results()] == ["ok"] * 3
