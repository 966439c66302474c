"""Results -> what they say about pairs of arms. A verdict is a word and its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from suite.errors import SuiteError
from suite.observations.observed import Observed
from suite.result import Result
from suite.sequential import at_any_time
from suite.statistics import (
    ALPHA,
    FEWEST_SEEDS,
    Gap,
    Interval,
    Ratio,
    Summary,
    holm,
    paired_gap,
    paired_ratio,
    seeds_needed,
    summarize,
    unpaired_gap,
)
from suite.streams import stream_seed
from suite.task import Metric, Task

PairWord = Literal["BETTER", "EQUIVALENT", "UNDECIDED", "TOO FEW SEEDS", "TOO MANY FAILURES"]


@dataclass(frozen=True)
class Study:
    """The counted results of one task on one device in one environment, by arm, each in the order of seeds.

    `sequential`: seeds were added until a verdict was reached, so estimates must hold over all looks.
    """

    task: Task
    device: str
    environment: str
    results: Mapping[str, tuple[Result, ...]]
    sequential: bool = False

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
        if not seeds:
            return None
        generator = np.random.default_rng(stream_seed("sign flips", self.task.name, first, second, metric))
        gap = paired_gap([a[seed] for seed in seeds], [b[seed] for seed in seeds], generator=generator)
        return at_any_time(gap) if self.sequential else gap

    def time_ratio(self, first: str, second: str) -> Ratio | None:
        """The training time of `first` over that of `second`, paired by seed, or by job where as many seeds trained together in
        both arms: they share one time. None where no times compare. Arms took turns."""
        timed = [
            {
                r.seed: (r.train_time_s, r.seeds_together)
                for r in self.results[arm]
                if r.status == "ok" and r.train_time_s
            }
            for arm in (first, second)
        ]
        pairs = [(timed[0][seed], timed[1][seed]) for seed in sorted(timed[0].keys() & timed[1].keys())]
        alike = dict.fromkeys((a, b) for (a, together), (b, other) in pairs if together == other)
        return paired_ratio([a for a, _ in alike], [b for _, b in alike]) if alike else None

    @property
    def primary_metric(self) -> str:
        """The task's first metric."""
        return next(iter(self.task.metrics))

    def seeds_without_result(self, arm: str) -> dict[int, str]:
        """Failed and diverged seeds with their reason."""
        return {r.seed: r.reason or r.status for r in self.results[arm] if r.status != "ok"}

    def seeds_not_run(self, arm: str) -> list[int]:
        """Seeds of the protocol of which no record is here."""
        there = {result.seed for result in self.results[arm]}
        return [seed for seed in self.task.protocol.seeds if seed not in there]

    def failed_share(self, arm: str) -> float:
        """The share of the arm's runs that failed or diverged."""
        return len(self.seeds_without_result(arm)) / max(len(self.results[arm]), 1)


@dataclass(frozen=True)
class Comparison:
    """The verdict on two arms under one metric.

    `p` is Holm's, over all pairs and metrics of the task. BETTER names the `winner`, `by_margin` where the whole interval
    lies beyond the margin. UNDECIDED says how many seeds would decide with 80% power at the gap observed (None: no
    number worth having). No verdict says anything about other data, other protocols or other environments.
    """

    first: str
    second: str
    metric: str
    gap: Gap
    p: float | None
    word: PairWord
    winner: str | None = None
    by_margin: bool = False
    seeds_needed: int | None = None
    direction: Literal["higher", "lower"] = "higher"
    margin: float | None = None


def compare(study: Study) -> list[Comparison]:
    """The verdicts on all pairs of arms that the task compares, under every metric that both have."""
    found = [
        (first, second, metric, gap)
        for metric in study.task.metrics
        for first, second in study.task.pairs()
        if (gap := study.gap(first, second, metric)) is not None
    ]
    tested = [gap.p for *_, gap in found if gap.p is not None]
    adjusted = iter(holm(tested))
    return [
        decide(study, first, second, metric, gap, next(adjusted) if gap.p is not None else None)
        for first, second, metric, gap in found
    ]


def is_decided(study: Study) -> bool:
    """Whether every pair has a verdict under the primary metric that more seeds would not change for the asking."""
    words = [one.word for one in compare(study) if one.metric == study.primary_metric]
    return len(words) == len(study.task.pairs()) and not {"UNDECIDED", "TOO FEW SEEDS"} & set(words)


def decide(study: Study, first: str, second: str, metric: str, gap: Gap, p: float | None) -> Comparison:
    """The verdict on one pair of a study, from its gap and its adjusted p."""
    failed = max(study.failed_share(first), study.failed_share(second)) > study.task.protocol.max_failed_share
    return judge(first, second, metric, gap, p, study.task.metrics[metric], too_many_failures=failed)


def judge(
    first: str, second: str, metric: str, gap: Gap, p: float | None, rule: Metric, *, too_many_failures: bool = False
) -> Comparison:
    """The verdict on a gap first - second by the metric's direction and margin; `p` is adjusted already."""

    def said(
        word: PairWord, winner: str | None = None, *, by_margin: bool = False, more: int | None = None
    ) -> Comparison:
        return Comparison(first, second, metric, gap, p, word, winner, by_margin, more, rule.direction, rule.margin)

    if too_many_failures:
        return said("TOO MANY FAILURES")
    if gap.n < FEWEST_SEEDS or gap.interval is None or gap.inner is None or p is None:
        return said("TOO FEW SEEDS")
    if 0 not in gap.interval and p < ALPHA:
        higher_wins = rule.direction == "higher"
        winner = first if (gap.mean > 0) == higher_wins else second
        edge = min(abs(gap.interval.low), abs(gap.interval.high))
        return said("BETTER", winner, by_margin=rule.margin is not None and edge >= rule.margin)
    if rule.margin is not None and gap.inner.lies_in(Interval(-rule.margin, rule.margin)):
        return said("EQUIVALENT")
    return said("UNDECIDED", more=seeds_needed(gap.effect) if gap.effect else None)


def compare_observed(
    pairs: Sequence[tuple[Observed, Observed]],
    *,
    direction: Literal["higher", "lower"] | None = None,
    margin: float | None = None,
    paired: bool = True,
) -> list[Comparison]:
    """The verdicts on pairs of arms measured anywhere, all of them one family. `direction` and `margin` stand before what the
    arms' sources say. Raises SuiteError where a pair has too little in common, or nothing says what is better."""
    rules = [_rule(a, b, direction, margin) for a, b in pairs]
    gaps = [_gap_between(a, b, paired=paired) for a, b in pairs]
    adjusted = holm([1.0 if gap.p is None else gap.p for gap in gaps])  # two values on each side or more: p is there
    return [
        judge(a.name, b.name, a.metric, gap, p, rule, too_many_failures=a.failed_too_often or b.failed_too_often)
        for (a, b), gap, p, rule in zip(pairs, gaps, adjusted, rules, strict=True)
    ]


def _rule(a: Observed, b: Observed, direction: Literal["higher", "lower"] | None, margin: float | None) -> Metric:
    said = {one.rule.direction for one in (a, b) if one.rule}
    if direction is None and len(said) != 1:
        reason = "does not say" if not said else "contradict each other on"
        raise SuiteError(
            f"{a.name}, {b.name}: what they come from {reason} whether {a.metric} is better when higher or lower: give --direction"
        )
    declared = a.rule or b.rule
    return Metric(
        direction=direction or said.pop(), margin=margin or (declared.margin if declared else None), unit="none"
    )


def _gap_between(a: Observed, b: Observed, *, paired: bool) -> Gap:
    generator = np.random.default_rng(stream_seed("sign flips", a.name, b.name))
    if not paired:
        if a.sequential or b.sequential:
            raise SuiteError(
                f"--unpaired: seeds of {a.name} or {b.name} were added until decided: expected fixed numbers"
            )
        if min(len(a.values), len(b.values)) < 2:
            raise SuiteError(
                f"expected at least 2 values of {a.name} and of {b.name}, got {len(a.values)} and {len(b.values)}"
            )
        return unpaired_gap(list(a.values.values()), list(b.values.values()), generator=generator)
    common = sorted(a.values.keys() & b.values.keys())
    if len(common) < 2:
        raise SuiteError(
            f"expected at least 2 seeds or items that {a.name} and {b.name} have in common, got {len(common)}; "
            "--unpaired compares arms that share none"
        )
    gap = paired_gap([a.values[one] for one in common], [b.values[one] for one in common], generator=generator)
    return at_any_time(gap) if a.sequential or b.sequential else gap
