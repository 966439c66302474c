"""How far a plan has come: what is stored of it, by arm, on each data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from suite.plan.job import Job
from suite.plan.plan import Plan
from suite.provenance.identity import run_key
from suite.store.store import Store


@dataclass(frozen=True)
class ArmProgress:
    """How many runs of an arm are asked for, how many are to do, and how many ended in which way.

    `to_do`: those that have no record yet. `ok`, `diverged`, `failed`: how the last attempt ended.
    """

    asked: int
    to_do: int
    ok: int
    diverged: int
    failed: int


Counts = Mapping[tuple[str, str], ArmProgress]  # by task, and arm on a data set


def progress(plan: Plan, store: Store) -> dict[str, ArmProgress]:
    """What is stored of the runs that the plan asks for, by arm on a data set."""
    by_cell = plan.jobs_by_cell()
    return {cell: _progress_of_cell(plan, cell, jobs, store) for cell, jobs in by_cell.items()}


def _progress_of_cell(plan: Plan, cell: str, jobs: Sequence[Job], store: Store) -> ArmProgress:
    asked = {job.key(seed) for job in jobs for seed in job.seeds}
    if plan.task.is_measured_elsewhere:
        asked = {run_key(plan.questions[cell], seed) for seed in plan.task.protocol.seeds}
    last = store.last_attempts(plan.questions[cell], plan.environment)
    statuses = [attempt.status for key, attempt in last.items() if key in asked]
    return ArmProgress(
        asked=len(asked),
        to_do=len(asked) - len(statuses),
        ok=statuses.count("ok"),
        diverged=statuses.count("diverged"),
        failed=statuses.count("failed"),
    )
