"""Runs jobs in child processes, several at a time, each with the threads of its task.

One process a job, forked from a server that imported what this job names and no other package:
nothing that an arm does reaches the next one. A child that ends takes along all that it started.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import wait

from suite.execution import fork_server, isolation
from suite.execution.child import Child, servers_of, start_child
from suite.execution.child_results import collect
from suite.execution.executor import POLL_S, Stopped, never
from suite.execution.memory import fitting_slots, free_bytes
from suite.execution.outcomes import failed
from suite.execution.trial import Trials
from suite.plan.job import Job
from suite.provenance import environment
from suite.result import DeviceKind, Result


@dataclass(frozen=True)
class Processes:
    """The executor that runs jobs in so many processes of this machine at a time."""

    slots: int

    @property
    def jobs_at_once(self) -> int:
        """One: what it does not run yet, another runner may."""
        return 1

    def describe(self, device: DeviceKind, numerics: str) -> dict[str, str]:
        """The environment of runs on this machine."""
        return environment.describe(device, numerics)

    def fitted(self, jobs: Sequence[Job], trials: Trials) -> Processes:
        """As many processes as fit into the free memory. Raises SuiteError where no job does."""
        slots = fitting_slots(self.slots, jobs, trials, free_bytes())
        return replace(self, slots=slots)

    def execute(
        self, jobs: Iterable[Job | None], stopped: Stopped = never
    ) -> Generator[list[Result]]:
        """One result a run, in batches of what one process gave, until `stopped` says so."""
        isolation.sweep()
        running = list[Child]()
        with isolation.folder_of_jobs() as folder:
            try:
                yield from self._execute(iter(jobs), running, folder, stopped)
            finally:
                while running:
                    running.pop().end(running)

    def _execute(
        self, jobs: Iterator[Job | None], running: list[Child], folder: str, stopped: Stopped
    ) -> Iterator[list[Result]]:
        has_more = True
        while True:
            while has_more and len(running) < self.slots and not stopped():
                job = next(jobs, _END)
                has_more = job is not _END
                if not isinstance(job, Job):
                    break
                for packages in servers_of(job):
                    if not fork_server.wait_for_server(stopped, packages):
                        return
                try:
                    running.append(start_child(job, folder))
                except (OSError, EOFError) as error:
                    yield [failed(job, seed, f"{LOST}: {error}", "outside") for seed in job.seeds]
            if not has_more and not running:
                return
            wait([end for child in running for end in child.open_ends()], POLL_S)
            if stopped():
                return
            yield from _collect_all(running)


_END = object()  # after the last job
LOST = "its process could not be started"


def _collect_all(running: list[Child]) -> Iterator[list[Result]]:
    """What each child has given since; those that owe nothing more are ended and taken out."""
    for child in list(running):
        results = collect(child)
        if not child.owed:
            running.remove(child)
            child.end(running)
        if results:
            yield results
