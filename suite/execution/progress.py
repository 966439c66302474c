"""How far a plan has come: what is stored of it, by arm, on each data set, and what runs now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from suite.execution.kept_output import epoch_path, place_of, runs_folder
from suite.execution.leases import running_runs
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


@dataclass(frozen=True)
class RunningJob:
    """Runs that go on now. `epoch` of `epochs` is done, where they say so."""

    task: str
    cell: str
    seeds: tuple[int, ...]
    epoch: int | None
    epochs: int | None


Counts = Mapping[tuple[str, str], ArmProgress]  # by task, and arm on a data set


def progress(plan: Plan, store: Store) -> dict[str, ArmProgress]:
    """What is stored of the runs that the plan asks for, by arm on a data set."""
    by_cell = plan.jobs_by_cell()
    return {cell: _progress_of_cell(plan, cell, jobs, store) for cell, jobs in by_cell.items()}


def running_jobs(plan: Plan, store: Store) -> list[RunningJob]:
    """The runs of the plan that a runner holds, those that train together as one."""
    held = {key for key, environment in running_runs(store) if environment == plan.environment}
    kept_in = str(runs_folder(store.path))
    jobs = list[RunningJob]()
    for job in plan.jobs if held else ():
        seeds = tuple(seed for seed in job.seeds if job.key(seed) in held)
        if seeds:
            place = place_of(replace(job, kept_in=kept_in, seeds=seeds))
            epoch, epochs = (None, None) if place is None else _read_epoch(epoch_path(place))
            jobs.append(RunningJob(plan.task.name, job.cell, seeds, epoch, epochs))
    return jobs


def _read_epoch(path: Path) -> tuple[int | None, int | None]:
    """The epoch that is done, and how many there are; None where nothing says so."""
    try:
        said = json.loads(path.read_text())
        epoch, epochs = said["epoch"], said["epochs"]
    except (OSError, ValueError, KeyError, TypeError):  # not there, or what a loop wrote itself
        return None, None
    is_count = isinstance(epoch, int) and isinstance(epochs, int | None)
    return (epoch, epochs) if is_count else (None, None)


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
