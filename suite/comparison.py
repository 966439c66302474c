"""Results -> what they say about a task: per arm, per pair of arms, per claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from suite.result import Result
from suite.statistics import Gap, Summary, paired_gap, summarize
from suite.task import Task


@dataclass(frozen=True)
class Study:
    """The counted results of one task on one device in one environment, by arm, each in the order of seeds."""

    task: Task
    device: str
    environment: str
    results: Mapping[str, tuple[Result, ...]]

    def values(self, arm: str, metric: str) -> dict[int, float]:
        """The metric of the arm's good runs by seed; "parameters" is one too. Empty where the arm does not have it."""
        good = [result for result in self.results[arm] if result.status == "ok"]
        if metric == "parameters":
            return {result.seed: float(result.parameters) for result in good if result.parameters is not None}
        return {result.seed: result.metrics[metric] for result in good if metric in result.metrics}

    def summary(self, arm: str, metric: str) -> Summary | None:
        """The arm's summary; None where it does not have the metric."""
        values = list(self.values(arm, metric).values())
        return summarize(values) if values else None

    def gap(self, first: str, second: str, metric: str) -> Gap | None:
        """The gap first - second over the seeds that both have; None where there is none."""
        a, b = self.values(first, metric), self.values(second, metric)
        seeds = sorted(a.keys() & b.keys())
        return paired_gap([a[seed] for seed in seeds], [b[seed] for seed in seeds]) if seeds else None

    @property
    def primary_metric(self) -> str:
        """The task's first metric."""
        return next(iter(self.task.metrics))

    def seeds_without_result(self, arm: str) -> dict[int, str]:
        """Failed and diverged seeds with their reason."""
        return {r.seed: r.reason or r.status for r in self.results[arm] if r.status != "ok"}
