"""Verification asks any executor to run again, and says what came of it."""

from __future__ import annotations

from collections.abc import Generator, Iterable

import pytest

from suite.execution.executor import Executor, run_jobs
from suite.execution.in_process import InProcess
from suite.execution.processes import Processes
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.provenance.environment import describe, environment_id
from suite.result import Result
from suite.task.schema import Task
from suite.verification.certificate import Certificate, certify
from suite.verification.rerun import verify
from tests.support.executors import StandIn
from tests.support.tasks import disc_task


@pytest.fixture(scope="module")
def tiny() -> Task:
    return disc_task()


@pytest.fixture(scope="module")
def certificates(tiny: Task) -> list[Certificate]:
    plan = make_plan(tiny, device="cpu", seeds=[0, 1])
    results = run_jobs(InProcess(), plan.jobs)
    return [certify(one, plan.parts[one.arm], plan.environment_fields) for one in results]


@pytest.mark.parametrize(
    "executor", [InProcess(), pytest.param(Processes(1), marks=pytest.mark.slow), Processes(2)]
)
def test_any_executor_gives_every_bit_again(
    executor: Executor, tiny: Task, certificates: list[Certificate]
) -> None:
    checks = list(verify(certificates, {"tiny": tiny}, executor))
    assert len(checks) == 6
    assert {check.tier for check in checks} == {"WEIGHTS"}
    assert all(check.is_good for check in checks)


def test_the_runs_are_those_of_the_environment_that_the_executor_has(
    tiny: Task, certificates: list[Certificate]
) -> None:
    """A cluster of other machines: what was certified there is expected to the bit, what was
    certified here within tolerance.
    """
    there = describe("cpu") | {"cpu": "another one"}
    taken: list[str] = []

    def give(jobs: Iterable[Job | None]) -> Generator[list[Result]]:
        for job in jobs:
            assert job is not None
            taken.append(job.environment)
            yield list(run_jobs(InProcess(), [job]))

    cluster = StandIn(give, slots=3, environment_of=lambda *_: there)
    moved = [one.model_copy(update={"environment": there}) for one in certificates]
    checks = list(verify(moved, {"tiny": tiny}, cluster))
    assert set(taken) == {environment_id(there)}
    assert {(check.tier, check.expected) for check in checks} == {("WEIGHTS", "WEIGHTS")}
    checks = list(verify(certificates, {"tiny": tiny}, cluster))
    assert {check.expected for check in checks} == {"WITHIN TOLERANCE"}
    assert all(any("environment: cpu: " in reason for reason in check.reasons) for check in checks)


def test_a_wish_to_stop_ends_it_between_two_runs(
    tiny: Task, certificates: list[Certificate]
) -> None:
    checks = list(verify(certificates, {"tiny": tiny}, InProcess(), stopped=lambda: True))
    assert len(checks) == 1
