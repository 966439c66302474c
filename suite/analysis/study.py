"""The counted results of one task on one device in one environment.

With the values of each arm and the gaps between arms: by seed, or by data set where the task has
several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any

from suite.analysis.pairs import require_within
from suite.analysis.repeats import RepeatedRun
from suite.result import DeviceKind, Result, cell_name
from suite.stats import Gap, Ratio, Summary, paired_gap, paired_ratio, summarize
from suite.stats.sequential import at_any_time, bet_at_any_time, bet_on_mean, mean_at_any_time
from suite.store.looks import SeenArm, TopUp
from suite.task.choices import SequenceName
from suite.task.schema import Task
from suite.task.sequences import bounds_of


@dataclass(frozen=True)
class Study:
    """The counted results of one task on one device in one environment, by arm.

    Each arm's are in the order of seeds. `sequential`: seeds were added until a verdict was
    reached, or after one had been seen, so estimates must hold over all looks. `top_up`: what was
    added after the first look; None where no look is known after which seeds were added. `history`:
    what else happened since results were seen, a sentence each; `unjournaled`: how many runs no
    journal knows, and when the newest was recorded. `repeats`: the runs that were made again in a
    fresh process, and what came of it. `store`: the file that keeps the results, where a look at
    them is recorded. `block`: the label of the data set, where this is the part of a study over
    several that is on one of them (`on`). `items`: the documents on what runs got right of their
    test items, by name. `sequence`: which one judges a sequential study.
    """

    task: Task
    device: DeviceKind
    environment: str
    results: Mapping[str, tuple[Result, ...]]
    sequential: bool = False
    top_up: TopUp | None = None
    history: tuple[str, ...] = ()
    unjournaled: tuple[int, str] = (0, "")
    repeats: tuple[RepeatedRun, ...] = ()
    store: Path | None = None
    block: str = ""
    items: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sequence: SequenceName = "t"

    @property
    def blocks(self) -> tuple[str, ...]:
        """The labels of the data sets; none where the study is over one."""
        return self.task.blocks

    def on(self, block: str) -> Study:
        """The part of the study that is on one of its data sets, as a study over that alone."""
        return self._parts[block]

    def each(self) -> tuple[Study, ...]:
        """The parts of the study, one for each data set; itself where it is over one."""
        return tuple(self._parts.values()) or (self,)

    @cached_property
    def _parts(self) -> dict[str, Study]:
        by_block: dict[str, dict[str, list[Result]]] = {
            block: {arm: [] for arm in self.results} for block in self.blocks
        }
        for arm, results in self.results.items() if by_block else ():
            for result in results:
                by_block[result.block][arm].append(result)
        return {
            block: replace(
                self,
                task=self.task.on(block),
                results={arm: tuple(results) for arm, results in by_arm.items()},
                block=block,
            )
            for block, by_arm in by_block.items()
        }

    @property
    def where(self) -> str:
        """Where its runs were made, as in "on cpu"."""
        return "measured elsewhere" if self.task.is_measured_elsewhere else f"on {self.device}"

    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of arms that are asked about.

        Where the best arm is held against the rest: that with the best mean so far, the first of
        equals, before each other one that has results; all pairs while no arm has any.
        """
        best = self.best_arm if self.task.comparisons == "best" else None
        if best is None:
            return list(self.task.pairs())
        return [(best, arm) for arm in self.task.arms if arm != best]

    @cached_property
    def best_arm(self) -> str | None:
        """The arm with the best mean under the primary metric; None where no arm has results."""
        key = self.primary_metric
        sign = 1 if self.task.metrics[key].direction == "higher" else -1
        means = {
            arm: sign * fmean(values.values())
            for arm in self.task.arms
            if (values := self.values(arm, key))
        }
        return max(means, key=means.__getitem__, default=None)

    def values(self, arm: str, metric: str, block: str | None = None) -> Mapping[Any, float]:
        """The metric of the arm's good runs by seed; "parameters" is one too.

        Over several data sets: by the label of the data set, each the mean over its seeds; with
        `block`, by seed on that data set. Empty where the arm does not have the metric.
        """
        if block:
            return self.on(block).values(arm, metric)
        if (arm, metric) not in self._values:
            self._values[arm, metric] = self._read_values(arm, metric)
        return self._values[arm, metric]

    @cached_property
    def _values(self) -> dict[tuple[str, str], Mapping[Any, float]]:
        """What was asked for: every pair of an arm asks for the same values."""
        return {}

    def _read_values(self, arm: str, metric: str) -> Mapping[Any, float]:
        if self.blocks:
            by_block = {part.block: part.values(arm, metric) for part in self.each()}
            return {label: fmean(values.values()) for label, values in by_block.items() if values}
        good = [result for result in self.results[arm] if result.status == "ok"]
        if metric == "parameters":
            return {
                result.seed: float(result.parameters)
                for result in good
                if result.parameters is not None
            }
        return {result.seed: result.metrics[metric] for result in good if metric in result.metrics}

    def summary(self, arm: str, metric: str) -> Summary | None:
        """The arm's summary over seeds, or over data sets; None where it lacks the metric."""
        values = list(self.values(arm, metric).values())
        if not values:
            return None
        summary = summarize(values)
        if not self.sequential:
            return summary
        bounds = self.betting_bounds(metric)
        if bounds is None:
            return mean_at_any_time(summary)
        require_within(values, bounds, arm, metric)
        return bet_on_mean(summary, values, bounds)

    def paired_values(self, first: str, second: str, metric: str) -> list[tuple[Any, float, float]]:
        """The seeds that both arms have, each with the two values; none where there are none.

        Over several data sets: the data sets, each with the two means over the seeds that both have
        on it.
        """
        if self.blocks:
            return [
                (part.block, fmean(a for _, a, _ in pairs), fmean(b for _, _, b in pairs))
                for part in self.each()
                if (pairs := part.paired_values(first, second, metric))
            ]
        a, b = self.values(first, metric), self.values(second, metric)
        return [(seed, a[seed], b[seed]) for seed in sorted(a.keys() & b.keys())]

    def gap(self, first: str, second: str, metric: str) -> Gap | None:
        """The gap first - second over the seeds that both have; None where there is none.

        Over several data sets: over those, by `paired_values`.
        """
        pairs = self.paired_values(first, second, metric)
        if not pairs:
            return None
        gap = paired_gap([a for _, a, _ in pairs], [b for _, _, b in pairs])
        return self.gap_at_any_time(gap, pairs, metric) if self.sequential else gap

    def gap_at_any_time(
        self, gap: Gap, pairs: Sequence[tuple[Any, float, float]], metric: str
    ) -> Gap:
        """The gap of paired values by the study's sequence, by itself."""
        bounds = self.betting_bounds(metric)
        if bounds is None:
            return at_any_time(gap)
        both = (value for _, *values in pairs for value in values)
        require_within(both, bounds, self.task.name, metric)
        return bet_at_any_time(gap, [a - b for _, a, b in pairs], bounds)

    def betting_bounds(self, metric: str) -> tuple[float, float] | None:
        """The bounds of a metric that is judged by betting; None where it is not.

        Bets are placed in the order of seeds, so that these must have been added in their order: it
        is for seeds that are added until there is a verdict, over one data set.
        """
        is_top_up = self.top_up is not None and not self.top_up.until_decided
        if self.sequence != "betting" or not self.sequential or is_top_up or self.blocks:
            return None
        return bounds_of(self.task, metric) if metric in self.task.metrics else None

    def time_ratio(self, first: str, second: str) -> Ratio | None:
        """The training time of `first` over that of `second`, paired; None where no times compare.

        Paired by seed, or by job where as many seeds trained together in both arms: the seeds of a
        job share one time. The arms took turns. None over several data sets, whose times differ,
        and between a command, whose whole time is known, and a model.
        """
        is_command = [self.task.arms[arm].command is not None for arm in (first, second)]
        if self.blocks or is_command[0] != is_command[1]:
            return None
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

    def run_keys(self, arms: tuple[str, ...]) -> Sequence[str]:
        """The keys of all runs of these arms, sorted."""
        if arms not in self._run_keys:
            self._run_keys[arms] = sorted(run.key for arm in arms for run in self.results[arm])
        return self._run_keys[arms]

    @cached_property
    def _run_keys(self) -> dict[tuple[str, ...], Sequence[str]]:
        """What was asked for: every row of a report on the same arms has the same runs."""
        return {}

    def good_seeds(self, arm: str) -> frozenset[int]:
        """The seeds with a result of the arm, over several data sets on any of them."""
        return frozenset(result.seed for result in self.results[arm] if result.status == "ok")

    def identify(self, arm: str) -> SeenArm:
        """What a look says of an arm that has results: what its runs ask, and where they ran.

        Not over several data sets, on each of which the runs of an arm ask something else.
        """
        return SeenArm(
            task=self.task.name,
            arm=cell_name(arm, self.block),
            device=self.device,
            question=self.results[arm][0].question,
            environment=self.environment,
        )

    def seeds_without_result(self, arm: str) -> dict[int, str]:
        """Failed and diverged seeds with their reason. Over several data sets, ask each part."""
        return {
            result.seed: result.reason or result.status
            for result in self.results[arm]
            if result.status != "ok"
        }

    def seeds_not_run(self, arm: str) -> list[int]:
        """Seeds of the protocol of which no record is stored. Ask each part of several."""
        stored = {result.seed for result in self.results[arm]}
        return [seed for seed in self.task.protocol.seeds if seed not in stored]

    def failed_share(self, arm: str) -> float:
        """The share of the arm's runs that failed or diverged."""
        return self.runs_without_result(arm) / max(len(self.results[arm]), 1)

    def runs_without_result(self, arm: str) -> int:
        """How many of the arm's runs failed or diverged."""
        return sum(result.status != "ok" for result in self.results[arm])
