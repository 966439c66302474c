"""`suite versus` on commands that are equally good, but for the processes: their numbers are
drawn. The plan, the store, the looks and the verdict are those of the verb.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np

from suite.analysis.analyse import analyse
from suite.analysis.words import Verdict
from suite.cli.versus_runs import Wish, run_commands
from suite.execution.executor import Stopped, never
from suite.execution.outcomes import as_result
from suite.execution.trial import Trials
from suite.plan.job import Job
from suite.provenance.environment import describe_for_commands
from suite.result import DeviceKind, Outcome, Result
from suite.task.versus import MetricOptions, Variant, versus_task

MEMORY = Path("/dev/shm")  # a store there need not wait for a disk
TASK = versus_task(
    [Variant("true {seed} 1"), Variant("true {seed} 2")],
    ["a", "b"],
    MetricOptions(("acc",)),
    seeds="0-9",
    command_fields={},
    protocol={},
)


@dataclass(frozen=True)
class Drawn:
    """An executor whose runs give 0.9 with a standard deviation of 0.01, whatever they ask."""

    rng: np.random.Generator
    slots: int = 1
    jobs_at_once: int = 1

    def describe(self, device: DeviceKind, numerics: str) -> dict[str, str]:
        return describe_for_commands(device, numerics)

    def fitted(self, jobs: Sequence[Job], trials: Trials) -> Drawn:  # noqa: ARG002
        return self

    def execute(
        self,
        jobs: Iterable[Job | None],
        stopped: Stopped = never,  # noqa: ARG002
    ) -> Generator[list[Result]]:
        for job in jobs:
            if job is not None:
                metrics = {"acc": float(self.rng.normal(0.9, 0.01))}
                outcome = Outcome(seed=job.seeds[0], status="ok", metrics=metrics)
                yield [as_result(job, outcome, run_time_s=0.0)]


def share_better(rng: np.random.Generator, repeats: int, *, until_decided: bool) -> float:
    """How often one of two equal commands is called better: under 10 seeds, or at any look."""
    wish = Wish(until_decided=until_decided, max_seeds=50, deadline=None, repeats=False)
    where, found = MEMORY if MEMORY.is_dir() else None, 0
    for _ in range(repeats):
        with tempfile.TemporaryDirectory(dir=where) as folder, redirect_stderr(StringIO()):
            store = Path(folder, "store.sqlite")
            study = run_commands(TASK, "cpu", store, Drawn(rng), wish).study
        (pair,) = analyse(study).primary_comparisons
        found += pair.verdict in (Verdict.BETTER, Verdict.BETTER_BY_LESS)
    return found / repeats
