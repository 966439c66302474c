"""What a cluster needs of the rest, without Ray: batches, leases, another place's environment, and
refusals in one line.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from suite.execution import leases
from suite.execution.autotune import trials
from suite.execution.executor import run_jobs
from suite.execution.in_process import InProcess
from suite.execution.runner import note_plan, remaining, run
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.provenance.environment import describe, environment_id
from suite.result import Result
from suite.store.store import open_store
from suite.task.schema import Task
from tests.cluster.simulate import Costs, simulate
from tests.support.executors import StandIn
from tests.support.fakes import make_result
from tests.support.tasks import DISC_TASK, load_text, write_task

CANNOT_IMPORT_RAY = "import sys; sys.modules['ray'] = None; from suite.cli import main; main()"


def call(folder: Path, *arguments: str) -> tuple[int, str]:
    """The program where Ray is not installed."""
    command = [sys.executable, "-c", CANNOT_IMPORT_RAY, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_without_ray_that_is_one_line(tmp_path: Path) -> None:
    write_task(tmp_path / "tasks")
    code, said = call(tmp_path, "run", "tiny", "--executor", "ray")
    assert (code, said) == (
        2,
        "suite: --executor ray: expected the package ray, found none; install suite[ray]\n",
    )
    code, message = call(tmp_path, "run", "tiny", "--executor", "dask")
    assert code == 2
    assert "'dask' is not one of 'local', 'ray'" in message
    assert message.count("\n") == 1


def test_a_batch_is_stored_in_one_transaction_as_if_one_by_one(tiny: Task, tmp_path: Path) -> None:
    results = [make_result(tiny, "long", seed, 0.5) for seed in (0, 1, 0)]
    with (
        open_store(tmp_path / "one.sqlite", create=True) as one,
        open_store(tmp_path / "all.sqlite", create=True) as all_,
    ):
        statements: list[str] = []
        all_.connection.set_trace_callback(statements.append)
        assert [found.seed for found in all_.append_all(results)] == [0, 1]
        assert statements.count("COMMIT") == 1
        assert [one.append(each) for each in results] == [True, True, False]
        assert one.results() == all_.results()


def test_runs_of_many_jobs_are_leased_in_one_transaction(tiny: Task, tmp_path: Path) -> None:
    jobs = list(make_plan(tiny, device="cpu").jobs)
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        other, mine = (
            leases.lease_jobs(some, store, since=0, jobs_at_once=3) for some in (jobs[:1], jobs)
        )
        with closing(other), closing(mine):
            taken = next(other)
            statements: list[str] = []
            store.connection.set_trace_callback(statements.append)
            given = [next(mine) for _ in jobs]
            assert statements.count("COMMIT") == 2  # five jobs, three at once
        assert [one.arm for one in given if one] == ["long", "control", "control", "control"]
        assert given[-1] is None  # the first is under way elsewhere
        assert taken == jobs[0]


def test_what_a_cluster_gives_is_stored_and_leased_by_the_batch(tiny: Task, tmp_path: Path) -> None:
    plan = make_plan(tiny, device="cpu")

    def give(jobs: Iterable[Job | None]) -> Generator[list[Result]]:
        coming = [job for job in jobs if job]
        yield list(run_jobs(InProcess(), coming[:2]))
        yield list(run_jobs(InProcess(), coming))

    with open_store(tmp_path / "store.sqlite", create=True) as store:
        cluster = StandIn(give, slots=3, jobs_at_once=3)
        given = list(run([remaining(plan, store)], store, cluster))
        assert len(given) == len(store.results()) == 9  # what came twice counts once


def test_runs_elsewhere_ask_for_the_environment_there(tiny: Task, tmp_path: Path) -> None:
    there = describe("cpu") | {"cpu": "another one"}
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        plan = make_plan(tiny, device="cpu", describe=lambda *_: there)
        assert plan.environment == plan.jobs[0].environment == environment_id(there)
        note_plan(plan, store)
        assert store.documents("environment") == {plan.environment: there}
    here = make_plan(tiny, device="cpu")
    assert here.environment == environment_id(describe("cpu")) != plan.environment
    assert here.questions == plan.questions


def test_trials_are_run_where_the_runs_will_be(tiny: Task) -> None:
    seen: list[str] = []

    def give(jobs: Iterable[Job | None]) -> Generator[list[Result]]:
        for job in jobs:
            assert job is not None
            assert job.environment == environment_id(there)
            seen.append(job.arm)
            yield [make_result(tiny, job.arm, job.seeds[0], 0.5)]

    there = describe("cpu") | {"cpu": "another one"}
    cluster = StandIn(give, environment_of=lambda *_: there)
    trials(tiny, ["control", "long"], "cpu", None, cluster)
    assert seen == ["control", "control", "long", "long", "long"]


def test_the_share_of_a_card_is_a_limit_and_no_part_of_the_question() -> None:
    shared = load_text(DISC_TASK.replace("epochs = 4", "gpu_share = 0.25\nepochs = 4", 1))
    whole = load_text(DISC_TASK)
    assert [one.limits("long").gpu_share for one in (shared, whole)] == [0.25, 1.0]
    assert make_plan(shared, device="cpu").questions == make_plan(whole, device="cpu").questions
    with pytest.raises(
        Exception, match=r"protocol\.gpu_share: Input should be less than or equal to 1, got 1\.5"
    ):
        load_text(DISC_TASK.replace("epochs = 4", "gpu_share = 1.5\nepochs = 4", 1))


def test_the_model_of_a_cluster_agrees_with_sums_done_by_hand() -> None:
    """10 jobs of 3 s on 4 slots are 3 rounds; 100 records of 0.5 s take the driver 50 s, however
    many slots there are.
    """
    nodes_alone = simulate(10, 4, Costs([3.0], 0.0, 0.0))
    assert (nodes_alone.wall_s, nodes_alone.driver_share) == (9.0, 0.0)
    assert simulate(10, 1, Costs([3.0], 1.0, 0.0)).wall_s == 40.0
    assert simulate(10, 5, Costs([3.0], 0.0, 0.0, per_task=2)).wall_s == 6.0
    for slots in (10, 50):
        driver_alone = simulate(100, slots, Costs([0.001], 0.0, 0.5))
        assert driver_alone.wall_s == pytest.approx(50.0, abs=0.01)
        assert driver_alone.driver_share > 0.99
