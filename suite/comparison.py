"""Results -> what they say about a task: per arm, per pair of arms, per claim. A verdict is a word and its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from suite.errors import SuiteError
from suite.result import Result
from suite.sequential import at_any_time
from suite.statistics import (
    ALPHA,
    FEWEST_SEEDS,
    Gap,
    Interval,
    OwnEvidence,
    Ratio,
    Summary,
    holm,
    own_evidence,
    paired_gap,
    paired_ratio,
    percentile,
    prediction_interval,
    seeds_needed,
    single_run_gap,
    summarize,
)
from suite.streams import stream_seed
from suite.task import Claim, Metric, Task

PairWord = Literal["BETTER", "EQUIVALENT", "UNDECIDED", "TOO FEW SEEDS", "TOO MANY FAILURES"]
ClaimWord = Literal[
    "CONFIRMED", "DIRECTION CONFIRMED, SIZE ATYPICAL", "NOT REPRODUCED", "CONTRADICTED", "INCONCLUSIVE", "TOO FEW SEEDS"
]


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
        """The training time of `first` over that of `second`, over seeds with both; None where there is none, or where seeds
        trained together: one time of a job says nothing about its pairs. Arms took turns."""
        timed = [
            {r.seed: r for r in self.results[arm] if r.status == "ok" and r.train_time_s} for arm in (first, second)
        ]
        seeds = sorted(timed[0].keys() & timed[1].keys())
        together = {one[seed].seeds_together for one in timed for seed in seeds}
        if together != {1}:
            return None
        a, b = ([one[seed].train_time_s or 0.0 for seed in seeds] for one in timed)
        return paired_ratio(a, b)

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
    if max(study.failed_share(first), study.failed_share(second)) > study.task.protocol.max_failed_share:
        return Comparison(first, second, metric, gap, p, "TOO MANY FAILURES")
    return judge(first, second, metric, gap, p, study.task.metrics[metric])


def judge(first: str, second: str, metric: str, gap: Gap, p: float | None, rule: Metric) -> Comparison:
    """The verdict on a gap first - second by the metric's direction and margin; `p` is adjusted already."""

    def said(
        word: PairWord, winner: str | None = None, *, by_margin: bool = False, more: int | None = None
    ) -> Comparison:
        return Comparison(first, second, metric, gap, p, word, winner, by_margin, more)

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


def compare_values(first: str, a: Mapping[str, float], second: str, b: Mapping[str, float], rule: Metric) -> Comparison:
    """The verdict on two arms measured elsewhere, paired by seed or item. Raises SuiteError below two common ones."""
    common = sorted(a.keys() & b.keys())
    if len(common) < 2:
        raise SuiteError(f"expected at least 2 seeds that {first} and {second} have in common, got {len(common)}")
    generator = np.random.default_rng(stream_seed("sign flips", first, second))
    gap = paired_gap([a[one] for one in common], [b[one] for one in common], generator=generator)
    return judge(first, second, "value", gap, gap.p, rule)


@dataclass(frozen=True)
class ReportedValue:
    """A number that was reported for one arm, beside what was measured: `prediction` is where a single run falls 95% of the
    time, `percentile` the share of runs expected below the reported one."""

    arm: str
    reported: float
    measured: Summary | None
    prediction: Interval | None
    percentile: float | None


@dataclass(frozen=True)
class Adjudication:
    """The verdict on one reported statement: a value, an ordering, or a gap between two values.

    `gap` is better - worse as claimed; `single_run` is where a gap of two single runs falls 95% of the time; `evidence` is
    what the reported numbers say by themselves.
    """

    claim: Claim
    word: ClaimWord
    values: tuple[ReportedValue, ...] = ()
    better: str | None = None
    worse: str | None = None
    reported_gap: float | None = None
    gap: Gap | None = None
    single_run: Interval | None = None
    evidence: OwnEvidence | None = None


def adjudicate(study: Study) -> list[Adjudication]:
    """The verdicts on everything that the task's claims state."""
    found = []
    for claim in study.task.claims:
        values = {arm: _reported_value(study, claim, arm) for arm in claim.reported}
        pairs = _claimed_pairs(claim, study.task)
        found += [_adjudicate_pair(study, claim, better, worse, values) for better, worse in pairs]
        in_pairs = {arm for pair in pairs if set(pair) <= claim.reported.keys() for arm in pair}
        found += [_adjudicate_value(claim, value) for arm, value in values.items() if arm not in in_pairs]
    return found


def _reported_value(study: Study, claim: Claim, arm: str) -> ReportedValue:
    measured, reported = study.summary(arm, claim.metric), claim.reported[arm]
    if measured is None or claim.exact:
        return ReportedValue(arm, reported, measured, None, None)
    return ReportedValue(arm, reported, measured, prediction_interval(measured), percentile(reported, measured))


def _claimed_pairs(claim: Claim, task: Task) -> Sequence[tuple[str, str]]:
    """The pairs (better, worse) that a claim orders: as declared, else by its reported values. None for exact counts."""
    if claim.exact or claim.metric not in task.metrics:
        return []
    lower = task.metrics[claim.metric].direction == "lower"
    ranked = claim.order or sorted(claim.reported, key=lambda arm: claim.reported[arm], reverse=not lower)
    return [(a, b) for a, b in pairwise(ranked) if claim.order or claim.reported[a] != claim.reported[b]]


def _adjudicate_value(claim: Claim, value: ReportedValue) -> Adjudication:
    if value.measured is None:
        return Adjudication(claim, "TOO FEW SEEDS", (value,))
    if claim.exact:
        same = value.measured.minimum == value.measured.maximum == value.reported
        return Adjudication(claim, "CONFIRMED" if same else "CONTRADICTED", (value,))
    if value.measured.n < FEWEST_SEEDS or value.prediction is None:
        return Adjudication(claim, "TOO FEW SEEDS", (value,))
    return Adjudication(claim, "CONFIRMED" if value.reported in value.prediction else "NOT REPRODUCED", (value,))


def _adjudicate_pair(
    study: Study, claim: Claim, better: str, worse: str, values: Mapping[str, ReportedValue]
) -> Adjudication:
    gap, both = study.gap(better, worse, claim.metric), {better, worse} <= claim.reported.keys()
    a, b = study.summary(better, claim.metric), study.summary(worse, claim.metric)
    reported = claim.reported[better] - claim.reported[worse] if both else None
    single = single_run_gap(a, b) if a and b else None
    evidence = (
        own_evidence(claim.reported[better], claim.reported[worse], claim.test_items)
        if both and claim.test_items
        else None
    )
    lower = study.task.metrics[claim.metric].direction == "lower"
    word = _claim_word(gap, reported, single, claimed_sign=-1 if lower else 1)
    mine = tuple(values[arm] for arm in (better, worse)) if both else ()
    return Adjudication(claim, word, mine, better, worse, reported, gap, single, evidence)


def _claim_word(gap: Gap | None, reported: float | None, single: Interval | None, *, claimed_sign: int) -> ClaimWord:
    if gap is None or gap.interval is None or single is None or gap.n < FEWEST_SEEDS:
        return "TOO FEW SEEDS"
    if 0 in gap.interval:
        return "INCONCLUSIVE"
    if (gap.mean > 0) != (claimed_sign > 0):
        return "CONTRADICTED"
    if reported is None or reported in gap.interval:
        return "CONFIRMED"
    return "DIRECTION CONFIRMED, SIZE ATYPICAL" if reported in single else "NOT REPRODUCED"
