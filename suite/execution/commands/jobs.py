"""The executor for jobs that are commands: each run is a process of its own, without torch."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from suite.execution import isolation
from suite.execution.commands.executor import Commands
from suite.execution.commands.outcome import PREDICTIONS, CommandOutcome
from suite.execution.commands.process import CommandRun
from suite.execution.commands.runnable import require_runnable
from suite.execution.executor import Stopped, never
from suite.execution.outcomes import as_result, without_folders
from suite.execution.trial import Trials
from suite.plan.job import Job
from suite.provenance.environment import describe_for_commands
from suite.provenance.worktrees import Worktrees
from suite.result import DeviceKind, Outcome, ReadNumber, Result


@dataclass(frozen=True)
class CommandJobs:
    """The executor that runs the commands of jobs in so many processes at a time.

    `gpus`: what CUDA_VISIBLE_DEVICES is by turns; left as it is where there are none. `worktrees`:
    of revisions, which the caller keeps from one call of `execute` to the next; else each call
    makes its own.
    """

    slots: int
    gpus: tuple[str, ...] = ()
    worktrees: Worktrees | None = None

    @property
    def jobs_at_once(self) -> int:
        """One: what it does not run yet, another runner may."""
        return 1

    def describe(self, device: DeviceKind, numerics: str) -> dict[str, str]:
        """The environment of commands on this machine."""
        return describe_for_commands(device, numerics)

    def fitted(self, jobs: Sequence[Job], trials: Trials) -> CommandJobs:
        """The same. Raises SuiteError where a command cannot be started at all."""
        del trials
        for job in {job.cell: job for job in jobs if job.settings.command is not None}.values():
            if job.settings.command and job.settings.command.revision is None:
                require_runnable(run_of(job, Worktrees()))
        return self

    def execute(
        self, jobs: Iterable[Job | None], stopped: Stopped = never
    ) -> Generator[list[Result]]:
        """One result a run, each as soon as it is there, until `stopped` says so."""
        job_of: dict[int, Job] = {}
        forms: dict[tuple[str, str], str] = {}
        kept = nullcontext(self.worktrees) if self.worktrees else Worktrees()
        with isolation.folder_of_jobs() as parent, kept as worktrees:

            def runs() -> Iterator[CommandRun | None]:
                for job in jobs:
                    if job is None:
                        yield None
                        continue
                    run = run_of(job, worktrees)
                    job_of[id(run)] = job
                    yield run

            for outcome in Commands(self.slots, self.gpus).run_all(runs(), parent, stopped):
                job = job_of.pop(id(outcome.run))
                result = _with_items(_result(job, outcome, forms), outcome)
                shutil.rmtree(outcome.out, ignore_errors=True)
                yield [result]


def run_of(job: Job, worktrees: Worktrees) -> CommandRun:
    """The run that a job of one seed asks for, in a worktree where it names a revision."""
    command = job.settings.command
    if command is None:
        raise ValueError(f"{job.field}: expected a command")
    folder = Path.cwd() / (command.folder or "")
    return CommandRun(
        job.arm,
        job.seeds[0],
        command,
        job.sources,
        worktrees.folder_at(command.revision, folder) if command.revision else folder,
        job.device,
        job.limits,
        job.directions,
    )


def _result(job: Job, outcome: CommandOutcome, forms: dict[tuple[str, str], str]) -> Result:
    """The record of a run; failed where a number is written in another way than before.

    93.1% in one arm is 0.931, and 93.1 in another is 93.1: they do not compare.
    """
    status, reason, metrics = outcome.status, outcome.reason, dict(outcome.metrics)
    fault = outcome.fault
    for name, reading in outcome.readings.items():
        first = forms.setdefault((job.task, name), reading.form)
        if status == "ok" and first != reading.form:
            status, fault, metrics = "failed", "arm", {}
            reason = (
                f"{name}: expected a number as in the first run ({first or 'plain'}), got"
                f" {reading.form or 'a plain one'} in {reading.where!r}"
            )
    return as_result(
        job,
        Outcome(
            seed=outcome.run.seed,
            status=status,
            reason=reason,
            fault=fault,
            metrics=metrics,
            readings=_readings(outcome) if status == "ok" else {},
            hashes=dict(outcome.hashes),
            train_time_s=outcome.run_time_s if status == "ok" else None,
        ),
        run_time_s=outcome.run_time_s,
        peak_memory_bytes=outcome.peak_memory_bytes,
    )


def _readings(outcome: CommandOutcome) -> dict[str, ReadNumber]:
    """Where each number stood, without private folders."""
    return {
        name: ReadNumber(where=without_folders(reading.where), form=reading.form)
        for name, reading in outcome.readings.items()
    }


def _with_items(result: Result, outcome: CommandOutcome) -> Result:
    """A good result with what its run says of every test item."""
    if result.status != "ok":
        return result
    if not (outcome.out / PREDICTIONS).exists():
        return result
    from suite.execution.commands.predictions import read_predictions  # needs NumPy, as few runs do

    found = read_predictions(outcome.out)
    return result.model_copy(
        update={
            "items": found.items,
            "items_document": found.document,
            "notes": () if found.fault is None else (found.fault,),
        }
    )
