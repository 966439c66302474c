"""The interface of what runs jobs: this process, processes of this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from typing import Protocol

from suite.execution.trial import Trials
from suite.plan.job import Job
from suite.result import DeviceKind, Result

POLL_S = 0.2  # how long a wish to stop may wait, and a job that could not start yet

Stopped = Callable[[], bool]


def never() -> bool:
    """False: nobody wishes to stop."""
    return False


class Executor(Protocol):
    """Runs jobs and gives their results.

    It opens no store: results come in batches, each of what is there at the time, so that one
    writer can store a batch in one transaction.
    """

    @property
    def slots(self) -> int:
        """How many jobs run at a time."""

    @property
    def jobs_at_once(self) -> int:
        """How many jobs it takes at a time: more than one where many wait on its own side."""

    def describe(self, device: DeviceKind, numerics: str) -> dict[str, str]:
        """The environment of the runs, field by field."""

    def fitted(self, jobs: Sequence[Job], trials: Trials) -> Executor:
        """The executor to run these jobs with, by what their arms' trials took.

        Raises SuiteError where one of them needs more memory than there is.
        """

    def execute(
        self, jobs: Iterable[Job | None], stopped: Stopped = never
    ) -> Generator[list[Result]]:
        """One result a run, in batches that are never empty, until `stopped` says so.

        Where `jobs` gives None, no job can start yet: it is asked again, within `POLL_S`. Whatever
        ends the iterator ends the jobs that are running.
        """


def run_jobs(
    executor: Executor, jobs: Iterable[Job | None], stopped: Stopped = never
) -> Generator[Result]:
    """One result a run, one at a time, for who stores none."""
    with closing(executor.execute(jobs, stopped)) as batches:
        for batch in batches:
            yield from batch
