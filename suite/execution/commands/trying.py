"""Checks the commands of a task by running each under its first seed. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator

from suite.errors import SuiteError
from suite.execution import isolation
from suite.execution.commands.executor import Commands
from suite.execution.commands.jobs import CommandJobs, run_of
from suite.execution.commands.outcome import CommandOutcome
from suite.plan.job import Job
from suite.plan.plan import make_plan
from suite.provenance.worktrees import Worktrees
from suite.result import DeviceKind
from suite.task.schema import Task


def command_jobs(task: Task, device: DeviceKind) -> list[Job]:
    """The first run of each command, on each data set."""
    jobs = make_plan(task, device=device, seeds=task.protocol.seeds[:1]).jobs
    return [job for job in jobs if job.settings.command is not None]


def require_commands(task: Task, device: DeviceKind) -> None:
    """Raises SuiteError for the first command that cannot be started at all; starts none."""
    CommandJobs(1).fitted(command_jobs(task, device), {})


def try_commands(task: Task, device: DeviceKind) -> Iterator[tuple[str, CommandOutcome]]:
    """What each command gave under its first seed, by the arm, with the data set of several.

    Raises SuiteError, in one line with the field, for one that fails or gives no finite number, and
    for a number that is written in another way than that of the arm before.
    """
    jobs, forms = command_jobs(task, device), dict[str, tuple[str, str]]()
    CommandJobs(1).fitted(jobs, {})
    with isolation.folder_of_jobs() as parent, Worktrees() as worktrees:
        runs = (run_of(job, worktrees) for job in jobs)
        for job, outcome in zip(jobs, Commands(1).run_all(runs, parent), strict=True):
            if outcome.status != "ok":
                raise SuiteError(
                    f"{job.field}: seed {job.seeds[0]} {outcome.status}: {outcome.reason}"
                )
            for name, reading in outcome.readings.items():
                first, form = forms.setdefault(name, (job.arm, reading.form))
                if form != reading.form:
                    raise SuiteError(
                        f"{job.field}: {name}: expected a number as of {first}"
                        f" ({form or 'plain'}), got {reading.form or 'plain'}: {reading.where!r}"
                    )
            yield job.cell, outcome
