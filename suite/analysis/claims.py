"""A verdict on every value and every ordering that a task's claims state.

Each compares what was reported with what was measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from suite.analysis.study import Study
from suite.analysis.words import ClaimVerdict
from suite.stats import (
    FEWEST_SEEDS,
    Gap,
    Interval,
    ShareGap,
    Summary,
    percentile,
    prediction_interval,
    share_gap,
    single_run_gap,
)
from suite.task.claims import Claim
from suite.task.schema import Task


@dataclass(frozen=True)
class ReportedValue:
    """A number that was reported for one arm, beside what was measured.

    `prediction` is where a single run falls 95% of the time, `percentile` the share of runs
    expected below the reported one.
    """

    arm: str
    reported: float
    measured: Summary | None
    prediction: Interval | None
    percentile: float | None


@dataclass(frozen=True)
class Adjudication:
    """The verdict on one reported statement: a value, an ordering, or a gap between two values.

    `better` and `worse` are the arms of a claimed order; None where the statement is one value.
    `gap` is better - worse as claimed; `single_run` is where a gap of two single runs falls 95% of
    the time; `evidence` is what the reported numbers say by themselves.
    """

    claim: Claim
    verdict: ClaimVerdict
    values: tuple[ReportedValue, ...] = ()
    better: str | None = None
    worse: str | None = None
    reported_gap: float | None = None
    gap: Gap | None = None
    single_run: Interval | None = None
    evidence: ShareGap | None = None

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that the statement is on."""
        if self.better and self.worse:
            return (self.better, self.worse)
        return (self.values[0].arm,)


def adjudicate(study: Study) -> list[Adjudication]:
    """The verdicts on everything that the task's claims state."""
    adjudications: list[Adjudication] = []
    for claim in study.task.claims:
        values = {arm: _reported_value(study, claim, arm) for arm in claim.reported}
        pairs = claimed_pairs(claim, study.task)
        adjudications += [
            _adjudicate_pair(study, claim, better, worse, values) for better, worse in pairs
        ]
        in_pairs = {arm for pair in pairs if set(pair) <= claim.reported.keys() for arm in pair}
        adjudications += [
            _adjudicate_value(claim, value) for arm, value in values.items() if arm not in in_pairs
        ]
    return adjudications


def _reported_value(study: Study, claim: Claim, arm: str) -> ReportedValue:
    measured, reported = study.summary(arm, claim.metric), claim.reported[arm]
    if measured is None or claim.exact:
        return ReportedValue(arm, reported, measured, None, None)
    return ReportedValue(
        arm, reported, measured, prediction_interval(measured), percentile(reported, measured)
    )


def claimed_pairs(claim: Claim, task: Task) -> Sequence[tuple[str, str]]:
    """The pairs (better, worse) that a claim orders: as declared, else by its reported values.

    None for exact counts.
    """
    if claim.exact or claim.metric not in task.metrics:
        return []
    lower = task.metrics[claim.metric].direction == "lower"
    ranked = claim.order or sorted(
        claim.reported, key=lambda arm: claim.reported[arm], reverse=not lower
    )
    return [
        (a, b) for a, b in pairwise(ranked) if claim.order or claim.reported[a] != claim.reported[b]
    ]


def _adjudicate_value(claim: Claim, value: ReportedValue) -> Adjudication:
    if value.measured is None:
        return Adjudication(claim, ClaimVerdict.TOO_FEW_SEEDS, (value,))
    if claim.exact:
        same = value.measured.minimum == value.measured.maximum == value.reported
        return Adjudication(
            claim, ClaimVerdict.CONFIRMED if same else ClaimVerdict.CONTRADICTED, (value,)
        )
    if value.measured.n < FEWEST_SEEDS or value.prediction is None:
        return Adjudication(claim, ClaimVerdict.TOO_FEW_SEEDS, (value,))
    return Adjudication(
        claim,
        ClaimVerdict.CONFIRMED
        if value.reported in value.prediction
        else ClaimVerdict.NOT_REPRODUCED,
        (value,),
    )


def _adjudicate_pair(
    study: Study, claim: Claim, better: str, worse: str, values: Mapping[str, ReportedValue]
) -> Adjudication:
    both = {better, worse} <= claim.reported.keys()
    gap = study.gap(better, worse, claim.metric)
    a, b = study.summary(better, claim.metric), study.summary(worse, claim.metric)
    reported = claim.reported[better] - claim.reported[worse] if both else None
    single = single_run_gap(a, b) if a and b else None
    evidence = (
        share_gap(claim.reported[better], claim.reported[worse], claim.test_items)
        if both and claim.test_items
        else None
    )
    lower = study.task.metrics[claim.metric].direction == "lower"
    verdict = _judge_claim(gap, reported, single, claimed_sign=-1 if lower else 1)
    pair = tuple(values[arm] for arm in (better, worse)) if both else ()
    return Adjudication(claim, verdict, pair, better, worse, reported, gap, single, evidence)


def _judge_claim(
    gap: Gap | None, reported: float | None, single: Interval | None, *, claimed_sign: int
) -> ClaimVerdict:
    if gap is None or gap.interval is None or single is None or gap.n < FEWEST_SEEDS:
        return ClaimVerdict.TOO_FEW_SEEDS
    if 0 in gap.interval:
        return ClaimVerdict.INCONCLUSIVE
    if (gap.mean > 0) != (claimed_sign > 0):
        return ClaimVerdict.CONTRADICTED
    if reported is None or reported in gap.interval:
        return ClaimVerdict.CONFIRMED
    return ClaimVerdict.SIZE_ATYPICAL if reported in single else ClaimVerdict.NOT_REPRODUCED
