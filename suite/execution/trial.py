"""What a short trial says of an arm: its trainer, how long a job takes, and how much memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from suite.plan.job import Job
from suite.plan.lanes import lanes_taken
from suite.task.choices import Trainer


@dataclass(frozen=True)
class Trial:
    """What was measured of an arm: the times and the peak memory of a job of so many `seeds`.

    `start_s`: seconds before the first epoch. `epoch_s`: seconds of each epoch.
    `memory_per_seed_bytes`: the memory of each seed more. Times and peak memory are None
    where it failed.
    """

    trainer: Trainer
    why: str
    start_s: float | None
    epoch_s: float | None
    memory_bytes: int | None
    memory_per_seed_bytes: float
    seeds: int

    def job_s(self, epochs: int) -> float | None:
        """Seconds that a job takes."""
        if self.start_s is None or self.epoch_s is None:
            return None
        return self.start_s + epochs * self.epoch_s

    def job_bytes(self, job: Job) -> int:
        """A job's memory at its peak, with that of the libraries; 0 where it is not known.

        Lanes that stay empty take memory too.
        """
        more_seeds = max(lanes_taken(job.seeds) - self.seeds, 0)
        return int((self.memory_bytes or 0) + self.memory_per_seed_bytes * more_seeds)


Trials = Mapping[tuple[str, str], Trial]  # by task, and arm on a data set
