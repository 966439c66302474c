"""A study -> the verdicts on its pairs of arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from suite.analysis.claims import claimed_pairs
from suite.analysis.comparison import Comparison, judge
from suite.analysis.study import Study
from suite.analysis.words import Verdict
from suite.stats import Gap, holm

OPEN = {Verdict.UNDECIDED, Verdict.TOO_FEW_SEEDS}  # more seeds would change these


def compare_study(study: Study) -> list[Comparison]:
    """The verdicts on all pairs that the task compares, under every metric that both arms have.

    Behind them, not `declared`, those that only claims state: a family of their own.
    """
    declared = [
        (first, second, metric)
        for metric in study.task.metrics
        for first, second in study.task.pairs()
    ]
    known = {(frozenset(pair), metric) for *pair, metric in declared}
    claimed = {
        (frozenset(pair), claim.metric): (*pair, claim.metric)
        for claim in study.task.claims
        for pair in claimed_pairs(claim, study.task)
    }
    extra = [pair for key, pair in claimed.items() if key not in known]
    return [
        *_judge_family(study, declared),
        *(replace(comparison, declared=False) for comparison in _judge_family(study, extra)),
    ]


def _judge_family(study: Study, asked: Sequence[tuple[str, str, str]]) -> list[Comparison]:
    """The verdicts on pairs (first, second, metric), with p corrected for all of them."""
    pairs = [
        (first, second, metric, gap)
        for first, second, metric in asked
        if (gap := study.gap(first, second, metric)) is not None
    ]
    adjusted = iter(holm([gap.p for *_, gap in pairs if gap.p is not None]))
    return [
        _judge_pair(
            study, first, second, metric, gap, next(adjusted) if gap.p is not None else None
        )
        for first, second, metric, gap in pairs
    ]


def is_decided(study: Study) -> bool:
    """Whether every pair has a final verdict under the primary metric.

    UNDECIDED and TOO_FEW_SEEDS are not final: more seeds would change them.
    """
    verdicts = [
        comparison.verdict
        for comparison in compare_study(study)
        if comparison.metric == study.primary_metric and comparison.declared
    ]
    return len(verdicts) == len(study.task.pairs()) and not OPEN & set(verdicts)


def _judge_pair(
    study: Study, first: str, second: str, metric: str, gap: Gap, p: float | None
) -> Comparison:
    failed_share = max(study.failed_share(first), study.failed_share(second))
    return judge(
        first,
        second,
        metric,
        gap,
        p,
        study.task.metrics[metric],
        too_many_failures=failed_share > study.task.protocol.max_failed_share,
    )
