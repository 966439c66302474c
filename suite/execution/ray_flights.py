"""Which jobs go to a Ray cluster as one task: what is short goes together, for a task costs the
driver as much as storing several records."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from suite.plan.job import Job

TASK_S = 2.0  # what is shorter goes with others, as one task
MOST_JOBS = 32  # in a task
NO_MORE = "no more"


@dataclass(frozen=True)
class Flight:
    """Jobs that are submitted as one task, for the n-th time."""

    jobs: tuple[Job, ...]
    tries: int = 1

    def takes(self, job: Job) -> bool:
        """Whether a job can go with these: Ray has to find the same for it."""
        one = self.jobs[0]
        mine = one.settings.threads, one.environment, one.device, one.limits.gpu_share
        return mine == (job.settings.threads, job.environment, job.device, job.limits.gpu_share)


def next_flight(
    coming: Iterator[Job | None], again: deque[Flight], job_s: Callable[[Job], float]
) -> Flight | str | None:
    """The next job, with those after it that are as short: a task costs the driver as much as
    storing several records."""
    job = next(coming, NO_MORE)
    if not isinstance(job, Job):
        return job
    flight, left_s = Flight((job,)), TASK_S - job_s(job)
    while len(flight.jobs) < MOST_JOBS and left_s > 0:
        another = next(coming, NO_MORE)
        if not isinstance(another, Job):
            break
        left_s -= job_s(another)
        if left_s < 0 or not flight.takes(another):
            again.append(Flight((another,)))
            break
        flight = Flight((*flight.jobs, another))
    return flight
