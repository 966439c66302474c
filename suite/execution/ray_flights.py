"""Which jobs go to a Ray cluster as one task: short ones go together.

A task costs the driver as much as storing several records.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from suite.plan.job import Job

TASK_S = 2.0  # what is shorter goes with others, as one task
MOST_JOBS = 32  # in a task


@dataclass(frozen=True)
class Flight:
    """Jobs that are submitted as one task, for the n-th time."""

    jobs: tuple[Job, ...]
    tries: int = 1

    def takes(self, job: Job) -> bool:
        """Whether a job can go with these: Ray has to find the same for it."""
        return _needs(job) == _needs(self.jobs[0])


class NoMoreJobsError(Exception):
    """There is no job after the last one."""


def next_flight(
    jobs: Iterator[Job | None], waiting: deque[Flight], job_s: Callable[[Job], float]
) -> Flight | None:
    """The next job, with as many after it as fit into one task of `TASK_S` seconds.

    A job that does not go with them is put into `waiting`. None where no job can start yet. Raises
    NoMoreJobsError after the last one.
    """
    try:
        job = next(jobs)
    except StopIteration:
        raise NoMoreJobsError from None
    if job is None:
        return None
    flight, left_s = Flight((job,)), TASK_S - job_s(job)
    while len(flight.jobs) < MOST_JOBS and left_s > 0:
        another = next(jobs, None)
        if another is None:
            break
        left_s -= job_s(another)
        if left_s < 0 or not flight.takes(another):
            waiting.append(Flight((another,)))
            break
        flight = Flight((*flight.jobs, another))
    return flight


def _needs(job: Job) -> tuple[int, str, str, float, bool]:
    is_command = job.settings.command is not None
    return job.settings.threads, job.environment, job.device, job.limits.gpu_share, is_command
