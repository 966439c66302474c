"""Larger clusters than there are here: a discrete-event model of one driver and many nodes, with
measured times.

A slot runs one task after another. Tasks that are done queue for the driver, which takes what has
come, stores it in one transaction and hands out new tasks; meanwhile slots that are done wait, but
for the task that lies ready for each (the driver submits two for every slot).
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass

BATCH = 64  # tasks that the driver looks after before it looks for more


@dataclass(frozen=True)
class Costs:
    """Seconds: `job_s`, drawn from what was measured, each longer by `node_s` on a node;
    `record_s`, of the driver for each record, from claim to commit. `per_task`: jobs that go as one
    task.
    """

    job_s: Sequence[float]
    node_s: float
    record_s: float
    per_task: int = 1


@dataclass(frozen=True)
class Outcome:
    """Seconds until the last record is stored, and the share of them in which the driver was busy."""

    wall_s: float
    driver_share: float


def simulate(runs: int, slots: int, costs: Costs, *, seed: int = 0) -> Outcome:  # noqa: C901
    """A study of so many runs, a job each, on so many slots."""
    drawn = random.Random(seed)  # noqa: S311
    waiting, ends = (
        runs,
        list[tuple[float, int]](),
    )  # of tasks under way: when each ends, and its runs

    def task() -> tuple[float, int]:
        nonlocal waiting
        jobs = min(costs.per_task, waiting)
        waiting -= jobs
        return sum(drawn.choice(costs.job_s) + costs.node_s for _ in range(jobs)), jobs

    now, busy_s, idle = 0.0, 0.0, slots
    lying: list[tuple[float, int]] = []
    while waiting and len(ends) < slots:
        length, jobs = task()
        heapq.heappush(ends, (length, jobs))
        idle -= 1
    while waiting and len(lying) < slots:
        lying.append(task())
    queue: list[int] = []
    while ends or queue:
        if not queue:
            now = max(now, ends[0][0])
        while (
            ends and ends[0][0] <= now
        ):  # each slot takes up what lies ready, at the moment at which it was done
            end, jobs = heapq.heappop(ends)
            queue.append(jobs)
            if lying:
                length, more = lying.pop()
                heapq.heappush(ends, (end + length, more))
            else:
                idle += 1
        taken, queue = queue[:BATCH], queue[BATCH:]
        spent = sum(taken) * costs.record_s
        now, busy_s = now + spent, busy_s + spent
        for _ in taken:
            if waiting:
                if idle:
                    length, more = task()
                    heapq.heappush(ends, (now + length, more))
                    idle -= 1
                else:
                    lying.append(task())
    return Outcome(now, busy_s / now)
