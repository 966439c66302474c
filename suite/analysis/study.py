"""The counted results of one task on one device in one environment.

With the values of each arm and the gaps between arms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from suite.result import DeviceKind, Result
from suite.stats import Gap, Ratio, Summary, paired_gap, paired_ratio, summarize
from suite.stats.sequential import at_any_time, mean_at_any_time
from suite.store.looks import SeenArm, TopUp
from suite.task.schema import Task


@dataclass(frozen=True)
class Study:
    """The counted results of one task on one device in one environment, by arm.

    Each arm's are in the order of seeds. `sequential`: seeds were added until a verdict was
    reached, or after one had been seen, so estimates must hold over all looks. `top_up`: what was
    added after the first look; None where no look is known after which seeds were added. `store`:
    the file that keeps the results, where a look at them is recorded.
    """

    task: Task
    device: DeviceKind
    environment: str
    results: Mapping[str, tuple[Result, ...]]
    sequential: bool = False
    top_up: TopUp | None = None
    store: Path | None = None

    @property
    def seeds_at_first_look(self) -> int | None:
        """How many seeds the first verdict was on; None where none was added after a verdict."""
        return None if self.top_up is None else self.top_up.seen

    def values(self, arm: str, metric: str) -> dict[int, float]:
        """The metric of the arm's good runs by seed; "parameters" is one too.

        Empty where the arm does not have it.
        """
        good = [result for result in self.results[arm] if result.status == "ok"]
        if metric == "parameters":
            return {
                result.seed: float(result.parameters)
                for result in good
                if result.parameters is not None
            }
        return {result.seed: result.metrics[metric] for result in good if metric in result.metrics}

    def summary(self, arm: str, metric: str) -> Summary | None:
        """The arm's summary; None where it does not have the metric."""
        values = list(self.values(arm, metric).values())
        if not values:
            return None
        summary = summarize(values)
        return mean_at_any_time(summary) if self.sequential else summary

    def gap(self, first: str, second: str, metric: str) -> Gap | None:
        """The gap first - second over the seeds that both have; None where there is none."""
        a, b = self.values(first, metric), self.values(second, metric)
        seeds = sorted(a.keys() & b.keys())
        if not seeds:
            return None
        gap = paired_gap([a[seed] for seed in seeds], [b[seed] for seed in seeds])
        return at_any_time(gap) if self.sequential else gap

    def time_ratio(self, first: str, second: str) -> Ratio | None:
        """The training time of `first` over that of `second`, paired; None where no times compare.

        Paired by seed, or by job where as many seeds trained together in both arms: the seeds of a
        job share one time. The arms took turns.
        """
        a, b = self._job_times(first), self._job_times(second)
        pairs = [(a[seed], b[seed]) for seed in sorted(a.keys() & b.keys())]
        comparable = dict.fromkeys(
            (time_a, time_b)
            for (time_a, together_a), (time_b, together_b) in pairs
            if together_a == together_b
        )
        if not comparable:
            return None
        return paired_ratio([time for time, _ in comparable], [time for _, time in comparable])

    def _job_times(self, arm: str) -> dict[int, tuple[float, int]]:
        """The training time in seconds of each good run's job, and its number of seeds."""
        return {
            result.seed: (result.train_time_s, result.seeds_together)
            for result in self.results[arm]
            if result.status == "ok" and result.train_time_s
        }

    @property
    def primary_metric(self) -> str:
        """The task's first metric."""
        return next(iter(self.task.metrics))

    def good_seeds(self, arm: str) -> frozenset[int]:
        """The seeds with a result of the arm."""
        return frozenset(result.seed for result in self.results[arm] if result.status == "ok")

    def identify(self, arm: str) -> SeenArm:
        """What a look says of an arm that has results: what its runs ask, and where they ran."""
        return SeenArm(
            task=self.task.name,
            arm=arm,
            device=self.device,
            question=self.results[arm][0].question,
            environment=self.environment,
        )

    def seeds_without_result(self, arm: str) -> dict[int, str]:
        """Failed and diverged seeds with their reason."""
        return {
            result.seed: result.reason or result.status
            for result in self.results[arm]
            if result.status != "ok"
        }

    def seeds_not_run(self, arm: str) -> list[int]:
        """Seeds of the protocol of which no record is stored."""
        stored = {result.seed for result in self.results[arm]}
        return [seed for seed in self.task.protocol.seeds if seed not in stored]

    def failed_share(self, arm: str) -> float:
        """The share of the arm's runs that failed or diverged."""
        return len(self.seeds_without_result(arm)) / max(len(self.results[arm]), 1)
