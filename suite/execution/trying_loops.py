"""Tries the training loops of a task: one seed of each, twice, each time in a fresh process.

Only where somebody asks for it: a loop may take hours. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from suite.errors import SuiteError
from suite.execution import isolation
from suite.execution.executor import run_jobs
from suite.execution.processes import Processes
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.result import Result
from suite.task.arms import is_users_loop
from suite.task.schema import Task


def try_loops(task: Task) -> Iterator[Result]:
    """What each loop of the user's gave under its first seed on the CPU.

    Raises SuiteError, in one line with the field, for one that fails, diverges, gives another
    result the second time, or gives none of the metrics.
    """
    for job in make_plan(task, device="cpu", seeds=task.protocol.seeds[:1]).jobs:
        if is_users_loop(job.settings):
            trial = replace(job, is_trial=True)
            first, again = _run(trial), _run(trial)
            if (first.hashes, first.metrics) != (again.hashes, again.metrics):
                raise SuiteError(
                    f"{job.field}: expected the same results from two trainings under seed"
                    f" {first.seed}, in two processes, got different ones: something draws from a"
                    " generator of its own, or depends on the process, the clock or files"
                )
            yield first


def _run(job: Job) -> Result:
    """What the job gives in a process of a new server, which has other addresses in memory."""
    isolation.end_servers()
    (result,) = run_jobs(Processes(1), [job])
    if result.status != "ok":
        raise SuiteError(f"{job.field}: seed {result.seed} {result.status}: {result.reason}")
    if not result.metrics:
        raise SuiteError(
            f"{job.field}: expected one of the metrics {', '.join(job.metrics)}, got none"
        )
    return result
