"""The executor for tasks in which some arms are commands and others are models."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from suite.execution.commands.jobs import CommandJobs
from suite.execution.executor import Stopped, never
from suite.execution.processes import Processes
from suite.execution.trial import Trials
from suite.plan.job import Job
from suite.result import DeviceKind, Result


@dataclass(frozen=True)
class Mixed:
    """Models in processes of this machine, and then the commands; never both at a time."""

    models: Processes
    commands: CommandJobs

    @property
    def slots(self) -> int:
        """How many jobs run at a time."""
        return self.models.slots

    @property
    def jobs_at_once(self) -> int:
        """One: what it does not run yet, another runner may."""
        return 1

    def describe(self, device: DeviceKind, numerics: str) -> dict[str, str]:
        """The environment of runs on this machine."""
        return self.models.describe(device, numerics)

    def fitted(self, jobs: Sequence[Job], trials: Trials) -> Mixed:
        """As many processes as fit into the free memory. Raises SuiteError where no job does."""
        commands = [job for job in jobs if job.settings.command is not None]
        others = [job for job in jobs if job.settings.command is None]
        return replace(
            self,
            models=self.models.fitted(others, trials),
            commands=self.commands.fitted(commands, trials),
        )

    def execute(
        self, jobs: Iterable[Job | None], stopped: Stopped = never
    ) -> Generator[list[Result]]:
        """One result a run, until `stopped` says so."""
        later: list[Job] = []

        def models() -> Iterator[Job | None]:
            for job in jobs:
                if job is not None and job.settings.command is not None:
                    later.append(job)
                else:
                    yield job

        yield from self.models.execute(models(), stopped)
        if not stopped():
            yield from self.commands.execute(later, stopped)
