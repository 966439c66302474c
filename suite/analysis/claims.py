"""What was reported, beside what was measured: a verdict on every value and every ordering that a
task's claims state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from suite.analysis.study import Study
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

ClaimWord = Literal[
    "CONFIRMED",
    "DIRECTION CONFIRMED, SIZE ATYPICAL",
    "NOT REPRODUCED",
    "CONTRADICTED",
    "INCONCLUSIVE",
    "TOO FEW SEEDS",
]


@dataclass(frozen=True)
class ReportedValue:
    """A number that was reported for one arm, beside what was measured: `prediction` is where a
    single run falls 95% of the time, `percentile` the share of runs expected below the reported
    one."""

    arm: str
    reported: float
    measured: Summary | None
    prediction: Interval | None
    percentile: float | None


@dataclass(frozen=True)
class Adjudication:
    """The verdict on one reported statement: a value, an ordering, or a gap between two values.

    `gap` is better - worse as claimed; `single_run` is where a gap of two single runs falls 95% of
    the time; `evidence` is what the reported numbers say by themselves.
    """

    claim: Claim
    word: ClaimWord
    values: tuple[ReportedValue, ...] = ()
    better: str | None = None
    worse: str | None = None
    reported_gap: float | None = None
    gap: Gap | None = None
    single_run: Interval | None = None
    evidence: ShareGap | None = None


def adjudicate(study: Study) -> list[Adjudication]:
    """The verdicts on everything that the task's claims state."""
    found = []
    for claim in study.task.claims:
        values = {arm: _reported_value(study, claim, arm) for arm in claim.reported}
        pairs = _claimed_pairs(claim, study.task)
        found += [_adjudicate_pair(study, claim, better, worse, values) for better, worse in pairs]
        in_pairs = {arm for pair in pairs if set(pair) <= claim.reported.keys() for arm in pair}
        found += [
            _adjudicate_value(claim, value) for arm, value in values.items() if arm not in in_pairs
        ]
    return found


def _reported_value(study: Study, claim: Claim, arm: str) -> ReportedValue:
    measured, reported = study.summary(arm, claim.metric), claim.reported[arm]
    if measured is None or claim.exact:
        return ReportedValue(arm, reported, measured, None, None)
    return ReportedValue(
        arm, reported, measured, prediction_interval(measured), percentile(reported, measured)
    )


def _claimed_pairs(claim: Claim, task: Task) -> Sequence[tuple[str, str]]:
    """The pairs (better, worse) that a claim orders: as declared, else by its reported values. None
    for exact counts."""
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
        return Adjudication(claim, "TOO FEW SEEDS", (value,))
    if claim.exact:
        same = value.measured.minimum == value.measured.maximum == value.reported
        return Adjudication(claim, "CONFIRMED" if same else "CONTRADICTED", (value,))
    if value.measured.n < FEWEST_SEEDS or value.prediction is None:
        return Adjudication(claim, "TOO FEW SEEDS", (value,))
    return Adjudication(
        claim, "CONFIRMED" if value.reported in value.prediction else "NOT REPRODUCED", (value,)
    )


def _adjudicate_pair(
    study: Study, claim: Claim, better: str, worse: str, values: Mapping[str, ReportedValue]
) -> Adjudication:
    gap, both = study.gap(better, worse, claim.metric), {better, worse} <= claim.reported.keys()
    a, b = study.summary(better, claim.metric), study.summary(worse, claim.metric)
    reported = claim.reported[better] - claim.reported[worse] if both else None
    single = single_run_gap(a, b) if a and b else None
    evidence = (
        share_gap(claim.reported[better], claim.reported[worse], claim.test_items)
        if both and claim.test_items
        else None
    )
    lower = study.task.metrics[claim.metric].direction == "lower"
    word = _claim_word(gap, reported, single, claimed_sign=-1 if lower else 1)
    mine = tuple(values[arm] for arm in (better, worse)) if both else ()
    return Adjudication(claim, word, mine, better, worse, reported, gap, single, evidence)


def _claim_word(
    gap: Gap | None, reported: float | None, single: Interval | None, *, claimed_sign: int
) -> ClaimWord:
    if gap is None or gap.interval is None or single is None or gap.n < FEWEST_SEEDS:
        return "TOO FEW SEEDS"
    if 0 in gap.interval:
        return "INCONCLUSIVE"
    if (gap.mean > 0) != (claimed_sign > 0):
        return "CONTRADICTED"
    if reported is None or reported in gap.interval:
        return "CONFIRMED"
    return "DIRECTION CONFIRMED, SIZE ATYPICAL" if reported in single else "NOT REPRODUCED"
